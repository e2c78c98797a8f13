"""DREAMER: film clips with ratings, recorded with a headset of 14 electrodes.

Katsigiannis and Ramzan (2018), DREAMER: A database for emotion recognition through EEG and ECG signals from
wireless low-cost off-the-shelf devices, IEEE Journal of Biomedical and Health Informatics 22(1), 98-107, and
the description that comes with it (Zenodo 546113). ``DREAMER.mat`` is one structure: ``Data``, a cell for
each of 23 people with ``EEG.baseline`` and ``EEG.stimuli``, cells for each of 18 clips of samples × 14
channels in microvolts, and ``ScoreValence`` and ``ScoreArousal`` from 1 to 5; ``EEG_SamplingRate`` 128;
``EEG_Electrodes``. The baseline is a neutral clip of 61 s before each of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.decoding.datasets.arrays import checked_array, checked_eeg
from affectlab.decoding.datasets.labels import class_places, rescaled
from affectlab.decoding.datasets.matfile import mat_names, mat_variable
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, ArrayRecording, Stretch, Take, Unit, seconds_of
from affectlab.errors import UnreadableFile
from affectlab.signals.montage import select

SFREQ, CLIPS, SCALE = 128.0, 18, (1.0, 5.0)
CHANNELS = ("AF3", "F7", "F3", "FC5", "T7", "P7", "O1", "O2", "P8", "T8", "FC6", "F4", "F8", "AF4")
_FILE = "DREAMER.mat"


class Dreamer:
    """Reads the one MATLAB file; it has no parts that could be read alone."""

    about = About(
        name="dreamer",
        title="DREAMER: film clips with ratings, 14 electrodes",
        source="Katsigiannis and Ramzan (2018), IEEE Journal of Biomedical and Health Informatics 22(1), "
        "98-107, doi:10.1109/JBHI.2017.2688239; Zenodo 546113",
        licence="restricted, academic research only",
        ships=False,
        layout=_FILE,
        published="none: as the headset gave it, cut into clips",
        subjects=23,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places({}, settings)
        file = path / _FILE if path.is_dir() else path
        channels = select(settings.channels, CHANNELS).names
        return [Unit("dreamer", "", "", (file,), channels)] if file.is_file() else []

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        file = unit.files[0]
        people = _people(file)
        for number in range(1, len(people) + 1):
            yield from _person(people[number - 1], f"{number:02}", file, settings, self.about.line)
            # Clips that are windowed need not stay in memory.
            people[number - 1] = None

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:  # noqa: ARG002
        return {
            "labels_by": "rating of the person, 1 to 5 carried over to -1 to 1",
            "baseline": "a neutral clip of 61 s before each clip",
        }


def _people(file: Path) -> list[Any]:
    if "DREAMER" not in mat_names(file):
        raise UnreadableFile(f"{file} has no structure DREAMER; expected the file as published")
    structure = mat_variable(file, "DREAMER", structs=True)
    rate = _field(structure, "EEG_SamplingRate", file)
    if rate != SFREQ:
        raise UnreadableFile(f"{file} says EEG_SamplingRate is {rate}; expected {SFREQ:g} Hz, as published")
    electrodes = tuple(map(str, np.atleast_1d(_field(structure, "EEG_Electrodes", file))))
    if electrodes != CHANNELS:
        raise UnreadableFile(
            f"{file} has electrodes {', '.join(electrodes)}; expected {', '.join(CHANNELS)}, as published"
        )
    return list(np.atleast_1d(_field(structure, "Data", file)))


def _person(
    person: Any, subject: str, file: Path, settings: PrepareSettings, line: float | None
) -> Iterator[Take]:
    where = f"{file.name}: person {subject}:"
    eeg = _field(person, "EEG", file)
    baselines, stimuli = (
        _cells(_field(eeg, name, file), f"{where} {name}") for name in ("baseline", "stimuli")
    )
    valence, arousal = (
        checked_array(_field(person, name, file), (CLIPS,), f"{where} {name}", "one rating a clip")
        for name in ("ScoreValence", "ScoreArousal")
    )
    for clip in range(CLIPS):
        number = f"clip-{clip + 1:02}"
        rest = _recording(baselines[clip], f"{where} baseline of {number}", settings)
        shown = _recording(stimuli[clip], f"{where} {number}", settings)
        neutral = Stretch(0.0, seconds_of(rest), state="baseline", baseline=True)
        rated = Stretch(
            0.0,
            seconds_of(shown),
            stimulus=number,
            valence=rescaled(valence[clip], SCALE, f"{where} valence of {number}"),
            arousal=rescaled(arousal[clip], SCALE, f"{where} arousal of {number}"),
        )
        yield Take(subject, "", f"{subject}-{number}-baseline", rest, (neutral,), line)
        yield Take(subject, "", f"{subject}-{number}", shown, (rated,), line)


def _recording(cell: Any, where: str, settings: PrepareSettings) -> ArrayRecording:
    samples = checked_array(cell, (None, len(CHANNELS)), where, "samples × channels")
    eeg = checked_eeg(samples.T, (len(CHANNELS), None), where, "channels × samples")
    return ArrayRecording(eeg, SFREQ, CHANNELS, settings.channels)


def _cells(value: Any, where: str) -> list[Any]:
    found = list(value) if isinstance(value, np.ndarray) and value.dtype == object else []
    if len(found) != CLIPS:
        raise UnreadableFile(f"{where} has {len(found)} cells; expected {CLIPS}, one a clip")
    return found


def _field(structure: Any, name: str, file: Path) -> Any:
    if not hasattr(structure, name):
        raise UnreadableFile(f"{file} has no field {name}; expected the file as published")
    return getattr(structure, name)
