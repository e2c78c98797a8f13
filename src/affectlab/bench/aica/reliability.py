"""How well people agree with other people: the ceiling of any model's agreement with mean ratings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def split_half_reliability(mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> float:
    """Reliability of mean ratings, from what is published of each image: mean, spread and number of raters.

    The variance of images' means is the variance of what the images differ in, plus the error of a mean,
    SD² / N, averaged over images. Correlating the means of two random halves of the raters gives
    r = T / (T + 2E) with T the first and E the second; Spearman and Brown's 2r / (1 + r) steps it up to all
    raters: T / (T + E), which is the intraclass correlation of means of different raters for each image,
    ICC(1, k).

    Parameters
    ----------
    mean, sd, n
        Of each image, shape (n_images,): mean rating, standard deviation over raters (dividing by N - 1),
        number of raters.

    Returns
    -------
    float
        In [0, 1]; NaN for fewer than two images or where all have the same mean.

    References
    ----------
    Spearman (1910), Correlation calculated from faulty data, British Journal of Psychology 3, 271-295; Brown
    (1910), Some experimental results in the correlation of mental abilities, same issue, 296-322; Shrout and
    Fleiss (1979), Intraclass correlations, Psychological Bulletin 86, 420-428.
    """
    means, spreads, raters = (np.asarray(one, dtype=float) for one in (mean, sd, n))
    if means.size < 2 or not np.ptp(means) > 0:
        return float("nan")
    variance = means.var(ddof=1)
    error = np.mean(spreads**2 / raters)
    return float(max(0.0, variance - error) / variance)
