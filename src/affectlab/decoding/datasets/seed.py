"""SEED and SEED-IV: film clips meant to evoke a class of emotion.

Zheng and Lu (2015), Investigating critical frequency bands and channels for EEG-based emotion recognition
with deep neural networks, IEEE Transactions on Autonomous Mental Development 7(3), 162-175; Zheng et al.
(2019), EmotionMeter, IEEE Transactions on Cybernetics 49(3), 1110-1122; and the readmes of the data sets
(bcmi.sjtu.edu.cn/home/seed). Both have 15 people on 3 days, 62 channels, 200 Hz.

SEED: ``Preprocessed_EEG/SUBJECT_DATE.mat`` with variables ``…_eeg1`` to ``…_eeg15``, one a clip, and
``label.mat`` (1 positive, 0 neutral, -1 negative); everybody saw the same clips on each day. SEED-IV:
``eeg_raw_data/{1,2,3}/SUBJECT_DATE.mat`` with 24 clips that differ by day; its readme lists the classes.

Classes say what a clip was meant to evoke, not what was felt. Electrodes CB1 and CB2 are on no standard
montage and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from affectlab.affect import taxonomy
from affectlab.decoding.datasets.arrays import checked_array, checked_eeg, folder_in
from affectlab.decoding.datasets.labels import Place, as_words, class_places, in_plane
from affectlab.decoding.datasets.matfile import mat_names, mat_variable
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, ArrayRecording, Stretch, Take, Unit, seconds_of
from affectlab.errors import UnreadableFile
from affectlab.signals.montage import select

SFREQ = 200.0
LONGEST_SECONDS = 400.0
"""No clip is as long; a file at the recorded 1000 Hz would seem to be."""

# fmt: off
CHANNELS = (
    "FP1", "FPZ", "FP2", "AF3", "AF4", "F7", "F5", "F3", "F1", "FZ", "F2", "F4", "F6", "F8", "FT7", "FC5",
    "FC3", "FC1", "FCZ", "FC2", "FC4", "FC6", "FT8", "T7", "C5", "C3", "C1", "CZ", "C2", "C4", "C6", "T8",
    "TP7", "CP5", "CP3", "CP1", "CPZ", "CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "PZ", "P2", "P4",
    "P6", "P8", "PO7", "PO5", "PO3", "POZ", "PO4", "PO6", "PO8", "CB1", "O1", "OZ", "O2", "CB2",
)
# fmt: on

SEED_PLACES: dict[str, Place] = {
    "negative": (-0.6, None),
    "neutral": (0.0, None),
    "positive": (0.6, None),
}
"""Ours; the classes say nothing of arousal."""

_EKMAN, _EMOTIC = taxonomy("ekman7").coordinates, taxonomy("emotic26").coordinates
SEED_IV_PLACES: dict[str, Place] = {
    "neutral": _EKMAN["neutral"],
    "sad": _EKMAN["sadness"],
    "fear": _EKMAN["fear"],
    "happy": _EMOTIC["happiness"],
}
"""Rated terms of `affectlab.affect`."""

SEED_IV_CLASSES = {
    "1": "123020010121112322330303",
    "2": "213002023323201121030131",
    "3": "122133311210233023002010",
}
"""Session to the class of each clip in the order shown: 0 neutral, 1 sad, 2 fear, 3 happy."""

_NAME = re.compile(r"(\d+)_(\d{8})\.mat")


class Seed:
    """Reads SEED's preprocessed MATLAB files, one clip at a time."""

    about = About(
        name="seed",
        title="SEED: film clips of three classes",
        source="Zheng and Lu (2015), IEEE Transactions on Autonomous Mental Development 7(3), 162-175, "
        "doi:10.1109/TAMD.2015.2431497",
        licence="licence agreement of SJTU BCMI, academic research only",
        ships=False,
        layout="Preprocessed_EEG/SUBJECT_DATE.mat and Preprocessed_EEG/label.mat",
        published="200 Hz, band-pass 0-75 Hz, cut into clips",
        subjects=15,
    )
    clips = 15

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places(SEED_PLACES, settings)
        folder = folder_in(path, "Preprocessed_EEG")
        files = _dated(folder)
        labels = folder / "label.mat"
        if files and not labels.is_file():
            raise UnreadableFile(f"{labels} is missing; expected the classes of the clips there: copy it too")
        days: dict[str, int] = {}
        units = []
        for subject, file in files:
            days[subject] = days.get(subject, 0) + 1
            units.append(_unit(subject, str(days[subject]), (file, labels), settings))
        return units

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        names = {1: "positive", 0: "neutral", -1: "negative"}
        where = f"{unit.files[1]}: label"
        labels = checked_array(mat_variable(unit.files[1], "label"), (1, self.clips), where, "one a clip")
        odd = [value for value in labels.ravel().tolist() if value not in names]
        if odd:
            raise UnreadableFile(f"{where} holds {odd[0]:g}; expected 1, 0 or -1")
        classes = [names[int(value)] for value in labels.ravel()]
        stimuli = [f"clip-{clip:02}" for clip in range(1, self.clips + 1)]
        yield from _clips(unit, classes, stimuli, class_places(SEED_PLACES, settings), settings, self.about)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        return _parameters(class_places(SEED_PLACES, settings))


class SeedIV:
    """Reads SEED-IV's raw MATLAB files, one clip at a time."""

    about = About(
        name="seed-iv",
        title="SEED-IV: film clips of four classes",
        source="Zheng et al. (2019), IEEE Transactions on Cybernetics 49(3), 1110-1122, "
        "doi:10.1109/TCYB.2018.2797176",
        licence="licence agreement of SJTU BCMI, academic research only",
        ships=False,
        layout="eeg_raw_data/1, eeg_raw_data/2 and eeg_raw_data/3 with SUBJECT_DATE.mat",
        published="200 Hz, band-pass 1-75 Hz, cut into clips",
        subjects=15,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places(SEED_IV_PLACES, settings)
        folder = folder_in(path, "eeg_raw_data")
        found = [(subject, day, file) for day in SEED_IV_CLASSES for subject, file in _dated(folder / day)]
        found.sort(key=lambda one: (int(one[0]), one[1]))
        return [_unit(subject, day, (file,), settings) for subject, day, file in found]

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        names = tuple(SEED_IV_PLACES)
        classes = [names[int(number)] for number in SEED_IV_CLASSES[unit.session]]
        stimuli = [f"day-{unit.session}-clip-{clip:02}" for clip in range(1, len(classes) + 1)]
        places = class_places(SEED_IV_PLACES, settings)
        yield from _clips(unit, classes, stimuli, places, settings, self.about)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        return _parameters(class_places(SEED_IV_PLACES, settings))


def _dated(folder: Path) -> list[tuple[str, Path]]:
    """Return (subject, file) of the recordings in a folder, by subject and date."""
    found = [(match, file) for file in folder.glob("*.mat") if (match := _NAME.fullmatch(file.name))]
    found.sort(key=lambda one: (int(one[0][1]), one[0][2]))
    return [(match[1], file) for match, file in found]


def _unit(subject: str, session: str, files: tuple[Path, ...], settings: PrepareSettings) -> Unit:
    number = f"{int(subject):02}"
    return Unit(f"{number}-day-{session}", number, session, files, select(settings.channels, CHANNELS).names)


def _clips(
    unit: Unit,
    classes: list[str],
    stimuli: list[str],
    places: Mapping[str, Place],
    settings: PrepareSettings,
    about: About,
) -> Iterator[Take]:
    file = unit.files[0]
    variables = _variables(file, len(classes))
    for clip, (state, stimulus) in enumerate(zip(classes, stimuli, strict=True), 1):
        where = f"{file.name}: {variables[clip]}"
        eeg = checked_eeg(
            mat_variable(file, variables[clip]), (len(CHANNELS), None), where, "channels × samples"
        )
        recording = ArrayRecording(eeg, SFREQ, CHANNELS, settings.channels)
        seconds = seconds_of(recording)
        if seconds > LONGEST_SECONDS:
            raise UnreadableFile(
                f"{where} would be {seconds:.0f} s long at {SFREQ:g} Hz; expected at most "
                f"{LONGEST_SECONDS:g} s: is it at another rate?"
            )
        stretch = Stretch(0.0, seconds, stimulus, state, *in_plane(places[state]))
        name = f"{unit.name}-clip-{clip:02}"
        yield Take(unit.subject, unit.session, name, recording, (stretch,), about.line)


def _variables(file: Path, clips: int) -> dict[int, str]:
    """Return the name of each clip's variable: anything, then ``_eeg`` and the clip's number."""
    matches = [re.fullmatch(r".*_eeg(\d+)", name) for name in mat_names(file)]
    found = {int(match[1]): match[0] for match in matches if match}
    absent = sorted(set(range(1, clips + 1)) - found.keys())
    if absent:
        raise UnreadableFile(
            f"{file} has no variable …_eeg{absent[0]}; expected {clips} clips, …_eeg1 to …_eeg{clips}: "
            "copy the file again"
        )
    return found


def _parameters(places: Mapping[str, Place]) -> dict[str, Any]:
    return {
        "labels": as_words(places),
        "labels_by": "class the clip was meant to evoke, not a rating of the person",
        "baseline": "none: no rest was published",
    }
