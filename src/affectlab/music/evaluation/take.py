"""A take: what was asked of a composer, beat by beat, and what it wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile
from affectlab.files import writing
from affectlab.music.score import Aim, Beat, Composer, MusicControl, Note

# A note as it is heard: onset and duration in seconds.
PLAYED = np.dtype(
    [
        ("onset", np.float64),
        ("duration", np.float64),
        ("pitch", np.int16),
        ("velocity", np.int16),
        ("part", "U8"),
        ("program", np.int16),
    ]
)
Played = NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """What one composer wrote under one plan.

    Parameters
    ----------
    name
        Of the plan.
    arm
        Who wrote it.
    seed
        Of the composer.
    controls
        What was asked, one for each beat.
    beats
        What was written.
    """

    name: str
    arm: str
    seed: int
    controls: tuple[MusicControl, ...]
    beats: tuple[Beat, ...]

    @property
    def starts(self) -> NDArray[np.float64]:
        """Seconds at which each beat begins, and at last the end, shape (beats + 1,)."""
        return np.concatenate([[0.0], np.cumsum([beat.duration for beat in self.beats])])

    @property
    def seconds(self) -> float:
        """From the first beat to the end of the last."""
        return float(self.starts[-1])

    def notes(self) -> Played:
        """Return the notes in seconds, of dtype `PLAYED`, sorted by onset and pitch."""
        rows = [
            (start + note.offset, note.duration, note.pitch, note.velocity, note.part, note.program)
            for start, beat in zip(self.starts, self.beats, strict=False)
            for note in beat.notes
        ]
        return np.sort(np.array(rows, PLAYED), order=["onset", "pitch"])

    def save(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        content = {
            "name": self.name,
            "arm": self.arm,
            "seed": self.seed,
            "controls": [asdict(control) for control in self.controls],
            "beats": [asdict(beat) for beat in self.beats],
        }
        with writing(path) as temporary:
            temporary.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote; UnreadableFile if it is something else."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                content["name"],
                content["arm"],
                content["seed"],
                tuple(_control(one) for one in content["controls"]),
                tuple(_beat(one) for one in content["beats"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UnreadableFile(f"{path} is no take ({error}); delete it and evaluate again") from error


def perform(composer: Composer, controls: Sequence[MusicControl], *, name: str, arm: str, seed: int) -> Take:
    """Have `composer` write a beat under each control in turn."""
    beats = tuple(composer.next_beat(control) for control in controls)
    return Take(name, arm, seed, tuple(controls), beats)


def _control(content: dict[str, Any]) -> MusicControl:
    felt = content["felt"]
    changed = {
        "instruments": tuple(content["instruments"]),
        "felt": None if felt is None else (felt[0], felt[1]),
        "ahead": tuple(Aim(**aim) for aim in content["ahead"]),
    }
    return MusicControl(**content | changed)


def _beat(content: dict[str, Any]) -> Beat:
    return Beat(**content | {"notes": tuple(Note(**note) for note in content["notes"])})
