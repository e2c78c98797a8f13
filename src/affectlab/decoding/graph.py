"""The learned decoder, live: a Transformer over time and a graph network over electrodes, in ONNX Runtime.

What the network says of a trained axis is one measurement: its mean with its predictive variance. That is
weighed against the prior as the classical decoder's measurement is, so that filters can take the prior out
again (`without_prior`). A predictive mean is already drawn towards what was common in training; weighing it
against the prior once more draws it further in. That is on purpose: the variance was learned on people in two
states, and in a third state it is better to say too little than too much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.decoding.bandpower import LEAST_QUALITY
from affectlab.decoding.epochs import TARGETS
from affectlab.decoding.inputs import RestingReference, make_inputs
from affectlab.decoding.layout import disordered
from affectlab.decoding.personal_calibration import axis_output
from affectlab.decoding.personal_file import PersonFile
from affectlab.decoding.prior import PRIOR_SD
from affectlab.decoding.reasons import MISPLACED, NO_BASELINE, POOR_SIGNAL, UNFAMILIAR, untrained
from affectlab.decoding.usable import LiveRest, usable
from affectlab.decoding.weights import DecoderWeights, Output, load_weights
from affectlab.signals.window import Window

Array = NDArray[np.float64]

UNFAMILIAR_POWER = 6.0
"""A window at distance d > 1 from what the network was trained on measures with d⁶ times the variance (ours):
at twice the distance that 99 % of the training people keep, next to nothing."""

POOR_POWER = 2.0
"""The variance grows with this power of one over the channels' mean quality (ours)."""


class GraphDecoder:
    """Decodes affect by the shipped network, against the person's own rest.

    Parameters
    ----------
    weights
        The network; the shipped one when not given.
    person
        A calibration of this person: its baseline holds until the session has recorded one of its own, its
        corrections hold throughout.

    Raises
    ------
    DecodingError
        If the weights cannot be used, or the calibration was made on others.
    MissingExtra
        If ONNX Runtime is not installed.
    """

    name = "graph"

    def __init__(self, weights: DecoderWeights | None = None, *, person: PersonFile | None = None) -> None:
        self.weights = load_weights() if weights is None else weights
        if person is not None:
            person.require_weights(self.weights.sha256)
        self._person = person
        self._rest = LiveRest()
        self._reference: RestingReference | None = None if person is None else person.reference
        self._disordered = self._reference is not None and disordered(self._reference)
        self._made_at = 0.0
        self._trained = [TARGETS.index(axis) for axis in self.weights.axes]
        self._reason = NO_BASELINE

    @property
    def rest_seconds(self) -> float:
        """Seconds of usable rest seen in this session; windows that overlap count what they add."""
        return self._rest.seconds

    @property
    def reason(self) -> str:
        """Why the latest belief holds no more than the prior, or little more; "" when nothing is missing."""
        return self._reason

    def observe_rest(self, window: Window) -> None:
        """Learn from a resting window; one without usable channels is passed over."""
        self._rest.add(window)

    def decode(self, window: Window) -> AffectState:
        """Return the belief for this window, stamped with the time of its last sample."""
        self._renew_reference(window)
        if self._reference is None:
            return self._prior(window, NO_BASELINE)
        if not usable(window):
            return self._prior(window, POOR_SIGNAL)
        if self._disordered:
            return self._prior(window, MISPLACED)
        output = self.weights.run(
            make_inputs(
                window.data[None],
                window.usable[None],
                sfreq=window.sfreq,
                channels=window.channels,
                reference=self._reference,
            )
        )
        mean, noise = self._measurement(output)
        distance = float(output.distance[0])
        self._reason = self._shortcoming(distance)
        return _weighed(mean, noise * _widening(window, distance), self._trained, window.time)

    def _renew_reference(self, window: Window) -> None:
        """Take this session's rest for the baseline: once when there is enough, and once when it is over.

        In between it would be made anew with every window, which takes longer than a window may.
        """
        resting = window.time == self._rest.last
        if self._rest.seconds > self._made_at and not (resting and self._made_at):
            made = self._rest.reference()
            if made is not None:
                self._reference, self._made_at = made, self._rest.seconds
                self._disordered = disordered(made)
        if self._reference is not None and self._reference.channels != window.channels:
            self._reference = self._reference.subset(window.channels)

    def _measurement(self, output: Output) -> tuple[Array, Array]:
        """Return mean, shape (2,), and covariance, (2, 2), with the person's corrections."""
        mean, covariance = output.mean[0].astype(float), output.covariance[0].astype(float)
        for axis, head in ({} if self._person is None else self._person.heads).items():
            place = TARGETS.index(axis)
            corrected = head.apply(axis_output([output], place))
            factor = np.ones(2)
            factor[place] = corrected.sd[0] / np.sqrt(covariance[place, place])
            mean[place], covariance = corrected.mean[0], covariance * np.outer(factor, factor)
        return mean, covariance

    def _shortcoming(self, distance: float) -> str:
        if distance > 1:
            return UNFAMILIAR
        return ", ".join(untrained(axis) for place, axis in enumerate(TARGETS) if place not in self._trained)

    def _prior(self, window: Window, reason: str) -> AffectState:
        self._reason = reason
        return AffectState.at(0.0, 0.0, sd=PRIOR_SD, time=window.time)


def _widening(window: Window, distance: float) -> float:
    """Return the factor on the variance of a window that is poor or unfamiliar, ≥ 1."""
    quality = float(np.clip(window.usable.mean(), LEAST_QUALITY / len(window.channels), 1.0))
    return float(quality**-POOR_POWER * max(1.0, distance) ** UNFAMILIAR_POWER)


def _weighed(mean: Array, noise: Array, trained: list[int], time: float) -> AffectState:
    """Return the prior times what was measured of the trained axes; an untrained axis keeps the prior."""
    information = np.zeros((2, 2))
    information[np.ix_(trained, trained)] = np.linalg.inv(noise[np.ix_(trained, trained)])
    covariance = np.linalg.inv(np.eye(2) / PRIOR_SD**2 + information)
    covariance = (covariance + covariance.T) / 2
    belief = covariance @ (information @ mean)
    return AffectState(np.clip(belief, -1, 1), covariance, time)
