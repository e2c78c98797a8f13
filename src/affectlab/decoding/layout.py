"""Whether electrodes lie where they are said to: at rest, near ones say nearly the same.

Currents spread through the head, so that the correlation of two electrodes falls with their distance. Swapped
cables or a montage in another order break that, and no decoder that reads places can be right then.
"""

from __future__ import annotations

import numpy as np

from affectlab.decoding.resting import RestingReference

LEAST_CHANNELS = 8
"""Fewer do not tell order from disorder."""

DISORDERED = -0.45
"""Agreement above which electrodes do not lie where they are said to (ours). In 24 people of EEGMAT it is
-.89 to -.77 with 19 electrodes and -.93 to -.56 with eight; in random order -.11 to .13, and -.38 to .33."""


def disordered(reference: RestingReference) -> bool:
    """Whether electrodes do not lie where they are said to; False where too few tell."""
    agreement = layout_agreement(reference)
    return agreement is not None and agreement > DISORDERED


def layout_agreement(reference: RestingReference) -> float | None:
    """Return the rank correlation of electrodes' distance with their correlation at rest.

    Between -1 (as on a head) and 1; None with fewer than `LEAST_CHANNELS` channels that were usable.
    """
    from scipy.stats import spearmanr

    from affectlab.signals.montage import positions

    known = np.flatnonzero(reference.known)
    if known.size < LEAST_CHANNELS:
        return None
    covariances = reference.covariances[:, known[:, None], known].astype(np.float64)
    deviation = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    correlations = covariances / (deviation[:, :, None] * deviation[:, None, :])
    places = positions([reference.channels[place] for place in known])
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    pairs = np.triu_indices(known.size, 1)
    return float(spearmanr(distances[pairs], correlations.mean(axis=0)[pairs]).statistic)
