"""FACED: film clips of nine emotions with ratings, 123 people.

Chen et al. (2023), A large finer-grained affective computing EEG dataset, Scientific Data 10, 740, and the
readme of its code (Synapse syn50614194). ``Processed_data/subNNN.pkl`` are arrays of 28 clips × 32 electrodes
× 7500 samples: the last 30 s of each clip at 250 Hz in microvolts, in the order of the clips' numbers. The
ratings of a person, 0 to 7, lie in ``Data/subNNN/After_remarks.mat``: a structure for each clip with its
number ``vid`` and twelve ``score``, the ninth arousal, the tenth valence. Where ``Data`` was not downloaded,
the class a clip was meant to evoke takes their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.affect import taxonomy
from affectlab.decoding.datasets.arrays import checked_array, checked_eeg, folder_in
from affectlab.decoding.datasets.labels import Place, as_words, class_places, in_plane, rescaled
from affectlab.decoding.datasets.matfile import mat_variable
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, ArrayRecording, Stretch, Take, Unit
from affectlab.decoding.datasets.unpickle import read_pickle
from affectlab.errors import UnreadableFile
from affectlab.signals.montage import select

SFREQ, CLIPS, SAMPLES, SCALE = 250.0, 28, 7500, (0.0, 7.0)
_ITEMS, _AROUSAL, _VALENCE = 12, 8, 9

# fmt: off
CHANNELS = (
    "Fp1", "Fp2", "Fz", "F3", "F4", "F7", "F8", "FC1", "FC2", "FC5", "FC6", "Cz", "C3", "C4", "T7", "T8",
    "A1", "A2", "CP1", "CP2", "CP5", "CP6", "Pz", "P3", "P4", "P7", "P8", "PO3", "PO4", "Oz", "O1", "O2",
)
# fmt: on
"""In the order of the publishers' Electrode_Location.xlsx; A1 and A2 are no scalp electrodes and left out."""

_EKMAN, _EMOTIC, _MIKELS = (taxonomy(name).coordinates for name in ("ekman7", "emotic26", "mikels8"))
PLACES: dict[str, Place] = {
    "anger": _EKMAN["anger"],
    "disgust": _EKMAN["disgust"],
    "fear": _EKMAN["fear"],
    "sadness": _EKMAN["sadness"],
    "neutral": _EKMAN["neutral"],
    "amusement": _MIKELS["amusement"],
    "inspiration": _MIKELS["awe"],
    "joy": _EKMAN["joy"],
    "tenderness": _EMOTIC["affection"],
}
"""Rated terms of `affectlab.affect`; inspiration at awe and tenderness at affection are choices of ours."""

CLASSES = tuple(name for name in PLACES for _ in range(4 if name == "neutral" else 3))
"""Class of clips 1 to 28: three of each emotion and four neutral ones."""

_NAME = re.compile(r"sub\d{3}\.pkl")


class Faced:
    """Reads the processed pickles by the restricted unpickler, and ratings where there are any."""

    about = About(
        name="faced",
        title="FACED: film clips of nine emotions with ratings",
        source="Chen et al. (2023), Scientific Data 10, 740, doi:10.1038/s41597-023-02650-w; "
        "Synapse syn50614194",
        licence="CC BY 4.0, registration at Synapse",
        ships=False,
        layout="Processed_data/subNNN.pkl and Data/subNNN/After_remarks.mat",
        published="last 30 s of each clip, 250 Hz, band-pass 0.05-47 Hz, bad channels interpolated, eye "
        "components removed, common average reference",
        subjects=123,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places(PLACES, settings)
        folder = folder_in(path, "Processed_data")
        channels = select(settings.channels, CHANNELS).names
        ratings = folder.parent / "Data" if folder == path else path / "Data"
        files = [file for file in sorted(folder.glob("sub*.pkl")) if _NAME.fullmatch(file.name)]
        return [Unit(file.stem, file.stem, "", _files(file, ratings), channels) for file in files]

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        file = unit.files[0]
        meaning = "clips × channels × samples (30 s at 250 Hz)"
        data = checked_eeg(read_pickle(file), (CLIPS, len(CHANNELS), SAMPLES), file.name, meaning)
        places = class_places(PLACES, settings)
        felt = _ratings(unit.files[1]) if len(unit.files) > 1 else [places[name] for name in CLASSES]
        for clip in range(CLIPS):
            stretch = Stretch(
                0.0, SAMPLES / SFREQ, f"clip-{clip + 1:02}", CLASSES[clip], *in_plane(felt[clip])
            )
            recording = ArrayRecording(data[clip], SFREQ, CHANNELS, settings.channels)
            name = f"{unit.name}-clip-{clip + 1:02}"
            yield Take(unit.subject, "", name, recording, (stretch,), self.about.line)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        return {
            "labels_by": "rating of the person, 0 to 7 carried over to -1 to 1; class of the clip where "
            "there is no folder Data",
            "labels": as_words(class_places(PLACES, settings)),
            "baseline": "none: no rest is in the processed data",
            "order": "clips are in the order of their numbers, not of presentation: time is lost",
        }


def _files(file: Path, ratings: Path) -> tuple[Path, ...]:
    if not ratings.is_dir():
        return (file,)
    remarks = ratings / file.stem / "After_remarks.mat"
    if not remarks.is_file():
        raise UnreadableFile(
            f"{remarks} is missing; expected the ratings of {file.stem} there: copy it, or leave "
            f"{file.name} out"
        )
    return file, remarks


def _ratings(file: Path) -> list[Place]:
    """Return valence and arousal of clips 1 to 28."""
    remarks = np.atleast_1d(mat_variable(file, "After_remark", structs=True))
    found: dict[int, Place] = {}
    for remark in remarks:
        if not (hasattr(remark, "score") and hasattr(remark, "vid")):
            raise UnreadableFile(f"{file} has no fields score and vid; expected the file as published")
        score = checked_array(np.asarray(remark.score), (_ITEMS,), f"{file}: score", "twelve ratings")
        where = f"{file}: clip {remark.vid}:"
        found[int(remark.vid)] = (
            rescaled(score[_VALENCE], SCALE, f"{where} valence"),
            rescaled(score[_AROUSAL], SCALE, f"{where} arousal"),
        )
    if sorted(found) != list(range(1, CLIPS + 1)):
        raise UnreadableFile(
            f"{file} has ratings of {len(found)} clips; expected clips 1 to {CLIPS}, once each"
        )
    return [found[clip] for clip in range(1, CLIPS + 1)]
