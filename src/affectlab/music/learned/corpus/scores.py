"""Scores of the music21 corpus whose files say that anybody may use them.

music21's corpus is distributed "with the permission of the encoders", which is no licence for others: most
files state no terms, and some forbid commercial use or reserve every right. A score is taken only when its
own file states that the encoding is in the public domain, CC0 or under a licence as permissive as CC BY.
``recipes/music/scores.csv`` lists every file with what it states and the decision; the files taken are named
here with their hashes, so that another edition of the corpus cannot slip in unread.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.manifest import sha256
from affectlab.music.instruments import BASS, HARMONY, MELODY
from affectlab.music.learned.corpus.origin import Candidate, Dropped
from affectlab.music.learned.piece import METRES, TICKS, Piece, notes_of, piece_of

SOURCE = "music21 corpus"
# Measures that must begin on a bar line once an upbeat is allowed for (ours); repeats may halve a few.
LEAST_ALIGNED = 0.8


@dataclass(frozen=True, slots=True)
class Score:
    """A score that is taken.

    Parameters
    ----------
    path
        Below music21's ``corpus`` folder.
    licence
        Of the encoding, as its file states it.
    sha256
        Of the file that was read.
    """

    path: str
    licence: str
    sha256: str


SCORES = (
    Score(
        "corelli/opus3no1/1grave.xml",
        "CC BY (Michael Scott Cuthbert, 2014)",
        "aec1ffc19a401f73d3ff406d9bed3b76b1db1f4e5ecd23ae5b31c02009d7f79d",
    ),
    Score(
        "johnson_j_r/lift_every_voice.mxl",
        "CC0",
        "7606a3f0797dc1c3917627411146af82fd1a161dae7ae5c1616bdc5615a600fb",
    ),
    Score(
        "leadSheet/fosterBrownHair.mxl",
        "public domain",
        "d41e7d26d2d300a2dcbbeee97714474baa65d8e38e7875ea8cc97727659e1b8a",
    ),
    Score(
        "liliuokalani/aloha_oe.mxl",
        "CC0",
        "2730b6a7bb5f47364045d445ef704f7d9a646473e337e1c695c655f684412379",
    ),
    Score(
        "lusitano/allor_che_ignuda.mxl",
        "CC0",
        "0633d6f0b0919815968a6dace3eeaf10dfb384808fcf47ecbdaa8d6be0c8c877",
    ),
    Score(
        "weber/concertino_clarinet.mxl",
        "public domain",
        "344a87bde10672d391e8de38da09a7270fc4cbebc36832617c035b6f75fbde08",
    ),
)


def corpus_folder() -> Path:
    """Return the folder of the corpus that music21 brings; MissingExtra without music21."""
    found = find_spec("music21")
    if found is None or found.origin is None:
        raise MissingExtra("music21", "train")
    return Path(found.origin).parent / "corpus"


def candidates() -> Iterator[Candidate]:
    """Yield the scores that are taken, not yet read."""
    folder = corpus_folder()
    for score in SCORES:
        name = f"music21/{score.path.rpartition('.')[0]}"
        yield Candidate(
            name, SOURCE, score.licence, partial(_checked, name, folder / score.path, score.sha256)
        )


def _checked(name: str, path: Path, expected: str) -> Piece:
    if not path.is_file():
        raise Dropped("not in this edition of the music21 corpus")
    if sha256(path) != expected:
        raise Dropped("not the file whose licence was read")
    return score_piece(name, path)


def score_piece(name: str, path: Path) -> Piece:
    """Bring a score onto the grid: the highest staff is the melody, the lowest the bass, others harmony.

    Repeats are not played out; the tempo is unknown, for what these files say of it is for playback only.

    Raises
    ------
    Dropped
        If its metre has no place on the grid or its measures do not follow it.
    """
    try:
        from music21 import converter
    except ImportError as error:
        raise MissingExtra("music21", "train") from error
    with warnings.catch_warnings():
        # music21 mends measures that are too long and says so.
        warnings.simplefilter("ignore")
        score = converter.parse(path, forceSource=True)
    staves = [rows for part in score.parts if len(rows := _rows(part))]
    if not staves:
        raise Dropped("no notes")
    bars = _Bars.of(score.parts[0])
    staves.sort(key=lambda rows: -float(rows[:, 2].mean()))
    owners = [MELODY, *[HARMONY] * (len(staves) - 2), *[BASS] * (len(staves) > 1)]
    notes = [bars.notes(rows, owner) for rows, owner in zip(staves, owners, strict=True)]
    last = max(int(part["start"].max()) for part in notes)
    return piece_of(name, bars.until(last), np.concatenate(notes))


def beats_of(numerator: int, denominator: int) -> tuple[int, float]:
    """Return the beats of a bar and the crotchets of a beat, for a time signature; `Dropped` for a rare one.

    Three quavers are a beat where there are six or more of them, crotchets where a bar has two minims, minims
    where it has three or more.
    """
    if denominator == 8 and numerator % 3 == 0 and numerator > 3:
        beats, unit = numerator // 3, 1.5
    elif (numerator, denominator) == (2, 2):
        beats, unit = 4, 1.0
    else:
        beats, unit = numerator, 4 / denominator
    if beats not in METRES or denominator not in {2, 4, 8}:
        raise Dropped(f"metre {numerator}/{denominator}")
    return beats, unit


@dataclass(frozen=True, slots=True, eq=False)
class _Bars:
    """Bars laid end to end: stretches of one metre, each from an offset in crotchets."""

    offsets: NDArray[np.float64]
    beats: NDArray[np.int64]
    units: NDArray[np.float64]
    first: NDArray[np.float64]

    @classmethod
    def of(cls, part: Any) -> _Bars:
        """Read time signatures and check that measures keep them."""
        measures = list(part.getElementsByClass("Measure"))
        signatures = [
            (float(one.offset), *beats_of(one.numerator, one.denominator))
            for one in part.flatten().getElementsByClass("TimeSignature")
        ]
        if not signatures or not measures:
            raise Dropped("no time signature")
        changes = [one for i, one in enumerate(signatures) if i == 0 or one[1:] != signatures[i - 1][1:]]
        offsets, beats, units = (np.array(column) for column in zip(*changes, strict=True))
        upbeat = float(measures[0].duration.quarterLength) % (beats[0] * units[0])
        # The first bar line lies before an upbeat by what the upbeat lacks.
        offsets = offsets.astype(float)
        offsets[0] = upbeat - beats[0] * units[0] if upbeat else 0.0
        lengths = np.diff(offsets) / units[:-1]
        whole = np.round(lengths / beats[:-1]) * beats[:-1]
        if np.abs(lengths - whole).max(initial=0) > 1 / TICKS:
            raise Dropped("metre changes within a bar")
        bars = cls(offsets, beats, units, np.concatenate([[0], np.cumsum(whole)]))
        bars._check([float(one.offset) for one in measures[1:]])
        return bars

    def _check(self, measures: list[float]) -> None:
        places, stretch = self._places(np.array(measures))
        into = (places - self.first[stretch]) % self.beats[stretch]
        aligned = (
            float(((into < 1 / TICKS) | (into > self.beats[stretch] - 1 / TICKS)).mean()) if measures else 1.0
        )
        if aligned < LEAST_ALIGNED:
            raise Dropped(f"{aligned:.0%} of its measures begin on a bar line, expected {LEAST_ALIGNED:.0%}")

    def _places(self, offsets: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return beats since the first bar line, and the stretch each lies in."""
        stretch = np.maximum(np.searchsorted(self.offsets, offsets + 1e-6, side="right") - 1, 0)
        return self.first[stretch] + (offsets - self.offsets[stretch]) / self.units[stretch], stretch

    def notes(self, rows: NDArray[np.float64], part: str) -> NDArray[np.void]:
        """Return notes of (offset, end, pitch) on the grid."""
        start, _ = self._places(rows[:, 0])
        end, _ = self._places(rows[:, 1])
        ticks = np.round(start * TICKS).astype(np.int32)
        lengths = np.round((end - start) * TICKS).astype(np.int32)
        return notes_of(ticks, lengths, rows[:, 2].astype(np.int16), part)

    def until(self, last: int) -> NDArray[np.int16]:
        """Return the beats of each bar up to the one that holds the tick `last`."""
        ends = np.append(self.first[1:], max(last / TICKS + 1, self.first[-1] + 1))
        counts = np.ceil((ends - self.first) / self.beats).astype(int)
        return np.repeat(self.beats, counts).astype(np.int16)


def _rows(part: Any) -> NDArray[np.float64]:
    """Return offset, end (crotchets) and pitch of each sounding note, ties joined, shape (notes, 3)."""
    notes = part.stripTies().flatten().notes
    rows = [
        (float(one.offset), float(one.offset + one.duration.quarterLength), float(pitch.midi))
        for one in notes
        if "Harmony" not in one.classes and one.duration.quarterLength > 0
        for pitch in one.pitches
    ]
    return np.array(rows, np.float64).reshape(-1, 3)
