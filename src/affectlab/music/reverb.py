"""A light room around the built-in synthesiser."""

from __future__ import annotations

from typing import Final

import numpy as np

from affectlab.music.pcm import SFREQ_AUDIO, Stereo

# Mutually prime, 21 to 52 ms, so that echoes do not coincide.
_DELAYS: Final = (1009, 1201, 1433, 1621, 1847, 2027, 2243, 2473)
_SPAN: Final = min(_DELAYS)
_SECONDS: Final = 1.3
_DAMPING: Final = 0.45


def _hadamard() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Orthogonal mixing of the eight lines: no line keeps its energy to itself, and none is lost."""
    pair = np.array([[1.0, 1.0], [1.0, -1.0]])
    return np.asarray(np.kron(np.kron(pair, pair), pair) / np.sqrt(8), dtype=np.float32)


class Reverb:
    """Feedback delay network of eight lines with damping, 1.3 s to -60 dB.

    Every line is longer than the spans it is computed in, so a span is a handful of array operations.

    References
    ----------
    Jot and Chaigne (1991), Digital delay networks for designing artificial reverberators, AES 90.
    """

    def __init__(self) -> None:
        from scipy.signal import lfilter

        self._filter = lfilter
        feedback = 10 ** (-3 * np.array(_DELAYS) / (_SECONDS * SFREQ_AUDIO))
        self._mixing = (_hadamard() * feedback).astype(np.float32)
        self._lines = np.zeros((len(_DELAYS), max(_DELAYS)), dtype=np.float32)
        self._damping = np.zeros((len(_DELAYS), 1))

    def process(self, samples: Stereo) -> Stereo:
        """Return the reverberation of the next frames, shape (frames, 2), without the direct sound."""
        spans = np.split(samples, range(_SPAN, len(samples), _SPAN))
        return np.concatenate([self._process(span) for span in spans])

    def _process(self, span: Stereo) -> Stereo:
        frames, longest = len(span), self._lines.shape[1]
        heard = np.stack(
            [line[longest - d : longest - d + frames] for line, d in zip(self._lines, _DELAYS, strict=True)]
        )
        damped, self._damping = self._filter([1 - _DAMPING], [1, -_DAMPING], heard, axis=1, zi=self._damping)
        written = self._mixing @ damped.astype(np.float32)
        written[0::2] += span[:, 0]
        written[1::2] += span[:, 1]
        self._lines = np.concatenate([self._lines[:, frames:], written], axis=1)
        signs = np.array([1, -1, 1, -1], dtype=np.float32)
        return np.column_stack([signs @ heard[0::2], signs @ heard[1::2]])
