"""Numbers and outlines drawn on a picture, legible at any size and colour."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.prompting.gat.regions import Labels, Picture, Point, interior
from affectlab.prompting.gat.rules import GatRules

SMALLEST_RADIUS = 11
"""Pixels: the number inside is then 13 pixels high."""

_OUTLINE_SIDE = 1024
_FINER = 4
_MID_GREY = 128.0
_LUMA = np.array([0.299, 0.587, 0.114])


def enlarge(picture: Picture, rules: GatRules) -> Picture:
    """Return the picture with its shorter side at least `rules.smallest_marked_side`.

    A long strip is enlarged only until its longer side is eight times that.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    wanted = rules.smallest_marked_side
    factor = min(wanted / min(height, width), max(1.0, 8 * wanted / max(height, width)))
    if factor <= 1:
        return picture
    size = round(width * factor), max(2 * SMALLEST_RADIUS + 2, round(height * factor))
    size = max(2 * SMALLEST_RADIUS + 2, size[0]), size[1]
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))


def radius_of(shape: tuple[int, ...], rules: GatRules) -> int:
    """Return the radius of a mark in pixels of a picture of `shape`."""
    height, width = shape[:2]
    wanted = max(SMALLEST_RADIUS, round(rules.mark_share * math.sqrt(height * width)))
    return min(wanted, (min(height, width) - 2) // 2)


def mark_points(labels: Labels, shape: tuple[int, ...], radius: int) -> dict[int, Point]:
    """Find where each region's number goes: its most interior point, clear of the other numbers.

    Parameters
    ----------
    labels
        Shape (height, width), numbered from 1.
    shape
        Height and width of the picture that the marks are drawn on.
    radius
        Of a mark, in pixels of that picture.

    Returns
    -------
    dict
        Number of a region to (x, y), shares of the width and height; always inside the region.
    """
    height, width = labels.shape
    stretch = np.array([shape[1] / width, shape[0] / height])
    columns, rows = np.meshgrid((np.arange(width) + 0.5) * stretch[0], (np.arange(height) + 0.5) * stretch[1])
    within = (np.minimum(columns, shape[1] - columns) > radius) & (np.minimum(rows, shape[0] - rows) > radius)
    free = np.ones(labels.shape, dtype=bool)
    points: dict[int, Point] = {}
    for number in range(1, int(labels.max()) + 1):
        depth = interior(labels == number)
        for allowed in (within & free, free, within):
            if (depth * allowed).max() > 0:
                depth = depth * allowed
                break
        row, column = np.unravel_index(int(depth.argmax()), depth.shape)
        points[number] = float((column + 0.5) / width), float((row + 0.5) / height)
        free &= np.hypot(columns - columns[row, column], rows - rows[row, column]) > 2.3 * radius
    return points


def draw(
    picture: Picture, labels: Labels, points: Mapping[int, Point], written: Mapping[int, int], radius: int
) -> Any:
    """Draw outlines and numbers.

    Parameters
    ----------
    picture
        Shape (height, width, 3), RGB.
    labels
        Regions, of any size of the same proportions.
    points
        Region to where its mark goes, shares of width and height.
    written
        Region to the number that is written there.
    radius
        Of a mark, in pixels.

    Returns
    -------
    Image
        Of Pillow, RGB, the size of `picture`.
    """
    from PIL import Image

    image = Image.fromarray(picture)
    away = _to_border(labels, picture.shape)
    line = max(1.0, radius / 9 * away.shape[1] / picture.shape[1])
    for shade, half in ((0, 2 * line), (255, line)):
        image.paste((shade,) * 3, mask=_resized(np.clip(half - away + 0.5, 0, 1), image.size))
    for region, (x, y) in points.items():
        _draw_mark(image, picture, (x * image.width, y * image.height), written[region], radius)
    return image


def _to_border(labels: Labels, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Distance of each pixel to the nearest border between regions, at no more than `_OUTLINE_SIDE`."""
    from PIL import Image
    from scipy.ndimage import distance_transform_edt

    factor = min(1.0, _OUTLINE_SIDE / max(shape[:2]))
    size = max(2, round(shape[1] * factor)), max(2, round(shape[0] * factor))
    shares = [
        np.asarray(
            Image.fromarray((labels == number).astype(np.uint8) * 255).resize(size, Image.Resampling.BICUBIC)
        )
        for number in range(1, int(labels.max()) + 1)
    ]
    smooth = np.argmax(shares, axis=0)
    border = np.zeros(smooth.shape, dtype=bool)
    border[:, 1:] |= smooth[:, 1:] != smooth[:, :-1]
    border[1:] |= smooth[1:] != smooth[:-1]
    if not border.any():
        return np.full(border.shape, np.inf)
    return np.asarray(distance_transform_edt(~border))


def _draw_mark(image: Any, picture: Picture, centre: Point, number: int, radius: int) -> None:
    """Draw a dark disc on a light background and the other way round, with a ring between."""
    ink, plate = (
        ((0,) * 3, (255,) * 3) if _brightness(picture, centre, radius) < _MID_GREY else ((255,) * 3, (0,) * 3)
    )
    corner = round(centre[0] - radius), round(centre[1] - radius)
    for colour, size in ((plate, radius), (ink, 0.9 * radius), (plate, 0.8 * radius)):
        image.paste(colour, corner, _disc(radius, size))
    image.paste(ink, corner, _digit(radius, number))


def _brightness(picture: Picture, centre: Point, radius: int) -> float:
    """Mean luma around a place, 0 to 255."""
    x, y = round(centre[0]), round(centre[1])
    around = picture[max(0, y - 2 * radius) : y + 2 * radius, max(0, x - 2 * radius) : x + 2 * radius]
    return float((around.reshape(-1, 3).mean(axis=0) * _LUMA).sum())


def _disc(radius: int, size: float) -> Any:
    from PIL import Image, ImageDraw

    side = 2 * radius * _FINER
    mask = Image.new("L", (side, side))
    inset = (radius - size) * _FINER
    ImageDraw.Draw(mask).ellipse((inset, inset, side - 1 - inset, side - 1 - inset), fill=255)
    return mask.resize((2 * radius, 2 * radius), Image.Resampling.BOX)


def _digit(radius: int, number: int) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    side = 2 * radius * _FINER
    mask = Image.new("L", (side, side))
    font = ImageFont.load_default(size=1.35 * radius * _FINER)
    ImageDraw.Draw(mask).text(
        (side / 2, side / 2), str(number), fill=255, font=font, anchor="mm", stroke_width=radius * _FINER / 22
    )
    return mask.resize((2 * radius, 2 * radius), Image.Resampling.BOX)


def _resized(alpha: NDArray[np.float64], size: tuple[int, int]) -> Any:
    from PIL import Image

    mask = Image.fromarray((alpha * 255).astype(np.uint8))
    return mask if mask.size == size else mask.resize(size, Image.Resampling.BILINEAR)
