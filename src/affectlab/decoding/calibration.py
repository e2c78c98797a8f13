"""How well beliefs agree with the truth: correlation, error, and whether they know how unsure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.errors import InvalidData


@dataclass(frozen=True, slots=True)
class Calibration:
    """Agreement of beliefs with the truth, over windows.

    Parameters
    ----------
    correlation
        Pearson's r of decoded and true (valence, arousal); NaN where either does not vary.
    rmse
        Root mean square error of (valence, arousal).
    coverage68, coverage95
        Share of truths inside the 68 % and 95 % ellipse of their belief; .68 and .95 when calibrated.
    windows
        How many windows were compared.
    """

    correlation: tuple[float, float]
    rmse: tuple[float, float]
    coverage68: float
    coverage95: float
    windows: int


def assess(beliefs: Sequence[AffectState], truths: Sequence[tuple[float, float]]) -> Calibration:
    """Compare beliefs with the true (valence, arousal) of the same moments.

    Raises
    ------
    InvalidData
        If there are none, or not as many of the one as of the other.
    """
    if not beliefs or len(beliefs) != len(truths):
        raise InvalidData(
            f"calibration needs one truth per belief and at least one, got {len(beliefs)} beliefs "
            f"and {len(truths)} truths"
        )
    means = np.array([belief.mean for belief in beliefs])
    true = np.array(truths, dtype=float)
    errors = true - means
    distance = _squared_distance(errors, np.array([belief.covariance for belief in beliefs]))
    rmse = np.sqrt(np.mean(errors**2, axis=0))
    return Calibration(
        correlation=(_pearson(means[:, 0], true[:, 0]), _pearson(means[:, 1], true[:, 1])),
        rmse=(float(rmse[0]), float(rmse[1])),
        coverage68=_coverage(distance, 0.68),
        coverage95=_coverage(distance, 0.95),
        windows=len(beliefs),
    )


def _squared_distance(errors: NDArray[np.float64], covariances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared Mahalanobis distance of every error, shape (n,)."""
    whitened = np.linalg.solve(covariances, errors[:, :, None])[:, :, 0]
    distance: NDArray[np.float64] = np.sum(errors * whitened, axis=1)
    return distance


def _coverage(squared_distance: NDArray[np.float64], level: float) -> float:
    """Share within the ellipse that holds `level` of a Gaussian in the plane (chi-squared, two degrees)."""
    return float(np.mean(squared_distance <= -2 * np.log(1 - level)))


def _pearson(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return float(np.sum(one * other) / scale) if scale > 0 else float("nan")
