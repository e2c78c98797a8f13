"""Bringing windows to a common sampling rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData

_LARGEST_FACTOR = 4096


def resampled(data: NDArray[Any], sfreq: float, to: float) -> NDArray[Any]:
    """Resample along the last axis by a zero-phase polyphase filter.

    Parameters
    ----------
    data
        Shape (…, samples).
    sfreq, to
        Samples per second as they are and as wanted, > 0; at equal rates `data` itself is returned.

    Returns
    -------
    resampled
        Shape (…, round(samples · to / sfreq)), floating point of the precision given; its first sample is of
        the same instant.

    Raises
    ------
    InvalidData
        If a rate is not above 0, or their ratio is not one of whole numbers up to 4096.

    Notes
    -----
    At the edges the straight line through the first and the last sample is taken as continued, so that an
    offset or a slope does not ring; within ten samples (of the lower rate) of an edge the result still
    differs from that of a longer stretch. Frequencies above half the lower rate are taken out.
    """
    if not (0 < sfreq < np.inf and 0 < to < np.inf):
        raise InvalidData(f"sampling rates are {sfreq:g} and {to:g} Hz; expected numbers above 0")
    if sfreq == to:
        return data
    from scipy.signal import resample_poly

    ratio = _ratio(sfreq, to)
    wanted = round(data.shape[-1] * to / sfreq)
    made = resample_poly(data, ratio.numerator, ratio.denominator, axis=-1, padtype="line")
    return np.asarray(made[..., :wanted])


def _ratio(sfreq: float, to: float) -> Fraction:
    ratio = (
        Fraction(to).limit_denominator(1000) / Fraction(sfreq).limit_denominator(1000)
    ).limit_denominator(_LARGEST_FACTOR)
    if max(ratio.numerator, ratio.denominator) > _LARGEST_FACTOR or abs(float(ratio) * sfreq / to - 1) > 1e-6:
        raise InvalidData(
            f"{sfreq:g} Hz cannot be brought to {to:g} Hz: their ratio is not one of small whole numbers; "
            "choose another rate"
        )
    return ratio
