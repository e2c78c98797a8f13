"""The tokens of the learned composer: what each id says, with NumPy alone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile
from affectlab.files import write_json
from affectlab.music.instruments import PARTS
from affectlab.music.learned.piece import PITCHES, PROGRAMS, TICKS

Whole = TypeVar("Whole", bound=np.integer[Any])

_PARTS_BY_PROGRAM = {program: PARTS.index(part) for part, program in PROGRAMS.items()}


class Kind(IntEnum):
    """What a token says; in a stream they come as bar metre (position (part pitch duration)+)*."""

    SPECIAL = 0
    BAR = 1
    METRE = 2
    POSITION = 3
    PART = 4
    PITCH = 5
    DURATION = 6


_KINDS = {
    "Bar": Kind.BAR,
    "TimeSig": Kind.METRE,
    "Position": Kind.POSITION,
    "Program": Kind.PART,
    "Pitch": Kind.PITCH,
    "Duration": Kind.DURATION,
}


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """What each id says.

    Parameters
    ----------
    names
        The name of each id as miditok's REMI writes it, for example ``"Pitch_60"``.

    Attributes
    ----------
    kinds
        `Kind` of each id, shape (ids,).
    values
        Shape (ids,): beats of a bar (metre), ticks since the bar line (position), index into `PARTS`
        (part), MIDI number (pitch), ticks (duration), 0 (bar), rank among the specials (special).
    """

    names: tuple[str, ...]
    kinds: NDArray[np.int8] = field(init=False)
    values: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        parsed = [_meaning(name, index) for index, name in enumerate(self.names)]
        object.__setattr__(self, "kinds", np.array([kind for kind, _ in parsed], np.int8))
        object.__setattr__(self, "values", np.array([value for _, value in parsed], np.int32))

    def __len__(self) -> int:
        return len(self.names)

    def id_of(self, kind: Kind, value: int = 0) -> int:
        """Return the id that says `value`; ValueError if there is none."""
        found = np.flatnonzero((self.kinds == kind) & (self.values == value))
        if not found.size:
            raise ValueError(f"no token says {kind.name.lower()} {value}")
        return int(found[0])

    @property
    def pad(self) -> int:
        """Id of the token that fills up a batch."""
        return self.names.index("PAD_None")

    @property
    def begin(self) -> int:
        """Id of the token before the first bar of a piece."""
        return self.names.index("BOS_None")

    @property
    def end(self) -> int:
        """Id of the token after the last note of a piece."""
        return self.names.index("EOS_None")

    def beats(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        """Return the beat each token belongs to, counted from the first bar of `ids`; shape of `ids`.

        A bar and its metre belong to the bar's first beat, a note to the beat it begins in. A bar without a
        metre after it, which only a cut leaves, belongs to where the bar before it ends.
        """
        kinds, values = self.kinds[ids], self.values[ids]
        bars, metres = kinds == Kind.BAR, kinds == Kind.METRE
        lengths = np.zeros(int(bars.sum()) + 1, np.int64)
        number = np.cumsum(bars)
        lengths[number[metres]] = values[metres]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        marks = bars | (kinds == Kind.POSITION)
        last = np.maximum.accumulate(np.where(marks, np.arange(len(ids)), -1))
        ticks = np.where(last >= 0, values[last], 0)
        beats: NDArray[np.int32] = (starts[number] + ticks // TICKS).astype(np.int32)
        return beats

    def transposed(self, ids: NDArray[Whole], semitones: int) -> NDArray[Whole]:
        """Return `ids` with every pitch moved, by an octave less where it would leave the vocabulary."""
        pitched = self.kinds[ids] == Kind.PITCH
        pitches = self.values[ids[pitched]] + semitones
        pitches = np.where(pitches > PITCHES[-1], pitches - 12, pitches)
        pitches = np.where(pitches < PITCHES[0], pitches + 12, pitches)
        moved = ids.copy()
        moved[pitched] = self.id_of(Kind.PITCH, PITCHES[0]) + (pitches - PITCHES[0])
        return moved

    def save(self, path: Path) -> None:
        """Write the names as JSON, whole or not at all."""
        write_json(path, {"ticks_per_beat": TICKS, "tokens": list(self.names)})

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what `save` wrote; UnreadableFile if it is something else."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["ticks_per_beat"] != TICKS:
                raise UnreadableFile(
                    f"{path}: {content['ticks_per_beat']} ticks per beat, expected {TICKS}; build it again"
                )
            return cls(tuple(content["tokens"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, UnreadableFile):
                raise
            raise UnreadableFile(f"{path} is no vocabulary ({error}); build the corpus again") from error


def _meaning(name: str, index: int) -> tuple[Kind, int]:
    prefix, _, text = name.partition("_")
    kind = _KINDS.get(prefix, Kind.SPECIAL)
    match kind:
        case Kind.SPECIAL:
            return kind, index
        case Kind.BAR:
            return kind, 0
        case Kind.METRE:
            return kind, int(text.partition("/")[0])
        case Kind.PART:
            return kind, _PARTS_BY_PROGRAM[int(text)]
        case Kind.DURATION:
            beats, parts, resolution = map(int, text.split("."))
            return kind, beats * TICKS + parts * TICKS // resolution
        case _:
            return kind, int(text)
