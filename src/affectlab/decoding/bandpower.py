"""Band-power decoder: arousal from the beta/alpha ratio, valence from frontal alpha asymmetry.

The features have a long history and a weak effect: decoders that cross people do little better than chance
on public data (EEGain on DEAP: .57 arousal, .53 valence). The belief therefore carries its uncertainty, and
says the prior wherever signal or baseline do not support more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affectlab.affect import AffectState
from affectlab.decoding.baseline import Deviation, RestingLevel
from affectlab.decoding.features import AffectFeatures, affect_features
from affectlab.decoding.prior import PRIOR_SD
from affectlab.decoding.reasons import NO_BASELINE, POOR_SIGNAL
from affectlab.signals.window import Window


@dataclass(frozen=True, slots=True)
class AxisModel:
    """How a score relates to one axis of affect; gain and noise are ours, set on the simulated listener.

    The measurement is ``tanh(gain * score)``; its variance is ``gain² · (1 + baseline variance +
    sparseness / support) + misfit_sd²``.

    Parameters
    ----------
    gain
        Affect per resting standard deviation, near rest.
    misfit_sd
        What would stay uncertain with endless data: people differ in how affect shows, and nobody rests
        exactly at the origin of the plane.
    sparseness
        Extra variance, in squared scores, when a single clean contributor is all there is.
    typical_sd
        Robust standard deviation of the feature over resting windows, in nats: the median over the 24
        resting recordings of EEGMAT (PhysioNet, 10.13026/C2JQ1P) at 125 Hz.
    """

    gain: float
    misfit_sd: float
    sparseness: float
    typical_sd: float

    def belief(self, deviation: Deviation | None) -> tuple[float, float]:
        """Return mean and variance on this axis: the prior weighed against the measurement."""
        if deviation is None:
            return 0.0, PRIOR_SD**2
        measured = float(np.tanh(self.gain * deviation.score))
        spread = 1 + deviation.variance + self.sparseness / deviation.support
        noise = self.gain**2 * spread + self.misfit_sd**2
        trust = PRIOR_SD**2 / (PRIOR_SD**2 + noise)
        return trust * measured, trust * noise


AROUSAL = AxisModel(gain=0.3, misfit_sd=0.2, sparseness=1.0, typical_sd=0.32)
VALENCE = AxisModel(gain=0.3, misfit_sd=0.2, sparseness=1.0, typical_sd=0.25)

LEAST_QUALITY = 0.2
"""Channels with a poorer quality score are not read at all."""

LEAST_REST_SECONDS = 8.0
"""Resting data below which there is no baseline: two windows of 4 s that do not overlap."""

PRIOR_WINDOWS = 4.0
"""How many independent resting windows the typical spread counts as."""


class BandPowerDecoder:
    """Decodes affect by comparing band power with the person's own rest.

    Each axis is a Gaussian prior around the origin (sd `PRIOR_SD`) times one measurement. The measurement
    is noisier with a short baseline, with few or poor channels, and absent where nothing usable is left; the
    belief is then the prior itself. The axes are independent.
    """

    name = "bandpower"

    def __init__(self) -> None:
        self._arousal = RestingLevel(AROUSAL.typical_sd, PRIOR_WINDOWS)
        self._valence = RestingLevel(VALENCE.typical_sd, PRIOR_WINDOWS)
        self._rest_seconds = 0.0
        self._last_rest: float | None = None
        self._reason = NO_BASELINE

    @property
    def rest_seconds(self) -> float:
        """Seconds of usable resting data seen so far; windows that overlap count what they add."""
        return self._rest_seconds

    @property
    def reason(self) -> str:
        """Why the latest belief holds no more than the prior; "" when both axes were measured."""
        return self._reason

    def observe_rest(self, window: Window) -> None:
        """Learn from a resting window; one without a usable channel is passed over."""
        features = affect_features(window, LEAST_QUALITY)
        if not features.ratio_weight.any():
            return
        self._arousal.add(features.ratio, features.ratio_weight)
        self._valence.add(features.asymmetry, features.asymmetry_weight)
        self._rest_seconds += self._seconds_added(window)
        self._last_rest = window.time

    def decode(self, window: Window) -> AffectState:
        """Return the belief for this window, stamped with the time of its last sample."""
        arousal, valence = self._deviations(window)
        self._reason = self._shortcoming(arousal, valence)
        v_mean, v_variance = VALENCE.belief(valence)
        a_mean, a_variance = AROUSAL.belief(arousal)
        return AffectState(np.array([v_mean, a_mean]), np.diag([v_variance, a_variance]), window.time)

    def _shortcoming(self, arousal: Deviation | None, valence: Deviation | None) -> str:
        if arousal is not None and valence is not None:
            return ""
        if self._rest_seconds < LEAST_REST_SECONDS:
            return NO_BASELINE
        if arousal is None:
            return POOR_SIGNAL
        return "valence needs a frontal pair of electrodes"

    def _deviations(self, window: Window) -> tuple[Deviation | None, Deviation | None]:
        if self._rest_seconds < LEAST_REST_SECONDS:
            return None, None
        features: AffectFeatures = affect_features(window, LEAST_QUALITY)
        independent = self._rest_seconds * window.sfreq / window.data.shape[1]
        return (
            self._arousal.deviation(features.ratio, features.ratio_weight, independent),
            self._valence.deviation(features.asymmetry, features.asymmetry_weight, independent),
        )

    def _seconds_added(self, window: Window) -> float:
        length = float(window.data.shape[1] / window.sfreq)
        return length if self._last_rest is None else min(length, abs(window.time - self._last_rest))
