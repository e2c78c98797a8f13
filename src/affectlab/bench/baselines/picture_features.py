"""What a face looks like in a few numbers: where edges run, how light it is, and what moves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LONGEST_SIDE = 64
"""Pixels; finer detail is left to models that can see."""

_GRID = 6
_DIRECTIONS = 6
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def picture_features(pictures: NDArray[np.uint8]) -> Array:
    """Describe the pictures of a clip by statistics over a grid of cells.

    Parameters
    ----------
    pictures
        Shape (n, height, width, 3), RGB, at least one; any size.

    Returns
    -------
    NDArray[np.float64]
        Shape (6 * 6 * 8 + 6,): for every cell the share of edges in each of six directions (histograms of
        oriented gradients: Dalal and Triggs, 2005), its lightness and its change from picture to picture;
        mean and spread of each colour.
    """
    colours = pictures.astype(float) / 255
    grey = colours @ _LUMA
    change = np.abs(np.diff(grey, axis=0, append=grey[-1:])).mean(axis=0)
    cells = [_pooled(one) for one in (*_edges(grey), grey.mean(axis=0), change)]
    flat = colours.reshape(-1, 3)
    return np.concatenate([*cells, flat.mean(axis=0), flat.std(axis=0)])


def _edges(grey: Array) -> list[Array]:
    """How strong the edges of each direction are, relative to all, averaged over pictures."""
    down, across = np.gradient(grey, axis=(1, 2)) if min(grey.shape[1:]) > 1 else (grey * 0, grey * 0)
    strength = np.hypot(down, across)
    bins = (np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
    relative = strength / (strength.mean() + 1e-6)
    return [np.asarray((relative * (bins == direction)).mean(axis=0)) for direction in range(_DIRECTIONS)]


def _pooled(plane: Array) -> Array:
    """Mean of each cell of the grid, shape (36,); cells share pixels where a side is short."""
    rows, columns = (_bounds(side) for side in plane.shape)
    return np.array([plane[top:end, left:right].mean() for top, end in rows for left, right in columns])


def _bounds(side: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, side, _GRID + 1)
    return [(int(low), max(int(low) + 1, int(np.ceil(high)))) for low, high in pairwise(edges)]
