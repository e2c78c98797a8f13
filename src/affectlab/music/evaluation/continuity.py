"""Whether the music breaks where its target jumps: the notes there against the notes elsewhere."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.cues import sounding
from affectlab.music.evaluation.metrics import note_level
from affectlab.music.evaluation.take import Take

Vector = NDArray[np.float64]

# Beats from a jump on in which its break would lie: two bars.
REACH: Final = 8
_STEP: Final = 0.02


def breaks(take: Take) -> dict[str, Vector]:
    """Measure how each beat breaks with the one before.

    Returns
    -------
    dict
        Each shape (beats,), the first beat 0: `gap`, the longest silence in the beat, seconds; `loudness`,
        the difference in `note_level`, dB; `pitch`, one minus intersection over union of the pitch classes
        that sound in both.
    """
    notes, starts = take.notes(), take.starts
    rolls = [sounding(notes, begin, end, _STEP) > 0 for begin, end in pairwise(starts)]
    present = np.array([roll.any(axis=0) for roll in rolls])
    shared = (present[1:] & present[:-1]).sum(axis=1)
    union = (present[1:] | present[:-1]).sum(axis=1)
    gaps = np.array([_longest_silence(roll) for roll in rolls])
    gaps[0] = 0.0
    return {
        "gap": gaps,
        "loudness": np.abs(np.diff(note_level(take), prepend=note_level(take)[:1])),
        "pitch": np.concatenate([[0.0], 1 - shared / np.maximum(union, 1)]),
    }


def excess(values: Vector, changes: tuple[int, ...]) -> float:
    """Return the largest value within `REACH` beats after a change, less what stretches elsewhere have.

    Parameters
    ----------
    values
        Of each beat.
    changes
        Beats at which the target jumps, at least one.

    Returns
    -------
    float
        The mean over changes of the largest value after each, less the mean over other stretches of as many
        beats of theirs: 0 where a change cannot be told from the music's own course. NaN if there is no
        whole stretch elsewhere.
    """
    windows = np.lib.stride_tricks.sliding_window_view(values, REACH).max(axis=1)
    begins = np.arange(len(windows))
    apart = np.all([np.abs(begins - change) >= REACH for change in changes], axis=0)
    inside = [change for change in changes if change < len(windows)]
    if not apart.any() or not inside:
        return float("nan")
    return float(windows[inside].mean() - windows[apart].mean())


def _longest_silence(roll: NDArray[np.bool_]) -> float:
    silent = np.concatenate([[False], ~roll.any(axis=1), [False]]).astype(int)
    edges = np.flatnonzero(np.diff(silent))
    return float((edges[1::2] - edges[::2]).max(initial=0)) * _STEP
