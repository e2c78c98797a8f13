"""The sound of one note, computed piece by piece as it is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.pcm import SFREQ_AUDIO
from affectlab.music.timbre import LAYERS, Partials, Timbre

HIGHEST_PARTIAL: Final = 16_000.0
"""Hz; nothing is synthesised above it, so nothing folds back."""

_CHUNK: Final = 4096
_FINE: Final = 128
_LOOP_SECONDS: Final = 2.0
_TAIL: Final = SFREQ_AUDIO // 4
_REFERENCE_RMS: Final = 0.155
_LN_1000: Final = float(np.log(1000.0))


@dataclass(frozen=True, slots=True)
class _Phasors:
    """Partials as complex growth per frame, with their amplitudes and the length of the table in frames.

    Partials of one group begin in phase.
    """

    rates: NDArray[np.complex128]
    amplitudes: NDArray[np.float64]
    groups: NDArray[np.intp]
    frames: int


def _looped(partials: Partials, fundamental: float, detune_cents: float) -> _Phasors:
    """Three voices with whole numbers of cycles in one loop, so that its end meets its beginning."""
    detune = 2 ** (detune_cents / 1200) - 1
    cycles = max(round(_LOOP_SECONDS * fundamental), round(1 / detune))
    frames = round(cycles * SFREQ_AUDIO / fundamental)
    spread = round(cycles * detune)
    voices = np.array([cycles, cycles - spread, cycles + spread])
    turns = np.outer(voices, partials.ratios).ravel() / frames
    amplitudes = np.outer([1.0, 0.7, 0.7], partials.amplitudes).ravel()
    audible = turns * SFREQ_AUDIO < HIGHEST_PARTIAL
    rates = np.asarray(2j * np.pi * turns[audible], dtype=np.complex128)
    return _Phasors(rates, amplitudes[audible], np.arange(len(rates)), frames)


def _decaying(partials: Partials, fundamental: float, seconds: float) -> _Phasors:
    frequencies = fundamental * partials.ratios
    audible = frequencies < HIGHEST_PARTIAL
    rates = np.empty(len(frequencies), dtype=np.complex128)
    rates.real = -_LN_1000 / partials.decays / SFREQ_AUDIO
    rates.imag = 2 * np.pi * frequencies / SFREQ_AUDIO
    # Two strings struck by one hammer begin together; apart, they could cancel for seconds.
    groups = np.rint(partials.ratios[audible]).astype(np.intp)
    return _Phasors(rates[audible], partials.amplitudes[audible], groups, round(seconds * SFREQ_AUDIO))


class NoteTable:
    """The sound of one note of a timbre.

    A decaying note ends in silence; a sustained one is a loop. Either is computed in chunks of 85 ms when
    first read, so that a new note never holds up a block.

    Parameters
    ----------
    timbre
        What to sound like.
    pitch
        MIDI number; 69 is 440 Hz.
    layer
        Brightness, 0 to `LAYERS` - 1.
    seed
        Of the partials' phases.
    """

    def __init__(self, timbre: Timbre, pitch: int, layer: int, seed: int) -> None:
        fundamental = 440.0 * 2 ** ((pitch - 69) / 12)
        partials = timbre.spectrum(fundamental, layer / (LAYERS - 1))
        self.loops = timbre.seconds is None
        phasors = (
            _looped(partials, fundamental, timbre.detune_cents)
            if timbre.seconds is None
            else _decaying(partials, fundamental, timbre.seconds)
        )
        self.frames = phasors.frames
        draws = np.random.default_rng([seed, pitch]).uniform(0, 2 * np.pi, phasors.groups.max() + 1)
        phases = draws[phasors.groups]
        loudness = timbre.level * _REFERENCE_RMS / np.sqrt((phasors.amplitudes**2).sum() / 2)
        self._rates = phasors.rates
        self._start = loudness * phasors.amplitudes * np.exp(1j * phases)
        fine = np.exp(phasors.rates[:, None] * np.arange(_FINE))
        self._fine = np.vstack([fine.real, -fine.imag]).astype(np.float32)
        self._sound = np.zeros(self.frames, dtype=np.float32)
        self._filled = 0

    @property
    def nbytes(self) -> int:
        return self._sound.nbytes + self._fine.nbytes

    def read(self, begin: int, frames: int) -> NDArray[np.float32]:
        """Return `frames` frames from frame `begin` of the note; fewer when a decaying sound has ended."""
        if self.loops:
            begin %= self.frames
        end = begin + frames
        self._fill(min(end, self.frames))
        if end <= self.frames or not self.loops:
            return self._sound[begin:end]
        return self._sound.take(np.arange(begin, end), mode="wrap")

    def _fill(self, end: int) -> None:
        while self._filled < end:
            begin = self._filled
            self._filled = min(begin + _CHUNK, self.frames)
            self._sound[begin : self._filled] = self._compute(begin)[: self._filled - begin]

    def _compute(self, begin: int) -> NDArray[np.float32]:
        """Sum the partials over one chunk.

        A phasor at coarse + fine is the product of two, so the sum over partials is one small matrix
        product instead of a sine per partial and frame.
        """
        steps = begin + np.arange(0, _CHUNK, _FINE)
        coarse = self._start * np.exp(steps[:, None] * self._rates)
        sound = np.hstack([coarse.real, coarse.imag]).astype(np.float32) @ self._fine
        if not self.loops and begin + _CHUNK > self.frames - _TAIL:
            left = self.frames - 1 - (steps[:, None] + np.arange(_FINE))
            sound *= np.clip(left / _TAIL, 0, 1).astype(np.float32)
        return np.asarray(sound.ravel(), dtype=np.float32)
