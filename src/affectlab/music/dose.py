"""How much sound an ear has had, measured against the weekly allowance of ITU-T H.870."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from affectlab.errors import InvalidConfig
from affectlab.music.pcm import SFREQ_AUDIO, Stereo
from affectlab.music.weighting import WeightingFilter, a_sections

ASSUMED_FULL_SCALE_SPL: Final = 94.0
"""Assumed dB SPL of a full-scale sine until a level check: music at -18 LUFS is then about 76 dB SPL."""

_REFERENCE_PRESSURE: Final = 20e-6
_ALLOWANCE_HOURS: Final = 40.0
_FULL_SCALE_SINE_MEAN_SQUARE: Final = 0.5

Mode = Literal["adult", "sensitive"]
_ALLOWANCE_DBA: Final[dict[Mode, float]] = {"adult": 80.0, "sensitive": 75.0}


def _pressure_squared(decibels: float) -> float:
    """Mean square pressure in Pa² of a sound pressure level."""
    return float(_REFERENCE_PRESSURE**2 * 10 ** (decibels / 10))


@dataclass(frozen=True, slots=True)
class Dose:
    """Sound exposure so far.

    Parameters
    ----------
    pa2h
        A-weighted exposure of the more exposed ear, Pa²h.
    percent
        Share of the allowance for seven days; 100 is 80 dBA for 40 h (adult) or 75 dBA for 40 h.
    basis
        "measured" when every part of it rests on a level check, "assumed" otherwise.
    """

    pa2h: float
    percent: float
    basis: Literal["measured", "assumed"]


class SoundDose:
    """Add up the A-weighted sound exposure of a stereo stream.

    Parameters
    ----------
    full_scale_spl
        dB SPL at the ear of a full-scale sine at the listener's volume setting, in [40, 140]; None until
        it has been measured, when `ASSUMED_FULL_SCALE_SPL` stands in for it.
    mode
        "adult" (H.870 mode 1, 80 dBA for 40 h a week) or "sensitive" (mode 2, 75 dBA for 40 h a week).

    Raises
    ------
    InvalidConfig
        If the level or the mode is out of range.

    References
    ----------
    Recommendation ITU-T H.870 (2022), clause 7.1, and the WHO-ITU standard on safe listening.
    """

    def __init__(self, full_scale_spl: float | None = None, mode: Mode = "adult") -> None:
        if mode not in _ALLOWANCE_DBA:
            raise InvalidConfig(f"sound dose mode must be one of {', '.join(_ALLOWANCE_DBA)}, got {mode!r}")
        self._allowance = _pressure_squared(_ALLOWANCE_DBA[mode]) * _ALLOWANCE_HOURS
        self._filter = WeightingFilter(a_sections())
        self._exposure = np.zeros(2)
        self._guessed = False
        self._measured = False
        self._scale = self._scale_of(ASSUMED_FULL_SCALE_SPL)
        if full_scale_spl is not None:
            self.calibrate(full_scale_spl)

    def calibrate(self, full_scale_spl: float) -> None:
        """Use the measured level of a full-scale sine, dB SPL, for all sound from now on."""
        if not 40.0 <= full_scale_spl <= 140.0:
            raise InvalidConfig(
                f"level of a full-scale sine must be in [40, 140] dB SPL, got {full_scale_spl}; "
                "repeat the level check"
            )
        self._scale = self._scale_of(full_scale_spl)
        self._measured = True

    def push(self, samples: Stereo) -> None:
        """Take the next frames, shape (frames, 2), at `SFREQ_AUDIO`."""
        energy = self._filter.energy(samples)
        self._exposure += energy * self._scale
        self._guessed |= not self._measured and bool(energy.any())

    def read(self) -> Dose:
        """Return the exposure so far."""
        pa2h = float(self._exposure.max())
        basis: Literal["measured", "assumed"] = (
            "assumed" if self._guessed or not self._measured else "measured"
        )
        return Dose(pa2h, 100.0 * pa2h / self._allowance, basis)

    @staticmethod
    def _scale_of(full_scale_spl: float) -> float:
        """Pa²h that one frame adds per unit of squared sample."""
        pressure = _pressure_squared(full_scale_spl) / _FULL_SCALE_SINE_MEAN_SQUARE
        return pressure / SFREQ_AUDIO / 3600.0
