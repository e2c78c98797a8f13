"""What a window of notes does, from the notes alone: pace, touch, register, mode, dissonance, articulation.

The cues are those that the reviews in `affectlab.music.mapping` name; what they say of valence and arousal is
not taken from there but fitted on clips that people judged.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.evaluation.take import Played
from affectlab.music.learned.tonality import key_clarity, majorness, tension

CUES: Final = (
    "attacks",
    "notes",
    "velocity",
    "velocity_spread",
    "velocity_top",
    "polyphony",
    "pitch",
    "pitch_spread",
    "top",
    "bottom",
    "mode",
    "key_clarity",
    "tension",
    "pitch_classes",
    "articulation",
    "length",
    "interval",
    "wait",
    "wait_spread",
    "evenness",
)
WINDOW: Final = 8.0
"""Seconds that one reading looks at: about what a listener needs to judge a piece's emotion."""

# Notes struck within this time are one attack.
_TOGETHER: Final = 0.035
_STEP: Final = 0.05
_FEWEST: Final = 3
_LONGEST_RATIO: Final = 4.0


def cues(notes: Played, centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """Describe the notes around some moments.

    Parameters
    ----------
    notes
        Of dtype `PLAYED`, sorted by onset.
    centres
        Seconds; each window reaches `WINDOW` / 2 to either side.

    Returns
    -------
    NDArray
        Shape (centres, 20), in the order of `CUES`; NaN where fewer than three notes begin in the window, and
        for articulation, interval and waits where there are fewer than four attacks:

        - attacks, notes: per second; notes struck together are one attack.
        - velocity, velocity_spread, velocity_top: mean, standard deviation and greatest, over 127.
        - polyphony: notes sounding, mean over time.
        - pitch, pitch_spread: mean and standard deviation, MIDI numbers.
        - top, bottom: mean of the highest and lowest note of each attack.
        - mode: `majorness` of the sounding pitch classes; key_clarity: their correlation with the best key.
        - tension: `tension`, mean over the moments at which two pitch classes sound; 0 if there is none.
        - pitch_classes: entropy of the sounding pitch classes, bits.
        - articulation: duration over time to the next attack, median, at most 4.
        - length: median duration, log2 of seconds.
        - interval: mean step of the highest notes, semitones.
        - wait, wait_spread: median and standard deviation of log2 of the seconds between attacks.
        - evenness: share of neighbouring waits that agree within a fifth.
    """
    windows = (_window(notes, centre - WINDOW / 2, centre + WINDOW / 2) for centre in centres)
    rows = [[found.get(name, np.nan) for name in CUES] for found in windows]
    return np.array(rows, np.float64).reshape(len(centres), len(CUES))


def begun_in(notes: Played, begin: float, end: float) -> Played:
    """Return the notes that begin in [begin, end) seconds; `notes` are sorted by onset."""
    first, last = np.searchsorted(notes["onset"], [begin, end])
    found: Played = notes[first:last]
    return found


def sounding(notes: Played, begin: float, end: float, step: float = _STEP) -> NDArray[np.int64]:
    """Return how many notes of each pitch class sound at each moment, shape (moments, 12)."""
    moments = round((end - begin) / step)
    lasting = notes[(notes["onset"] < end) & (notes["onset"] + notes["duration"] > begin)]
    first = np.floor((lasting["onset"] - begin) / step).clip(0, moments).astype(int)
    ends = np.ceil((lasting["onset"] + lasting["duration"] - begin) / step).clip(0, moments).astype(int)
    changes = np.zeros((moments + 1, 12), np.int64)
    np.add.at(changes, (first, lasting["pitch"] % 12), 1)
    np.add.at(changes, (ends, lasting["pitch"] % 12), -1)
    return np.cumsum(changes, axis=0)[:-1]


def _window(notes: Played, begin: float, end: float) -> dict[str, float]:
    begun = begun_in(notes, begin, end)
    if len(begun) < _FEWEST:
        return {}
    first = np.flatnonzero(np.diff(begun["onset"], prepend=-np.inf) > _TOGETHER)
    velocity, pitch = begun["velocity"] / 127, begun["pitch"].astype(float)
    top, bottom = np.maximum.reduceat(pitch, first), np.minimum.reduceat(pitch, first)
    found = {
        "attacks": len(first) / WINDOW,
        "notes": len(begun) / WINDOW,
        "velocity": velocity.mean(),
        "velocity_spread": velocity.std(),
        "velocity_top": velocity.max(),
        "pitch": pitch.mean(),
        "pitch_spread": pitch.std(),
        "top": top.mean(),
        "bottom": bottom.mean(),
        "length": np.median(np.log2(begun["duration"])),
    }
    if len(first) > _FEWEST:
        found |= _line(begun, first, top)
    return {name: float(value) for name, value in (found | _harmony(sounding(notes, begin, end))).items()}


def _harmony(classes: NDArray[np.int64]) -> dict[str, float]:
    total = classes.sum(axis=0).astype(float)
    shares = total / max(total.sum(), 1.0)
    together = tension(classes > 0)
    dissonance = together[np.isfinite(together)]
    return {
        "polyphony": classes.sum(axis=1).mean(),
        "mode": majorness(total[None])[0],
        "key_clarity": key_clarity(total[None])[0],
        "tension": dissonance.mean() if dissonance.size else 0.0,
        "pitch_classes": -np.sum(shares * np.log2(shares, out=np.zeros(12), where=shares > 0)),
    }


def _line(begun: Played, first: NDArray[np.int64], top: NDArray[np.float64]) -> dict[str, float]:
    times = begun["onset"][first]
    waits = np.diff(times)
    numbers = np.cumsum(np.isin(np.arange(len(begun)), first)) - 1
    followed = numbers < len(waits)
    ratios = begun["duration"][followed] / waits[numbers[followed]]
    logarithms = np.log2(waits)
    return {
        "articulation": np.median(np.minimum(ratios, _LONGEST_RATIO)),
        "interval": np.abs(np.diff(top)).mean(),
        "wait": np.median(logarithms),
        "wait_spread": logarithms.std(),
        "evenness": (np.abs(np.diff(logarithms)) < np.log2(1.2)).mean(),
    }
