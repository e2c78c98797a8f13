"""Brain signals at the electrodes of a simulated person: background, alpha and beta rhythms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.signals.listener import ListenerTraits
from affectlab.signals.montage import positions

Samples = NDArray[np.float64]

_RHYTHMS = (("alpha", "Oz"), ("alpha", "F5"), ("alpha", "F6"), ("beta", "C3"), ("beta", "C4"), ("beta", "Fz"))
_FRONTAL_SHARE = 0.75
_SPREAD = {"alpha": 0.5, "beta": 0.6}


@dataclass(frozen=True, slots=True)
class EffectSizes:
    """How affect shows in the EEG; all ours, in natural logarithms of amplitude per unit of affect.

    The signs are those the literature reports: alpha falls and beta rises with arousal; positive affect
    goes with less alpha on the left than on the right (Davidson 1992). The sizes are such that a band-power
    decoder sees the truth with a correlation near 0.5–0.6 in windows of 4 s.

    Parameters
    ----------
    alpha_arousal, beta_arousal
        Change of log amplitude per unit of arousal.
    asymmetry_valence
        Change of ln(right) − ln(left) frontal alpha amplitude per unit of valence.
    drift, drift_seconds
        Standard deviation and time constant of each rhythm's log amplitude for reasons other than affect.
    """

    alpha_arousal: float = -0.4
    beta_arousal: float = 0.3
    asymmetry_valence: float = 0.9
    drift: float = 0.12
    drift_seconds: float = 12.0


class Scalp:
    """Generates the EEG frame by frame.

    Parameters
    ----------
    channels
        10–20 names.
    sfreq
        Samples per second.
    traits, effects
        The person, and how affect shows.
    generator
        Source of all randomness.
    """

    def __init__(
        self,
        channels: tuple[str, ...],
        sfreq: float,
        traits: ListenerTraits,
        effects: EffectSizes,
        generator: np.random.Generator,
    ) -> None:
        self._traits, self._effects, self._generator, self._sfreq = traits, effects, generator, sfreq
        places = positions(channels)
        self._mixing = _background_mixing(places) * traits.background_microvolts
        self._maps = _rhythm_maps(places)
        self._background = _Coloured(_pink(sfreq), len(channels))
        self._alpha = _Coloured(_rhythm(traits.alpha_hz, 1.0, sfreq), 3)
        self._beta = _Coloured(_rhythm(20.0, 6.0, sfreq), 3)
        self._drift = generator.normal(0, effects.drift, len(_RHYTHMS))
        self._settle()

    def frame(self, n_samples: int, valence: float, arousal: float) -> Samples:
        """Return the next samples, shape (n_samples, n_channels), microvolts."""
        self._step_drift(n_samples / self._sfreq)
        n_channels = len(self._mixing)
        white = self._generator.standard_normal((n_samples, n_channels + len(_RHYTHMS)))
        background = self._background.shape(white[:, :n_channels]) @ self._mixing
        alpha = self._alpha.shape(white[:, n_channels : n_channels + 3])
        beta = self._beta.shape(white[:, n_channels + 3 :])
        amplitudes = self._amplitudes(valence, arousal)
        return np.asarray(background + (np.hstack([alpha, beta]) * amplitudes) @ self._maps)

    def _settle(self) -> None:
        # The slowest filter remembers 4 s; before that the background would be too weak.
        self.frame(round(4 * self._sfreq), 0.0, 0.0)

    def _step_drift(self, seconds: float) -> None:
        kept = math.exp(-seconds / self._effects.drift_seconds)
        noise = self._generator.normal(0, self._effects.drift * math.sqrt(1 - kept * kept), len(_RHYTHMS))
        self._drift = kept * self._drift + noise

    def _amplitudes(self, valence: float, arousal: float) -> Samples:
        """Return microvolts of each rhythm, shape (n_rhythms,)."""
        traits, effects = self._traits, self._effects
        half = (traits.alpha_left_right + effects.asymmetry_valence * valence) / 2
        alpha = effects.alpha_arousal * arousal + np.array([0.0, -half, half])
        beta = np.full(3, effects.beta_arousal * arousal)
        levels = traits.alpha_microvolts * np.array([1, _FRONTAL_SHARE, _FRONTAL_SHARE])
        levels = np.concatenate([levels, np.full(3, traits.beta_microvolts)])
        return np.asarray(levels * np.exp(np.concatenate([alpha, beta]) + self._drift))


class _Coloured:
    """White noise shaped by a filter to unit variance, its state carried on."""

    def __init__(self, sections: Samples, n_signals: int) -> None:
        from scipy.signal import sosfilt

        impulse = np.zeros(1 << 14)
        impulse[0] = 1.0
        self._scale = 1 / math.sqrt(float(np.sum(np.square(sosfilt(sections, impulse)))))
        self._sections, self._filter = sections, sosfilt
        self._state = np.zeros((len(sections), 2, n_signals))

    def shape(self, white: Samples) -> Samples:
        """Filter the next samples, shape (n_samples, n_signals)."""
        shaped, self._state = self._filter(self._sections, white, axis=0, zi=self._state)
        return np.asarray(shaped * self._scale)


def _pink(sfreq: float) -> Samples:
    """Return sections whose power falls as 1/f from 0.25 Hz up.

    A pole and a zero alternate at equal distances on the logarithmic frequency axis, which makes a
    staircase of mean slope −10 dB a decade.
    """
    from scipy.signal import zpk2sos

    corners = 0.25 * 4.0 ** np.arange(math.ceil(math.log(sfreq / 2 / 0.25, 4)))
    poles, zeros = np.exp(-2 * np.pi * corners / sfreq), np.exp(-2 * np.pi * 2 * corners / sfreq)
    return np.asarray(zpk2sos(zeros, poles, 1.0))


def _rhythm(centre: float, half_width: float, sfreq: float) -> Samples:
    """Return the sections of a resonance at `centre` hertz, 3 dB down at `half_width` beside it."""
    from scipy.signal import butter

    edges = (centre - half_width, centre + half_width)
    return np.asarray(butter(1, edges, "bandpass", fs=sfreq, output="sos"))


def _background_mixing(places: Samples) -> Samples:
    """Return a matrix, (n_channels, n_channels), that makes white signals correlate as neighbours do."""
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    covariance = 0.9 * np.exp(-distance / 0.8) + 0.1 * np.eye(len(places))
    return np.linalg.cholesky(covariance).T


def _rhythm_maps(places: Samples) -> Samples:
    """Return the weight of each rhythm at each electrode, shape (n_rhythms, n_channels)."""
    centres = positions([electrode for _, electrode in _RHYTHMS])
    spread = np.array([_SPREAD[kind] for kind, _ in _RHYTHMS])[:, None]
    distance = np.linalg.norm(centres[:, None] - places[None], axis=2)
    return np.asarray(np.exp(-0.5 * np.square(distance / spread)))
