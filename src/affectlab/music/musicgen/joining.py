"""From decoded windows to one stream: mixed where they overlap, then resampled, without a seam."""

from __future__ import annotations

from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from affectlab.music.pcm import SFREQ_AUDIO

_HALF_WIDTH: Final = 16
_KAISER: Final = 8.0


class Joiner:
    """Joins windows whose beginnings decode the codes of the window before's end again.

    A codec that looks ahead decodes the last codes of a window without what follows, and differently: that
    much is left to the next window. Before it, both decode the same codes and differ little; over the fade
    one gives way to the other along a straight line.

    Parameters
    ----------
    fade
        Samples of the fade.
    guard
        Samples at a window's end that are not heard.
    """

    def __init__(self, fade: int, guard: int = 0) -> None:
        self._fade, self._guard = fade, guard
        self._held: NDArray[np.float32] | None = None

    def push(self, window: NDArray[np.float32], overlap: int) -> NDArray[np.float32]:
        """Return what follows of the stream, up to a guard and a fade before the window's end.

        Parameters
        ----------
        window
            Shape (channels, samples).
        overlap
            Samples at its beginning that the window before has, at its end, too: a guard and a fade or more;
            no matter at first.
        """
        fade, usable = self._fade, window[:, : window.shape[1] - self._guard]
        new = usable
        if self._held is not None:
            share = ((np.arange(fade) + 0.5) / fade).astype(np.float32)
            joined = overlap - self._guard
            mixed = self._held * (1 - share) + usable[:, joined - fade : joined] * share
            new = np.concatenate([mixed, usable[:, joined:]], axis=1)
        self._held = new[:, -fade:]
        return new[:, :-fade]


class Resampler:
    """Resamples a stream to `SFREQ_AUDIO`; the result does not depend on how the stream is cut.

    Parameters
    ----------
    sfreq
        Of the input, Hz.
    channels
        Of the input.
    """

    def __init__(self, sfreq: int, channels: int) -> None:
        common = gcd(sfreq, SFREQ_AUDIO)
        self._up, self._down = SFREQ_AUDIO // common, sfreq // common
        widest = max(self._up, self._down)
        # A multiple of `down`, so that the filter's delay is a whole number of output frames.
        self._half = -(-_HALF_WIDTH * widest // self._down) * self._down
        taps = firwin(2 * self._half + 1, 1 / widest, window=("kaiser", _KAISER)) if widest > 1 else [1.0]
        self._taps = np.asarray(taps, dtype=np.float64) * self._up
        self._half *= widest > 1
        self._kept = np.zeros((channels, 0), dtype=np.float32)
        self._from = self._done = 0

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the frames that `samples`, shape (channels, n), complete, shape (channels, frames).

        The filter's delay, 16 samples of the slower rate, is left out at the beginning.
        """
        self._kept = np.concatenate([self._kept, samples], axis=1)
        spread = (self._from + self._kept.shape[1]) * self._up
        ready = max((spread - 1 - self._half) // self._down + 1, self._done)
        if ready == self._done:
            return np.zeros((len(samples), 0), dtype=np.float32)
        filtered = upfirdn(self._taps, self._kept, self._up, self._down, axis=1)
        offset = (self._half - self._from * self._up) // self._down
        new = np.asarray(filtered[:, self._done + offset : ready + offset], dtype=np.float32)
        self._done = ready
        self._forget()
        return new

    def _forget(self) -> None:
        """Drop the input that no frame to come needs, a multiple of `down` samples."""
        needed = max(self._done * self._down - self._half, 0) // self._up
        first = needed // self._down * self._down
        self._kept = self._kept[:, first - self._from :]
        self._from = first
