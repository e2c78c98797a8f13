"""EEGMAT: rest and mental arithmetic.

Zyma et al. (2019), Electroencephalograms during mental arithmetic task performance, Data 4(1), 14; PhysioNet,
10.13026/C2JQ1P. 36 people, 19 electrodes against linked ears at 500 Hz, a high-pass at 30 s, a low-pass and a
notch at 50 Hz, artefacts taken out by independent components. ``SubjectNN_1.edf`` is 3 minutes of rest,
``SubjectNN_2.edf`` the first minute of serial subtraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectlab.decoding.datasets.labels import Place, as_words, class_places, in_plane
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, Stretch, Take, Unit, seconds_of
from affectlab.errors import UnreadableFile
from affectlab.signals.recordings import open_recording

PLACES: dict[str, Place] = {"rest": (None, -0.4), "task": (None, 0.4)}
"""Ours: the data set has no ratings; arithmetic under time pressure is taken as more arousing than rest."""

_NAME = re.compile(r"(Subject\d+)_([12])\.edf", re.IGNORECASE)
_STATES = {"1": "rest", "2": "task"}


class Eegmat:
    """Reads EEGMAT's EDF files, at whatever rate they are."""

    about = About(
        name="eegmat",
        title="EEGMAT: EEG during mental arithmetic",
        source="Zyma et al. (2019), Data 4(1), 14; PhysioNet, doi:10.13026/C2JQ1P",
        licence="ODC-By 1.0",
        ships=True,
        layout="SubjectNN_1.edf (rest) and SubjectNN_2.edf (mental arithmetic)",
        published="high-pass at 30 s, low-pass, 50 Hz notch, artefacts taken out by independent components",
        subjects=36,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        found = {file.name.lower(): file for file in sorted(path.glob("*")) if _NAME.fullmatch(file.name)}
        for file in found.values():
            other = re.sub(r"_([12])\.", lambda match: f"_{3 - int(match[1])}.", file.name)
            if other.lower() not in found:
                raise UnreadableFile(
                    f"{file} has no {other} beside it; each person has a rest (_1) and a task (_2): "
                    "copy it too, or leave both out"
                )
        return [_unit(file, settings) for file in found.values()]

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        recording = open_recording(unit.files[0], settings.channels)
        state = _state(unit.files[0])
        valence, arousal = in_plane(class_places(PLACES, settings)[state])
        stretch = Stretch(
            0.0,
            seconds_of(recording),
            stimulus="" if state == "rest" else "arithmetic",
            state=state,
            baseline=state == "rest",
            valence=valence,
            arousal=arousal,
        )
        yield Take(unit.subject, unit.session, unit.name, recording, (stretch,), self.about.line)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        return {
            "labels": as_words(class_places(PLACES, settings)),
            "labels_by": "class, not rating; rest and task are two recordings, so that a decoder may tell "
            "the recordings apart instead",
        }


def _unit(file: Path, settings: PrepareSettings) -> Unit:
    subject, _ = _parts(file)
    return Unit(file.stem, subject, "", (file,), open_recording(file, settings.channels).channels)


def _state(file: Path) -> str:
    return _STATES[_parts(file)[1]]


def _parts(file: Path) -> tuple[str, str]:
    """Return subject and number of the recording, as the file's name has them."""
    ((subject, number),) = _NAME.findall(file.name)
    return subject, number
