"""A picture parted into two to four large contiguous regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.prompting.gat.merging import merge
from affectlab.prompting.gat.rules import GatRules

Picture = NDArray[np.uint8]
Labels = NDArray[np.int64]
Point = tuple[float, float]

_FINEST = 1.0


@dataclass(frozen=True, slots=True)
class Region:
    """One numbered region. Places are shares of the picture's width and height, from its upper left corner.

    Parameters
    ----------
    number
        From 1, the largest region first.
    share
        Of the picture's area.
    box
        Left, top, right, bottom.
    centroid
        Centre of mass; may lie outside a concave region.
    mark
        Where the number belongs: the point of the region farthest from its border.
    """

    number: int
    share: float
    box: tuple[float, float, float, float]
    centroid: Point
    mark: Point


def segment(picture: Picture, rules: GatRules) -> Labels:
    """Part a picture by colour and texture.

    The graph-based segmentation of Felzenszwalb and Huttenlocher (2004,
    doi:10.1023/B:VISI.0000022288.19776.77) at the working size, merged by `merge`. A picture without any
    structure is cut into halves.

    Parameters
    ----------
    picture
        Shape (height, width, 3), RGB.
    rules
        Parameters.

    Returns
    -------
    Labels
        Shape (height', width') of the working size: region numbers from 1, the largest first. Each region
        is connected by sides, and there are 2 to `rules.most_regions`.
    """
    small = shrink(picture, rules.working_side)
    fine = _connected(_graph_segments(small, rules))
    merged = merge(fine, _features(small, rules), rules)
    return by_size(merged if merged.max() > 0 else halves(small.shape[:2]))


def shrink(picture: Picture, longest_side: int) -> Picture:
    """Return the picture with its longer side at most `longest_side`, its shorter at least 2 pixels."""
    from PIL import Image

    height, width = picture.shape[:2]
    factor = min(1.0, longest_side / max(height, width))
    size = max(2, round(width * factor)), max(2, round(height * factor))
    if size == (width, height):
        return picture
    small = Image.fromarray(picture).resize(size, Image.Resampling.BOX)
    return np.asarray(small)


def halves(shape: tuple[int, ...]) -> Labels:
    """Cut an area across its longer side into 0 and 1."""
    labels = np.zeros(shape, dtype=np.int64)
    if shape[1] >= shape[0]:
        labels[:, shape[1] // 2 :] = 1
    else:
        labels[shape[0] // 2 :] = 1
    return labels


def by_size(labels: Labels) -> Labels:
    """Give regions numbers from 1, the largest first; of equal ones the one that begins higher."""
    values, firsts, counts = np.unique(labels, return_index=True, return_counts=True)
    order = np.lexsort((firsts, -counts))
    numbers = np.empty(len(values), dtype=np.int64)
    numbers[order] = np.arange(1, len(values) + 1)
    return numbers[np.searchsorted(values, labels)]


def describe(labels: Labels) -> tuple[Region, ...]:
    """Measure every region of a numbered area."""
    return tuple(_region(labels == number, number) for number in range(1, int(labels.max()) + 1))


def interior(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of each pixel of a region to its border or the picture's, in pixels; 0 outside."""
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(np.pad(mask, 1)))[1:-1, 1:-1]


def _region(mask: NDArray[np.bool_], number: int) -> Region:
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    row, column = np.unravel_index(int(interior(mask).argmax()), mask.shape)
    return Region(
        number,
        float(mask.mean()),
        (
            float(columns.min() / width),
            float(rows.min() / height),
            float((columns.max() + 1) / width),
            float((rows.max() + 1) / height),
        ),
        (float((columns.mean() + 0.5) / width), float((rows.mean() + 0.5) / height)),
        (float((column + 0.5) / width), float((row + 0.5) / height)),
    )


def _graph_segments(small: Picture, rules: GatRules) -> Labels:
    """Segment, with ever finer scale until there are two segments or it makes no difference."""
    try:
        from skimage.segmentation import felzenszwalb
    except ImportError as error:
        raise MissingExtra("scikit-image", "bench") from error
    scale, min_size = rules.scale, min(rules.min_size, max(1, small.shape[0] * small.shape[1] // 16))
    while True:
        found = np.asarray(
            felzenszwalb(small, scale=scale, sigma=rules.sigma, min_size=min_size, channel_axis=-1)
        )
        if found.max() > 0 or scale <= _FINEST:
            return found.astype(np.int64)
        scale /= 4


def _connected(labels: Labels) -> Labels:
    """Give each part that is connected by sides a number of its own, from 0."""
    from skimage.measure import label

    return np.asarray(label(labels + 1, connectivity=1, background=0)).astype(np.int64) - 1


def _features(small: Picture, rules: GatRules) -> NDArray[np.float64]:
    """Colour in CIELAB and weighted local contrast of lightness, shape (height, width, 4)."""
    from scipy.ndimage import uniform_filter
    from skimage.color import rgb2lab

    colour: Any = np.asarray(rgb2lab(small), dtype=np.float64)
    light = colour[..., 0]
    mean = uniform_filter(light, 7)
    contrast = np.sqrt(np.maximum(uniform_filter(light**2, 7) - mean**2, 0))
    return np.concatenate([colour, rules.texture_weight * contrast[..., None]], axis=-1)
