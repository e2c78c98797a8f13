"""A voice of source and filter (Fant 1960, Acoustic Theory of Speech Production) that babbles vowels.

Valence is in formants, which rise with the lips spread by a smile, and in the melody of each syllable and of
the whole utterance, which goes up or down; how strongly is set by us. Arousal is in rate, loudness and
brightness.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.synth.identity import Identity

RATE: Final = 16_000
"""Samples per second."""

SECONDS: Final = 2.0
"""Length of a clip."""

SYLLABLE_RISE: Final = 3.5
"""Semitones by which the pitch of a syllable rises at valence 1, and falls at -1."""

UTTERANCE_RISE: Final = 5.0
"""Semitones by which the pitch of the utterance rises from its first to its last syllable at valence 1."""

SMILE: Final = 0.06
"""Relative rise of all formants at valence 1: lips spread, tract shortened."""

Sound = NDArray[np.float32]
Signal = NDArray[np.float64]

# First four formants in Hz and of an average adult: a, e, i, o, u; the fourth is nearly constant.
_VOWELS = np.array(
    [[760, 1250, 2500, 3500], [500, 1850, 2550, 3500], [320, 2250, 2950, 3600], [520, 950, 2450, 3400],
     [350, 850, 2300, 3400]]
)  # fmt: skip
_BANDWIDTHS = np.array([80.0, 100.0, 140.0, 200.0])


def speak(who: Identity, valence: float, arousal: float, rng: np.random.Generator) -> Sound:
    """Return the sound of one utterance.

    Parameters
    ----------
    who
        Whose voice.
    valence, arousal
        In [-1, 1].
    rng
        For everything else: vowels, syllable lengths, room noise, level.

    Returns
    -------
    samples
        Shape (RATE × SECONDS,), in [-1, 1].
    """
    starts, ends = _syllables(arousal, rng)
    semitones, loudness, vowels = _intonation(starts, ends, valence, rng)
    hertz = who.pitch * np.exp2((semitones + 2 * arousal) / 12)
    source = _source(hertz, who.breath, arousal, rng)
    formants = _VOWELS * who.tract * (1 + SMILE * valence)
    voiced = sum(_filtered(source * (vowels == one), formants[one]) for one in np.unique(vowels[vowels >= 0]))
    sound = np.asarray(voiced) * loudness
    return _recorded(sound, arousal, rng)


def _syllables(arousal: float, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return first and last sample of each syllable; excited speech is faster."""
    lengths = rng.uniform(0.85, 1.15, 16) / (4.0 + 1.2 * arousal)
    starts = rng.uniform(0.03, 0.12) + np.concatenate([[0], np.cumsum(lengths)])
    kept = int(np.searchsorted(starts + lengths.mean(), SECONDS - 0.05))
    ends = starts[:kept] + 0.88 * np.diff(starts[: kept + 1])
    return (starts[:kept] * RATE).astype(np.intp), (ends * RATE).astype(np.intp)


def _intonation(
    starts: NDArray[np.intp], ends: NDArray[np.intp], valence: float, rng: np.random.Generator
) -> tuple[Signal, Signal, NDArray[np.int8]]:
    """Return semitones about the median, loudness and vowel (-1 in pauses), per sample."""
    n = round(RATE * SECONDS)
    semitones = np.zeros(n)
    loudness = np.zeros(n)
    vowels = np.full(n, -1, np.int8)
    middle = np.linspace(-0.5, 0.5, len(starts))
    for start, end, place in zip(starts, ends, middle, strict=True):
        within = np.linspace(0, 1, end - start)
        level = UTTERANCE_RISE * valence * place + rng.normal(0, 0.6)
        semitones[start:end] = level + SYLLABLE_RISE * valence * (within - 0.5)
        loudness[start:end] = np.sqrt(np.abs(np.sin(np.pi * within))) * rng.uniform(0.75, 1)
        vowels[start:end] = rng.integers(len(_VOWELS))
    return semitones, loudness, vowels


def _source(hertz: Signal, breath: float, arousal: float, rng: np.random.Generator) -> Signal:
    """Return glottal pulses; pressed, excited voices have sharper ones and so brighter spectra."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    pulses = np.exp((14 + 8 * arousal) * (np.cos(phase) - 1))
    return np.asarray(pulses - pulses.mean() + breath * rng.standard_normal(len(pulses)))


def _filtered(source: Signal, formants: Signal) -> Signal:
    """Pass `source` through one resonator per formant."""
    from scipy.signal import sosfilt

    radius = np.exp(-np.pi * _BANDWIDTHS / RATE)
    cosine = np.cos(2 * np.pi * np.minimum(formants, 0.45 * RATE) / RATE)
    gain = 1 - 2 * radius * cosine + radius**2
    zero = np.zeros(4)
    sections = np.stack([gain, zero, zero, np.ones(4), -2 * radius * cosine, radius**2], axis=1)
    return np.asarray(sosfilt(sections, source), dtype=np.float64)


def _recorded(sound: Signal, arousal: float, rng: np.random.Generator) -> Sound:
    """Set the level and add the noise of the room."""
    level = 10 ** ((-23 + 4 * arousal + rng.uniform(-3, 3)) / 20)
    noise = rng.standard_normal(len(sound)) * 10 ** (rng.uniform(-62, -48) / 20)
    scaled = sound * level / max(float(np.sqrt(np.mean(sound**2))), 1e-9) + noise
    return np.tanh(scaled).astype(np.float32)
