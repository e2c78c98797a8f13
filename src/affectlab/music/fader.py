"""Fading in and out without a click."""

from __future__ import annotations

import numpy as np

from affectlab.music.pcm import SFREQ_AUDIO, Stereo


class Fader:
    """A gain between 0 and 1 that moves along a raised cosine, beginning at 0."""

    def __init__(self) -> None:
        self._level = 0.0
        self._target = 0.0
        self._step = 0.0

    def is_silent(self) -> bool:
        """Tell whether the gain is zero and stays so."""
        return self._level == self._target == 0.0

    def move(self, target: float, seconds: float) -> None:
        """Reach `target`, 0 or 1, in the time it takes to cross the whole range in `seconds`."""
        self._target = target
        frames = max(round(seconds * SFREQ_AUDIO), 1)
        self._step = (1.0 if target > self._level else -1.0) / frames

    def apply(self, samples: Stereo) -> Stereo:
        """Return the next frames, shape (frames, 2), with the gain applied."""
        if self._level == self._target:
            return samples if self._level == 1.0 else np.zeros_like(samples)
        ramp = self._level + self._step * np.arange(1, len(samples) + 1)
        low, high = (self._level, self._target) if self._step > 0 else (self._target, self._level)
        levels = np.clip(ramp, low, high)
        self._level = float(levels[-1])
        gains = np.sin(np.pi / 2 * levels) ** 2
        return np.asarray(samples * gains[:, None], dtype=np.float32)
