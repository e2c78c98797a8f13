"""DEAP: music videos with ratings, as preprocessed by its publishers.

Koelstra et al. (2012), DEAP: A database for emotion analysis using physiological signals, IEEE Transactions
on Affective Computing 3(1), 18-31, and the data set's readme (eecs.qmul.ac.uk/mmv/datasets/deap/readme.html):
``data_preprocessed_python/sNN.dat`` are pickles of ``data``, 40 videos × 40 channels × 8064 samples (3 s
before and 60 s of the video at 128 Hz; the first 32 channels are EEG, in the order of the Geneva recordings),
and ``labels``, 40 videos × (valence, arousal, dominance, liking) from 1 to 9. Trials are in the order of the
videos' numbers, not of presentation, so that time in the experiment is lost.

The original BDF recordings are not read: their triggers and channel orders differ between the two sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectlab.decoding.datasets.arrays import checked_array, checked_eeg, folder_in
from affectlab.decoding.datasets.labels import class_places, rescaled
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, ArrayRecording, Stretch, Take, Unit
from affectlab.decoding.datasets.unpickle import read_pickle
from affectlab.errors import UnreadableFile
from affectlab.signals.montage import select

SFREQ, TRIALS, ALL_CHANNELS, SAMPLES = 128.0, 40, 40, 8064
BASELINE_SECONDS, TRIAL_SECONDS = 3.0, 63.0
SCALE = (1.0, 9.0)

# fmt: off
CHANNELS = (
    "Fp1", "AF3", "F3", "F7", "FC5", "FC1", "C3", "T7", "CP5", "CP1", "P3", "P7", "PO3", "O1", "Oz", "Pz",
    "Fp2", "AF4", "Fz", "F4", "F8", "FC6", "FC2", "Cz", "C4", "T8", "CP6", "CP2", "P4", "P8", "PO4", "O2",
)
# fmt: on
_NAME = re.compile(r"s(\d{2})\.dat")


class Deap:
    """Reads the preprocessed pickles, each by the restricted unpickler."""

    about = About(
        name="deap",
        title="DEAP: music videos with ratings",
        source="Koelstra et al. (2012), IEEE Transactions on Affective Computing 3(1), 18-31, "
        "doi:10.1109/T-AFFC.2011.15",
        licence="end user licence agreement, academic research only",
        ships=False,
        layout="data_preprocessed_python/s01.dat to s32.dat",
        published="128 Hz, eye artefacts removed, band-pass 4-45 Hz, common average reference, cut into "
        "trials",
        subjects=32,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places({}, settings)
        channels = select(settings.channels, CHANNELS).names
        files = sorted(folder_in(path, "data_preprocessed_python").glob("s*.dat"))
        return [
            Unit(file.stem, file.stem, "", (file,), channels) for file in files if _NAME.fullmatch(file.name)
        ]

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        file = unit.files[0]
        data, labels = _arrays(file)
        for trial in range(TRIALS):
            where = f"{file.name}: video {trial + 1}:"
            stretches = (
                Stretch(0.0, BASELINE_SECONDS, state="baseline", baseline=True),
                Stretch(
                    BASELINE_SECONDS,
                    TRIAL_SECONDS,
                    stimulus=f"video-{trial + 1:02}",
                    valence=rescaled(labels[trial, 0], SCALE, f"{where} valence"),
                    arousal=rescaled(labels[trial, 1], SCALE, f"{where} arousal"),
                ),
            )
            recording = ArrayRecording(data[trial, : len(CHANNELS)], SFREQ, CHANNELS, settings.channels)
            name = f"{unit.name}-video-{trial + 1:02}"
            yield Take(unit.subject, "", name, recording, stretches, self.about.line)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        fits = settings.length <= BASELINE_SECONDS
        return {
            "labels_by": "rating of the person, 1 to 9 carried over to -1 to 1",
            "baseline": "3 s before each video"
            + ("" if fits else f": no window of {settings.length:g} s fits, so there is none"),
            "order": "trials are in the order of videos, not of presentation: time in the experiment is lost",
        }


def _arrays(file: Path) -> tuple[Any, Any]:
    content = read_pickle(file)
    if not isinstance(content, dict) or not {"data", "labels"} <= content.keys():
        raise UnreadableFile(f"{file} holds no 'data' and 'labels'; expected a DEAP file as published")
    meaning = "videos × channels × samples (63 s at 128 Hz)"
    labels = checked_array(content["labels"], (TRIALS, 4), f"{file.name}: labels", "videos × ratings")
    data = checked_eeg(content["data"], (TRIALS, ALL_CHANNELS, SAMPLES), f"{file.name}: data", meaning)
    return data, labels
