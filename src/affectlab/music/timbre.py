"""Gentle instrument spectra for the built-in synthesiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LAYERS: Final = 4
"""Steps of brightness between the softest and the strongest velocity."""


@dataclass(frozen=True, slots=True)
class Partials:
    """Sinusoids that make a note.

    Parameters
    ----------
    ratios
        Shape (n,), frequency over the fundamental.
    amplitudes
        Shape (n,), relative.
    decays
        Shape (n,), seconds to fall by 60 dB; infinity for a sustained sound.
    """

    ratios: Vector
    amplitudes: Vector
    decays: Vector


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a family of instruments sounds.

    Parameters
    ----------
    spectrum
        Maps fundamental (Hz) and brightness in [0, 1] to partials.
    attack, release
        Seconds of fade in and out.
    seconds
        Length of a decaying sound; None for one that sustains as long as the note.
    level
        Loudness relative to the other families.
    detune_cents
        Distance of the outer voices of a chorus of three; only for sounds that sustain.
    """

    name: str
    spectrum: Callable[[float, float], Partials]
    attack: float
    release: float
    seconds: float | None
    level: float
    detune_cents: float = 0.0


def _series(count: int) -> Vector:
    return np.arange(1, count + 1, dtype=np.float64)


def _lasting(count: int) -> Vector:
    return np.full(count, np.inf)


def _piano(fundamental: float, brightness: float) -> Partials:
    order = _series(24)
    ratios = order * np.sqrt(1 + 2.5e-4 * (fundamental / 262) * order**2)
    struck = np.abs(np.sin(np.pi * order / 7.5)) + 0.05
    amplitudes = struck * order**-0.9 * np.exp(-order * (0.80 - 0.52 * brightness))
    lasting = 7.0 * (110 / fundamental) ** 0.45 / (1 + 0.22 * (order - 1))
    # Two strings a little apart: the first sound dies quickly, the after-sound rings.
    return Partials(
        np.concatenate([ratios, ratios * 1.0004]),
        np.concatenate([0.75 * amplitudes, 0.3 * amplitudes]),
        np.concatenate([0.4 * lasting, lasting]),
    )


def _electric_piano(fundamental: float, brightness: float) -> Partials:
    bell = 0.05 + 0.10 * brightness
    lasting = 4.5 * (220 / fundamental) ** 0.4
    ratios = np.array([1.0, 1.0006, 2.0, 3.0, 4.0, 7.1])
    amplitudes = np.array([0.7, 0.4, 0.22, 0.08 + 0.1 * brightness, 0.03, bell])
    return Partials(ratios, amplitudes, lasting * np.array([1.0, 0.9, 0.6, 0.35, 0.3, 0.09]))


def _bell(fundamental: float, brightness: float) -> Partials:
    lasting = 4.0 * (440 / fundamental) ** 0.3
    amplitudes = np.array([1.0, 0.5, 0.10 + 0.12 * brightness, 0.03 * brightness])
    return Partials(np.array([1.0, 1.0008, 3.98, 9.9]), amplitudes, lasting * np.array([1, 0.8, 0.25, 0.08]))


def _pluck(fundamental: float, brightness: float) -> Partials:
    order = _series(20)
    plucked = np.abs(np.sin(np.pi * order * 0.29)) + 0.02
    amplitudes = plucked * order**-1.2 * np.exp(-order * (0.30 - 0.18 * brightness))
    lasting = 3.4 * (196 / fundamental) ** 0.4 / (1 + 0.035 * order**2)
    return Partials(order, amplitudes, lasting)


def _bass(fundamental: float, brightness: float) -> Partials:
    order = _series(10)
    amplitudes = order**-1.3 * np.exp(-order * (0.45 - 0.2 * brightness))
    return Partials(order, amplitudes, 3.6 * (55 / fundamental) ** 0.3 / (1 + 0.3 * (order - 1)))


def _strings(_fundamental: float, brightness: float) -> Partials:
    order = _series(16)
    amplitudes = order**-1.15 * np.exp(-order * (0.26 - 0.14 * brightness))
    return Partials(order, amplitudes, _lasting(16))


def _pad(_fundamental: float, brightness: float) -> Partials:
    order = _series(10)
    amplitudes = order**-1.5 * np.exp(-order * (0.35 - 0.15 * brightness))
    return Partials(order, amplitudes, _lasting(10))


def _flute(_fundamental: float, brightness: float) -> Partials:
    amplitudes = np.array([1.0, 0.24 + 0.16 * brightness, 0.07 + 0.08 * brightness, 0.02, 0.008])
    return Partials(_series(5), amplitudes, _lasting(5))


def _reed(_fundamental: float, brightness: float) -> Partials:
    order = _series(12)
    amplitudes = order**-1.1 * np.exp(-order * (0.34 - 0.15 * brightness)) * np.where(order % 2, 1.0, 0.45)
    return Partials(order, amplitudes, _lasting(12))


_PIANO = Timbre("piano", _piano, 0.006, 0.18, 5.0, 1.0)
_ELECTRIC_PIANO = Timbre("electric piano", _electric_piano, 0.006, 0.16, 4.5, 0.85)
_BELL = Timbre("bell", _bell, 0.006, 0.5, 4.0, 0.6)
_PLUCK = Timbre("pluck", _pluck, 0.005, 0.22, 3.5, 1.0)
_BASS = Timbre("bass", _bass, 0.010, 0.12, 3.5, 1.0)
_STRINGS = Timbre("strings", _strings, 0.14, 0.30, None, 0.55, detune_cents=6.0)
_PAD = Timbre("pad", _pad, 0.40, 0.80, None, 0.5, detune_cents=8.0)
_FLUTE = Timbre("flute", _flute, 0.07, 0.12, None, 0.6, detune_cents=4.0)
_REED = Timbre("reed", _reed, 0.06, 0.12, None, 0.5, detune_cents=4.0)

# General MIDI Level 1: sixteen groups of eight programs.
_GROUPS: Final = (
    *(_PIANO, _BELL, _PAD, _PLUCK, _BASS, _STRINGS, _STRINGS, _REED),
    *(_REED, _FLUTE, _FLUTE, _PAD, _PAD, _PLUCK, _BELL, _PAD),
)
_SINGLE: Final = {
    **dict.fromkeys((4, 5), _ELECTRIC_PIANO),
    **dict.fromkeys((6, 7, 45, 46), _PLUCK),
    47: _BASS,
}


def timbre_of(program: int) -> Timbre:
    """Return the family that stands for a General MIDI program, 0 to 127."""
    return _SINGLE.get(program, _GROUPS[program // 8])


def layer_of(velocity: int) -> int:
    """Return the brightness layer of a MIDI velocity, 0 to `LAYERS` - 1."""
    return velocity * LAYERS // 128
