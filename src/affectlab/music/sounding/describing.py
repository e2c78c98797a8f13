"""A control in words, for models that are asked in words.

Only what the music should be is said: target affect, tempo and instruments. What the listener is estimated to
feel is never part of it. The words are ours, one pair for each quarter of the valence-arousal plane.
"""

from __future__ import annotations

from typing import Final

from affectlab.music.mapping import requested
from affectlab.music.score import MusicControl

# Valence and arousal of the quarter's corner, and how its music is called.
_QUARTERS: Final = (
    (1, 1, "joyful, lively music"),
    (1, -1, "serene, warm, gentle music"),
    (-1, 1, "tense, restless music"),
    (-1, -1, "sad, slow, quiet music"),
)
_LEAST: Final = 0.02


def quarters(control: MusicControl) -> tuple[tuple[str, float], ...]:
    """Return a description of each quarter near enough and its weight, above 0; together they are 1."""
    weighed = [
        (words, (1 + v * control.valence) * (1 + a * control.arousal) / 4) for v, a, words in _QUARTERS
    ]
    kept = [(words, weight) for words, weight in weighed if weight >= _LEAST]
    total = sum(weight for _, weight in kept)
    return tuple((words, weight / total) for words, weight in kept)


def describe(control: MusicControl) -> str:
    """Return the nearest quarter's description with tempo, in steps of 5, and instruments."""
    words = max(quarters(control), key=lambda one: one[1])[0]
    tempo = 5 * round(requested(control).tempo_bpm / 5)
    played = f", {', '.join(control.instruments)}" if control.instruments else ""
    return f"instrumental {words}, {tempo} bpm{played}"
