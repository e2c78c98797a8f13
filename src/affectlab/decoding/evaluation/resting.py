"""The stretch of a person's rest that is known before anything is decoded."""

from __future__ import annotations

import numpy as np

from affectlab.decoding.epochs import Epochs, EpochTable, Floats
from affectlab.decoding.evaluation.folds import Indices
from affectlab.decoding.evaluation.method import Rest, person_of

_ROUNDING = 0.05
"""Seconds by which the first window's start may miss a whole second: ends are stamped at the last sample."""


def split_rest(
    epochs: Epochs, seconds: float, *, reserved: float | None = None
) -> tuple[dict[str, Rest], Indices]:
    """Set the first seconds of everybody's rest apart.

    Parameters
    ----------
    epochs
        Windows with `EpochTable.baseline` set where a person rests.
    seconds
        Length of the baseline; 0 gives nothing of anybody.
    reserved
        Seconds of rest that are kept out of scoring, so that lengths of baseline can be compared on the same
        scored windows; `seconds` when None.

    Returns
    -------
    rest
        Person (see `person_of`) to the windows that lie wholly within the first `seconds` of that person's
        first resting recording. Who has no rest is not there.
    scored
        Places of the windows left to learn from and to score, ascending; those that reach across the end of
        the baseline are on neither side.
    """
    table = epochs.table
    start, stop = _since_rest_began(table)
    rows = np.flatnonzero(stop <= seconds + _ROUNDING)
    owner = person_of(table)[rows]
    rest = {str(name): _rest(epochs, rows[owner == name]) for name in dict.fromkeys(owner.tolist())}
    limit = max(seconds, reserved or 0.0)
    return rest, np.flatnonzero(start >= limit - _ROUNDING)


def _rest(epochs: Epochs, rows: Indices) -> Rest:
    return Rest(epochs.data[rows], epochs.quality[rows])


def _since_rest_began(table: EpochTable) -> tuple[Floats, Floats]:
    """Return start and stop of each window, counted from where its person's rest began; inf elsewhere."""
    start, stop = np.full(len(table), np.inf), np.full(len(table), np.inf)
    person = person_of(table)
    for name in dict.fromkeys(person[table.baseline].tolist()):
        own = np.flatnonzero((person == name) & table.baseline)
        # Only the first resting recording is a baseline: later ones were not known beforehand.
        first = own[table.recording[own] == table.recording[own[0]]]
        begun = table.start[first].min()
        start[first], stop[first] = table.start[first] - begun, table.stop[first] - begun
    return start, stop
