"""From what a score does to what it expresses: valence, arousal and dynamics of each beat.

The directions and weights are those of `affectlab.music.mapping`, which cites their sources: valence is
mode 0.5, harmony 0.3, register 0.2; arousal is tempo 0.45, dynamics 0.3, density 0.25. The cues are measured
on scores, so each is first replaced by its place among the beats of the training corpus: -1 the lowest, 0 the
median, 1 the highest. The weighted sums are placed in the same way, so that labels are spread evenly over
[-1, 1]. A cue that a score does not state (tempo of an unmarked score) leaves its weight to the others.

Ours: the windows, the number of quantiles, and polyphony standing for loudness in `activity` and `dynamics`,
which say what the notes alone express; tempo and velocity are no tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.features import FEATURES
from affectlab.music.mapping import AROUSAL_WEIGHTS, VALENCE_WEIGHTS

LABELS = ("valence", "arousal", "activity", "dynamics")
# Beats on either side that a label looks at: about what a listener's impression takes in, and about a bar.
AFFECT_REACH = 4
DYNAMICS_REACH = 1
QUANTILES = 101

_TEXTURE = {name: AROUSAL_WEIGHTS[name] for name in ("dynamics", "density")}
# Label: cue: weight. `_CUES` says what each cue is.
_WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "valence": VALENCE_WEIGHTS,
        "arousal": AROUSAL_WEIGHTS,
        "activity": {"polyphony": _TEXTURE["dynamics"], "density": _TEXTURE["density"]},
        "dynamics": {"polyphony": _TEXTURE["dynamics"], "density": _TEXTURE["density"]},
    }
)
_CUES = MappingProxyType(
    {
        "mode": ("mode", 1),
        "harmony": ("tension", -1),
        "register": ("melody", 1),
        "tempo": ("tempo", 1),
        "dynamics": ("loudness", 1),
        "density": ("onsets", 1),
        "polyphony": ("polyphony", 1),
    }
)
_REACHES = MappingProxyType(dict.fromkeys(LABELS[:3], AFFECT_REACH) | {"dynamics": DYNAMICS_REACH})


@dataclass(frozen=True, slots=True, eq=False)
class Labeller:
    """Places cues and their sums among those of a training corpus.

    Parameters
    ----------
    quantiles
        Of each "label/cue" and of each label's weighted sum ("label"), each shape (QUANTILES,).
    """

    quantiles: Mapping[str, NDArray[np.float64]]

    @classmethod
    def fit(cls, pieces: Iterable[NDArray[np.float32]]) -> Self:
        """Learn the places from the `beat_features` of the pieces of a training corpus."""
        features = list(pieces)
        learned: dict[str, NDArray[np.float64]] = {}
        for label in LABELS:
            cues = [_cues(rows, label) for rows in features]
            for name in _WEIGHTS[label]:
                learned[f"{label}/{name}"] = _quantiles(np.concatenate([one[name] for one in cues]))
            sums = np.concatenate([_weighted(one, label, learned) for one in cues])
            learned[label] = _quantiles(sums)
        return cls(learned)

    def label(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Label each beat of a piece.

        Parameters
        ----------
        features
            Its `beat_features`, shape (beats, 10).

        Returns
        -------
        NDArray
            Shape (beats, 4), in the order of `LABELS`: valence, arousal and activity in [-1, 1], dynamics in
            [0, 1]; the middle where nothing is known.
        """
        columns = []
        for label in LABELS:
            places = _places(_weighted(_cues(features, label), label, self.quantiles), self.quantiles[label])
            columns.append(np.nan_to_num(places, nan=0.0))
        labels = np.stack(columns, axis=1).astype(np.float32)
        labels[:, LABELS.index("dynamics")] = (labels[:, LABELS.index("dynamics")] + 1) / 2
        return labels

    def density(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where the density around each beat lies among that of the corpus, in [-1, 1]."""
        density = _cues(features, "activity")["density"]
        places = _places(density, self.quantiles["activity/density"])
        return np.nan_to_num(places).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return the quantiles as JSON."""
        return {name: values.tolist() for name, values in self.quantiles.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return cls({name: np.array(values, np.float64) for name, values in content.items()})


def smoothed(values: NDArray[np.float32], reach: int) -> NDArray[np.float64]:
    """Average the known values within `reach` beats on either side; NaN where there is none."""
    known = np.isfinite(values)
    kernel = np.ones(2 * reach + 1)
    total = np.convolve(np.where(known, values, 0.0), kernel)[reach : reach + len(values)]
    count = np.convolve(known.astype(float), kernel)[reach : reach + len(values)]
    mean: NDArray[np.float64] = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0.5)
    return mean


def _cues(features: NDArray[np.float32], label: str) -> dict[str, NDArray[np.float64]]:
    """Return each cue of a label, smoothed and higher for more of the label; shape (beats,) each."""
    found = {}
    for name in _WEIGHTS[label]:
        feature, sign = _CUES[name]
        found[name] = sign * smoothed(features[:, FEATURES.index(feature)], _REACHES[label])
    return found


def _weighted(
    cues: Mapping[str, NDArray[np.float64]], label: str, quantiles: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return the weighted mean of the places of the known cues, in [-1, 1]."""
    weights = np.array(list(_WEIGHTS[label].values()))[:, None]
    places = np.stack([_places(cues[name], quantiles[f"{label}/{name}"]) for name in _WEIGHTS[label]])
    given = np.where(np.isfinite(places), weights, 0.0)
    total = given.sum(axis=0)
    product = (given * np.nan_to_num(places)).sum(axis=0)
    mean: NDArray[np.float64] = np.divide(product, total, out=np.full(len(total), np.nan), where=total > 0)
    return mean


def _quantiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[np.isfinite(values)]
    levels = np.linspace(0, 1, QUANTILES)
    return np.quantile(known, levels) if known.size else np.full(QUANTILES, np.nan)


def _places(values: NDArray[np.float64], quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where values lie among quantiles, in [-1, 1]; the middle of a run of equal quantiles."""
    if np.isnan(quantiles).any():
        return np.full(len(values), np.nan)
    low = np.searchsorted(quantiles, values, side="left")
    high = np.searchsorted(quantiles, values, side="right")
    levels = np.linspace(-1, 1, QUANTILES)
    between = np.interp(values, quantiles, levels)
    tied = (levels[np.minimum(low, QUANTILES - 1)] + levels[np.maximum(high - 1, 0)]) / 2
    places: NDArray[np.float64] = np.where(high - low > 1, tied, between)
    return np.where(np.isnan(values), np.nan, places)
