"""What decoders believe of a person before any measurement, and how to take it out of a belief again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from affectlab.affect import AffectState

PRIOR_SD = 0.5
"""Standard deviation around the origin, on both axes, before anything is measured; ours."""

_LEAST_INFORMATION = 1e-6
"""Share of the prior's precision that a measurement must add to count as one."""


def without_prior(belief: AffectState) -> AffectState | None:
    """Return the measurement alone that led from the decoders' prior to `belief`.

    Beliefs of successive windows each hold the prior; fused as they are, it would count once per window and
    drag the person to neutral, surer with every window that measured nothing. A filter with a prior of its
    own should fuse this instead.

    Returns
    -------
    AffectState or None
        None when `belief` holds no more than the prior on either axis.
    """
    held = np.linalg.inv(belief.covariance)
    values, vectors = np.linalg.eigh(held - np.eye(2) / PRIOR_SD**2)
    least = _LEAST_INFORMATION / PRIOR_SD**2
    if values.max() <= least:
        return None
    # An axis without a measurement keeps a vanishing precision, so that the covariance stays finite.
    covariance = (vectors / np.maximum(values, least)) @ vectors.T
    mean = covariance @ held @ belief.mean
    return replace(belief, mean=np.clip(mean, -1, 1), covariance=(covariance + covariance.T) / 2)
