"""A data set under one condition: what is known, what is scored, how it is split, and one fold at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import Epochs, EpochTable, Floats, Target
from affectlab.decoding.evaluation.artefacts import eyes_and_muscle, without_eyes_and_muscle
from affectlab.decoding.evaluation.conditions import Condition
from affectlab.decoding.evaluation.folds import Fold, Indices, check_disjoint
from affectlab.decoding.evaluation.method import Examples, Prediction, Rest
from affectlab.decoding.evaluation.methods import make_method
from affectlab.decoding.evaluation.protocols import make_folds
from affectlab.decoding.evaluation.resting import split_rest
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.decoding.evaluation.sound import sound
from affectlab.decoding.evaluation.units import exchanged, relabelled, units
from affectlab.errors import DecodingError, UnknownChannels

PERMUTED = "permuted"
"""Name of the method that learns from exchanged labels."""

PERMUTED_METHOD = "bandpower-ridge"
OWN_SHARE = 0.25
"""Of all that is learned from, what a person's own labelled windows weigh, by being repeated (ours)."""

Arrays = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """One condition, ready to run.

    Parameters
    ----------
    epochs
        Windows of the condition's channels and signals; labels as the condition has them.
    rest
        Everybody's baseline.
    scored
        Places of the windows that are learned from and judged.
    condition, settings
        What it was made by.
    """

    epochs: Epochs
    rest: Mapping[str, Rest]
    scored: Indices
    condition: Condition
    settings: EvaluateSettings

    @classmethod
    def of(cls, epochs: Epochs, condition: Condition, settings: EvaluateSettings) -> Bench:
        """Prepare a data set for a condition.

        Raises
        ------
        DecodingError, UnknownChannels
            If the data lack what the condition needs.
        """
        chosen = _signals(_picked(epochs, condition.channels), condition)
        rest, left = split_rest(
            chosen, condition.baseline_seconds, reserved=condition.reserved_seconds or None
        )
        # Judged by the whole montage and the recorded signal, so that all conditions have the same windows.
        scored = left[sound(epochs, settings.least_usable)[left]]
        if condition.labels == "time":
            chosen, scored = _early_against_late(chosen, scored)
        return cls(chosen, rest, scored, condition, settings)

    def folds(self, target: Target) -> list[Fold]:
        """Return the folds, as places in `epochs`.

        Raises
        ------
        DecodingError
            If the protocol cannot split these data, or a split leaks.
        """
        protocol = "loso" if self.condition.labels == "time" else self.settings.protocol
        table = self.epochs.table.take(self.scored)
        made = make_folds(protocol, table, target, parts=self.settings.parts, seed=self.settings.seed)
        folds = [Fold(one.name, self.scored[one.train], self.scored[one.test]) for one in made]
        return [self._with_own(fold) for fold in folds] if self.condition.own_reserved else folds

    def run(self, method: str, target: Target, number: int) -> Arrays:
        """Fit a method on a fold and say what it believes of the fold's windows.

        Returns
        -------
        arrays
            "test" (places), "mean", "sd" and "high"; of `PERMUTED` the latter have a first axis of draws.

        Raises
        ------
        DecodingError
            If the method gives back what is not a belief.
        """
        fold = self.folds(target)[number]
        train = Examples(self.epochs.take(fold.train), self.rest)
        test = Examples(_unlabelled(self.epochs.take(fold.test)), self.rest)
        if method == PERMUTED:
            return {"test": fold.test.astype(float), **self._permuted(train, test, target, number)}
        fitted = make_method(method).fit(train, target, seed=self.settings.seed)
        found = fitted.predict(test)
        return {"test": fold.test.astype(float), **_checked(found, len(test), method)}

    def _permuted(self, train: Examples, test: Examples, target: Target, number: int) -> dict[str, Floats]:
        unit = units(train.table, target)
        found = []
        for draw in range(self.settings.chance):
            generator = np.random.default_rng([self.settings.seed, draw, number])
            label = exchanged(train.table.label(target), unit, train.table.subject, generator)
            epochs = replace(train.epochs, table=relabelled(train.table, target, label))
            method = make_method(PERMUTED_METHOD)
            fitted = method.fit(replace(train, epochs=epochs), target, seed=self.settings.seed)
            found.append(_checked(fitted.predict(test), len(test), PERMUTED_METHOD))
        return {name: np.array([one[name] for one in found]) for name in ("mean", "sd", "high")}

    def _with_own(self, fold: Fold) -> Fold:
        """Let the first seconds of the judged person's recordings be learned from, later ones be judged."""
        table = self.epochs.table
        elapsed, until = _into_stretch(table, fold.test)
        own = fold.test[until <= self.condition.own_seconds + 0.05]
        test = fold.test[elapsed >= self.condition.own_reserved - 0.05]
        if own.size:
            wanted = OWN_SHARE / (1 - OWN_SHARE) * fold.train.size
            own = np.tile(own, max(1, round(wanted / own.size)))
        mixed = Fold(fold.name, np.concatenate([fold.train, own]), test)
        check_disjoint(mixed, table, ("time",))
        return mixed


def _into_stretch(table: EpochTable, rows: Indices) -> tuple[Floats, Floats]:
    """Return start and stop of windows counted from where their recording's scored part begins."""
    start, stop = table.start[rows].copy(), table.stop[rows].copy()
    recording = table.recording[rows]
    for name in dict.fromkeys(recording.tolist()):
        mine = recording == name
        begun = start[mine].min()
        start[mine] -= begun
        stop[mine] -= begun
    return start, stop


def _picked(epochs: Epochs, channels: tuple[str, ...]) -> Epochs:
    if not channels:
        return epochs
    absent = [name for name in channels if name not in epochs.info.channels]
    if absent:
        raise UnknownChannels(
            f"channel '{absent[0]}' is not recorded; expected some of {', '.join(epochs.info.channels)}"
        )
    places = [epochs.info.channels.index(name) for name in channels]
    info = replace(epochs.info, channels=channels)
    return Epochs(info, epochs.table, epochs.data[:, places], epochs.quality[:, places])


def _signals(epochs: Epochs, condition: Condition) -> Epochs:
    if condition.signals == "artefacts":
        return eyes_and_muscle(epochs)
    return without_eyes_and_muscle(epochs) if condition.signals == "cleaned" else epochs


def _early_against_late(epochs: Epochs, scored: Indices) -> tuple[Epochs, Indices]:
    """Label the first third of everybody's scored rest low and the last third high, nothing else."""
    table = epochs.table
    label, kept = np.full(len(table), np.nan), []
    rest = scored[table.baseline[scored]]
    for name in dict.fromkeys(table.recording[rest].tolist()):
        rows = rest[table.recording[rest] == name]
        begin, end = table.start[rows].min(), table.stop[rows].max()
        third = (end - begin) / 3
        early, late = rows[table.stop[rows] <= begin + third], rows[table.start[rows] >= end - third]
        label[early], label[late] = -0.4, 0.4
        kept += [early, late]
    if not kept:
        raise DecodingError(
            "the drift control needs rest beyond the baseline, which nobody has; leave it out"
        )
    told = replace(table, valence=label, arousal=label)
    return replace(epochs, table=told), np.sort(np.concatenate(kept))


def _unlabelled(epochs: Epochs) -> Epochs:
    """Take the labels away, so that no method can look at what it is judged by."""
    nothing = np.full(len(epochs), np.nan)
    unknown = np.array([""] * len(epochs), dtype=object)
    return replace(epochs, table=replace(epochs.table, valence=nothing, arousal=nothing, state=unknown))


def _checked(found: Prediction, windows: int, method: str) -> dict[str, Floats]:
    arrays = {name: np.asarray(getattr(found, name), dtype=float) for name in ("mean", "sd", "high")}
    for name, values in arrays.items():
        if values.shape != (windows,) or not np.all(np.isfinite(values)):
            raise DecodingError(
                f"method '{method}' gave {name} of shape {values.shape}, "
                f"{np.count_nonzero(~np.isfinite(values))} not finite; expected {windows} finite numbers"
            )
    if np.any(arrays["sd"] <= 0) or np.any((arrays["high"] < 0) | (arrays["high"] > 1)):
        raise DecodingError(
            f"method '{method}' gave an sd that is not above 0 or a probability outside 0 to 1"
        )
    return arrays
