"""Frequency weightings of hearing: K for loudness, A for sound exposure."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.pcm import SFREQ_AUDIO, Stereo

Sections = NDArray[np.float64]

# ITU-R BS.1770-4, Annex 1, tables 1 and 2, at 48 kHz: the head's high shelf, then the RLB high-pass.
_K_SECTIONS: Final = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)
# IEC 61672-1:2013, Annex E: the corner frequencies of A-weighting, Hz.
_A_CORNERS: Final = (20.598997, 107.65265, 737.86223, 12194.217)


def k_sections() -> Sections:
    """Return second-order sections of K-weighting at `SFREQ_AUDIO`, shape (2, 6)."""
    return _K_SECTIONS.copy()


@cache
def a_sections() -> Sections:
    """Return second-order sections of A-weighting at `SFREQ_AUDIO`, shape (n_sections, 6).

    The bilinear transform of the analogue filter, 0 dB at 1 kHz. It reads low near the Nyquist frequency
    (0.6 dB at 8 kHz, 2.6 dB at 12.5 kHz), which stays inside the limits of class 1.

    References
    ----------
    IEC 61672-1:2013, Annex E.
    """
    from scipy.signal import bilinear_zpk, freqz_sos, zpk2sos

    lowest, low, high, highest = (2 * np.pi * corner for corner in _A_CORNERS)
    poles = np.array([-lowest, -lowest, -low, -high, -highest, -highest])
    sections = zpk2sos(*bilinear_zpk(np.zeros(4), poles, 1.0, SFREQ_AUDIO))
    _, response = freqz_sos(sections, worN=[1000.0], fs=SFREQ_AUDIO)
    sections[0, :3] /= np.abs(response[0])
    return np.asarray(sections, dtype=np.float64)


class WeightingFilter:
    """A causal filter over a stereo stream that goes on from block to block.

    Parameters
    ----------
    sections
        Second-order sections, shape (n_sections, 6).
    """

    def __init__(self, sections: Sections) -> None:
        from scipy.signal import sosfilt

        self._filter = sosfilt
        self._sections = sections
        self._state = np.zeros((len(sections), 2, 2))

    def energy(self, samples: Stereo) -> NDArray[np.float64]:
        """Filter the next frames, shape (frames, 2), and return their summed squares, shape (2,)."""
        filtered, self._state = self._filter(
            self._sections, samples.T.astype(np.float64), axis=-1, zi=self._state
        )
        return np.asarray(np.einsum("ij,ij->i", filtered, filtered), dtype=np.float64)
