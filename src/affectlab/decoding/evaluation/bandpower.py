"""Band power of each electrode, in units of the person's own rest: what most studies decode from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from affectlab.decoding.epochs import Floats, Target
from affectlab.decoding.evaluation.inner import balanced_weights, inner_groups
from affectlab.decoding.evaluation.method import Examples, Rest
from affectlab.decoding.evaluation.remembered import Remembered
from affectlab.decoding.evaluation.scaling import fit_scaling
from affectlab.decoding.evaluation.scoring import Scored, ridge_on
from affectlab.decoding.features import log_band_power
from affectlab.errors import MissingExtra

LEAST_QUALITY = 0.2
"""Channels with a poorer score say nothing: they count as being at the level of rest."""

PRIOR_WINDOWS = 8.0
"""How many windows of rest the typical spread counts as beside a person's own (ours)."""

MOST_SPREADS = 4.0
"""Features are kept within so many resting standard deviations: an artefact must not outweigh a person."""


def _powers(data: Floats, sfreq: float) -> Floats:
    return np.array([log_band_power(window, sfreq) for window in data])


_POWERS = Remembered(_powers)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Level and spread of log band power, each of shape (bands, channels)."""

    level: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RelativePower:
    """Log band power against a person's rest, or against the people learned from where there is none.

    Parameters
    ----------
    typical
        Of resting people; None where nobody's rest is known.
    everybody
        Of the windows learned from.
    """

    typical: Level | None
    everybody: Level

    @classmethod
    def of(cls, examples: Examples) -> RelativePower:
        """Learn what is typical from the people in `examples`, whose rest counts; nobody else's does."""
        powers = _POWERS.of_epochs(examples.epochs)
        everybody = Level(powers.mean(axis=0), _floored(powers.std(axis=0)))
        people = dict.fromkeys(examples.persons.tolist())
        rests = [_rest_powers(examples.rest[name], examples) for name in people if name in examples.rest]
        if not rests:
            return cls(None, everybody)
        level = np.median([rest.mean(axis=0) for rest in rests], axis=0)
        spread = np.median([rest.std(axis=0) for rest in rests], axis=0)
        return cls(Level(level, _floored(spread)), everybody)

    def features(self, examples: Examples) -> Floats:
        """Return features of shape (n, bands × channels)."""
        powers = _POWERS.of_epochs(examples.epochs)
        levels = self._levels(examples.rest, examples)
        stranger = self.typical or self.everybody
        own = [levels.get(str(name), stranger) for name in examples.persons.tolist()]
        relative = (powers - np.array([one.level for one in own])) / np.array([one.spread for one in own])
        usable = np.asarray(examples.epochs.quality)[:, None, :] >= LEAST_QUALITY
        within = np.clip(np.where(usable & np.isfinite(relative), relative, 0.0), -MOST_SPREADS, MOST_SPREADS)
        return within.reshape(len(powers), -1)

    def _levels(self, rest: Mapping[str, Rest], examples: Examples) -> dict[str, Level]:
        if self.typical is None:
            return {}
        people = [name for name in dict.fromkeys(examples.persons.tolist()) if name in rest]
        return {name: _level(_rest_powers(rest[name], examples), self.typical) for name in people}


def _rest_powers(rest: Rest, examples: Examples) -> Floats:
    return _POWERS.of(rest.data, examples.info.sfreq)


def _level(powers: Floats, typical: Level) -> Level:
    """Pool a person's own spread with the typical one: few windows tell little of it."""
    own, count = powers.var(axis=0), len(powers)
    pooled = (count * own + PRIOR_WINDOWS * typical.spread**2) / (count + PRIOR_WINDOWS)
    return Level(powers.mean(axis=0), _floored(np.sqrt(pooled)))


def _floored(spread: Floats) -> Floats:
    # A dead channel has no spread; it must not become the largest feature of all.
    floored: Floats = np.maximum(spread, 0.05)
    return floored


class BandPowerRidge:
    """Ridge regression on band power."""

    name = "bandpower-ridge"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Scored:  # noqa: ARG002
        return ridge_on(RelativePower.of(examples), examples, target)


class BandPowerLda:
    """Linear discriminant with the covariance shrunk by Ledoit and Wolf's rule, both classes equally likely.

    References
    ----------
    Blankertz, Lemm, Treder, Haufe and Müller (2011), Single-trial analysis and classification of ERP
    components, NeuroImage 56, 814-825.
    """

    name = "bandpower-lda"

    def fit(self, examples: Examples, target: Target, *, seed: int) -> Scored:  # noqa: ARG002
        power = RelativePower.of(examples)
        features, label = power.features(examples), examples.table.label(target)
        groups = inner_groups(examples.table)
        guesses = np.empty(len(label))
        for part in np.unique(groups):
            held = groups == part
            guesses[held] = _discriminant(features[~held], label[~held]).scores(features[held])
        scaling = fit_scaling(guesses, label, balanced_weights(label))
        return Scored(power, _discriminant(features, label), scaling)


@dataclass(frozen=True, slots=True, eq=False)
class Discriminant:
    """A line between two classes.

    Parameters
    ----------
    weights
        Shape (d,).
    intercept
        Score at the origin.
    """

    weights: Floats
    intercept: float

    def scores(self, features: Floats) -> Floats:
        values: Floats = features @ self.weights + self.intercept
        return values


def _discriminant(features: Floats, label: Floats) -> Discriminant:
    high = label > 0
    if high.all() or not high.any():
        return Discriminant(np.zeros(features.shape[1]), 0.0)
    try:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    except ImportError:
        raise MissingExtra("scikit-learn", "train") from None
    fitted = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=[0.5, 0.5])
    fitted.fit(features, high)
    return Discriminant(fitted.coef_[0], float(fitted.intercept_[0]))
