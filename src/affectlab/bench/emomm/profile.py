"""Conflict resolution profile: whose side an answer takes when modalities disagree.

Modalities disagree when they are on different *sides*. Where labels are ordered a side is the polarity of the
label's number (negative, neutral at 0, positive), as in EmoMM's conflict rule; elsewhere every label is its
own side. Complete clips are sorted by who is the odd one out (two against one) or as all different; samples
with exactly two modalities by the pair. Shares over the answers of a kind of conflict add up to 1: an answer
that names no label follows none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.clips import FULL, NO_ROW, Clips
from affectlab.bench.emomm.human import human_profile
from affectlab.bench.metrics import Row, row
from affectlab.bench.resampling import mean_intervals
from affectlab.bench.results import UNPARSED, Run
from affectlab.models import MODALITIES

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

_PAIRS = ((0, 1), (0, 2), (1, 2))
_NO_SIDE = -2

HUMANS = "human viewers"


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """All answers to one kind of conflict.

    Parameters
    ----------
    name
        ``odd_T``, ``odd_A``, ``odd_V``, ``all_differ``, ``T_vs_A``, ``T_vs_V`` or ``A_vs_V``.
    rows
        Samples of this kind that have an answer.
    follows
        Who may be followed ("odd", "pair", a modality, "none") to 1 where the answer does, shape (n,).
    """

    name: str
    rows: Indices
    follows: Mapping[str, Array]


def conflicts(run: Run, clips: Clips) -> list[Conflict]:
    """Sort the answers of a run by kind of conflict; kinds that do not occur are left out."""
    side_of = sides(run)
    channels = np.where(clips.channels == UNPARSED, _NO_SIDE, side_of[clips.channels])[:, :3]
    prediction = run.samples.prediction
    answered = np.where(prediction == UNPARSED, _NO_SIDE - 1, side_of[prediction])
    kinds = [*_complete(clips, channels, answered), *_pairwise(clips, channels, answered)]
    return [one for one in kinds if one.rows.size]


def sides(run: Run) -> NDArray[np.intp]:
    """Return the side of each label: polarity of its number where labels are ordered, else its index."""
    if not run.values:
        return np.arange(len(run.labels))
    return np.array([np.sign(run.values[label]) for label in run.labels], dtype=np.intp)


def profile_rows(run: Run, clips: Clips, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return the share of answers that follow each side, with clustered intervals, per kind of conflict."""
    rows: list[Row] = []
    for kind in conflicts(run, clips):
        values = np.stack(list(kind.follows.values()), axis=1)
        means = mean_intervals(values, run.samples.source[kind.rows], resamples=resamples, seed=seed)
        rows += [
            {"method": "model", "subset": kind.name, **row(f"follows_{side}", found, n, 0)}
            for side, (found, n) in zip(kind.follows, means, strict=True)
        ]
    return rows


def human_rows() -> list[Row]:
    """Return what viewers of CREMA-D do when voice and face disagree, as rows beside the model's."""
    known = human_profile()
    shares = {"A": known.follow_voice, "V": known.follow_face, "none": known.follow_neither}
    return [
        {"method": HUMANS, "subset": "A_vs_V", **row(f"follows_{side}", found, known.conflicts, 0)}
        for side, found in shares.items()
    ]


def _complete(clips: Clips, channels: Indices, answered: Indices) -> Iterator[Conflict]:
    members = np.flatnonzero((clips.rows[:, FULL] != NO_ROW) & (channels != _NO_SIDE).all(axis=1))
    rows, side = clips.rows[members, FULL], channels[members]
    answer = answered[rows]
    for odd, modality in enumerate(MODALITIES):
        first, second = (side[:, other] for other in range(3) if other != odd)
        here = (first == second) & (side[:, odd] != first)
        follows = {"pair": answer[here] == first[here], "odd": answer[here] == side[here, odd]}
        yield Conflict(f"odd_{modality}", rows[here], _with_none(follows))
    here = np.logical_and.reduce([side[:, a] != side[:, b] for a, b in _PAIRS])
    follows = {modality: answer[here] == side[here, bit] for bit, modality in enumerate(MODALITIES)}
    yield Conflict("all_differ", rows[here], _with_none(follows))


def _pairwise(clips: Clips, channels: Indices, answered: Indices) -> Iterator[Conflict]:
    for a, b in _PAIRS:
        rows = clips.rows[:, (1 << a) | (1 << b)]
        there = (rows != NO_ROW) & (channels[:, a] != _NO_SIDE) & (channels[:, b] != _NO_SIDE)
        here = np.flatnonzero(there & (channels[:, a] != channels[:, b]))
        answer = answered[rows[here]]
        follows = {MODALITIES[one]: answer == channels[here, one] for one in (a, b)}
        yield Conflict(f"{MODALITIES[a]}_vs_{MODALITIES[b]}", rows[here], _with_none(follows))


def _with_none(follows: Mapping[Any, NDArray[np.bool_]]) -> dict[str, Array]:
    found = {side: taken.astype(float) for side, taken in follows.items()}
    return {**found, "none": 1 - np.sum(list(found.values()), axis=0)}
