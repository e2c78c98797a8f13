"""Drawing a token from logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidConfig, InvalidLogits

Allowed = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How freely a token is drawn.

    Parameters
    ----------
    temperature
        What logits are divided by, > 0.
    top_p
        Probability that the likeliest tokens which stay in the draw must have together, in (0, 1] (nucleus
        sampling: Holtzman et al. 2020, ICLR).

    Raises
    ------
    InvalidConfig
        If a value is out of range.
    """

    temperature: float = 1.0
    top_p: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise InvalidConfig(f"temperature must be above 0, got {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise InvalidConfig(f"top_p must be in (0, 1], got {self.top_p}")


def draw(
    logits: NDArray[np.float32], allowed: Allowed, sampling: Sampling, generator: np.random.Generator
) -> int:
    """Draw one of the allowed tokens.

    Parameters
    ----------
    logits
        Shape (tokens,).
    allowed
        At least one, shape (tokens,).
    sampling, generator
        How, and the source of chance.

    Raises
    ------
    InvalidLogits
        If a logit is NaN or infinite.
    """
    if not np.isfinite(logits).all():
        token = int(np.flatnonzero(~np.isfinite(logits))[0])
        raise InvalidLogits(
            f"the network's logits must be finite, got {logits[token]} for token {token}; "
            "its weights are damaged: fetch or train them again"
        )
    tokens = np.flatnonzero(allowed)
    scores = logits[tokens].astype(np.float64) / sampling.temperature
    shares = np.exp(scores - scores.max())
    order = np.argsort(-shares, kind="stable")
    total = np.cumsum(shares[order])
    kept = int(np.searchsorted(total, sampling.top_p * total[-1])) + 1
    reached = generator.random() * total[min(kept, len(total)) - 1]
    return int(tokens[order[int(np.searchsorted(total, reached, side="right"))]])
