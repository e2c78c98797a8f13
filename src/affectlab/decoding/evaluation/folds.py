"""What is learned from and what is judged, and the proof that the two are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import EpochTable
from affectlab.errors import DecodingError

Indices = NDArray[np.intp]
Apart = Literal["subject", "stimulus", "time"]

_ROUNDING = 1e-6
"""Seconds by which ends of neighbouring windows may differ through rounding of time stamps."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """One split of a data set.

    Parameters
    ----------
    name
        Who or what is judged.
    train, test
        Places in the table, ascending.
    """

    name: str
    train: Indices
    test: Indices


def check_disjoint(fold: Fold, table: EpochTable, by: Sequence[Apart]) -> None:
    """Make sure that a fold learns nothing from what it is judged on.

    Parameters
    ----------
    fold
        The split.
    table
        What is known of the windows.
    by
        What must be apart: "subject" (nobody on both sides, whatever the session), "stimulus" (no stimulus on
        both sides; rest has none), "time" (no two windows of one recording, one on each side, overlap).

    Raises
    ------
    DecodingError
        If something is on both sides; it names the first such person, stimulus or pair of windows.
    """
    for what in by:
        if what == "time":
            _check_time(fold, table)
        else:
            _check_names(fold, getattr(table, what), what)


def _check_names(fold: Fold, names: NDArray[np.object_], what: str) -> None:
    train = set(names[fold.train].tolist()) - {""}
    for name in names[fold.test].tolist():
        if name in train:
            raise DecodingError(
                f"fold '{fold.name}' leaks: {what} '{name}' is learned from and judged; "
                "every figure made from it would be too good"
            )


def _check_time(fold: Fold, table: EpochTable) -> None:
    for recording in dict.fromkeys(table.recording[fold.test].tolist()):
        train = fold.train[table.recording[fold.train] == recording]
        test = fold.test[table.recording[fold.test] == recording]
        pair = first_overlap(table, train, test)
        if pair is not None:
            one, other = ((table.start[place], table.stop[place]) for place in pair)
            raise DecodingError(
                f"fold '{fold.name}' leaks: in recording '{recording}' the window {one[0]:g} to {one[1]:g} s "
                f"is learned from and overlaps {other[0]:g} to {other[1]:g} s, which is judged"
            )


def first_overlap(table: EpochTable, train: Indices, test: Indices) -> tuple[int, int] | None:
    """Return the first pair of windows of one recording that overlap in time, or None."""
    if not train.size or not test.size:
        return None
    order = train[np.argsort(table.start[train], kind="stable")]
    # The latest end of all windows that began before: windows need not be of one length.
    reach = np.maximum.accumulate(table.stop[order])
    for place in test:
        begun = int(np.searchsorted(table.start[order], table.stop[place] - _ROUNDING))
        if begun and reach[begun - 1] > table.start[place] + _ROUNDING:
            clashing = order[:begun][table.stop[order[:begun]] > table.start[place] + _ROUNDING]
            return int(clashing[0]), int(place)
    return None
