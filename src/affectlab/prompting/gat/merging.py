"""Neighbouring segments merged until few and large ones are left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.prompting.gat.rules import GatRules

Labels = NDArray[np.int64]
Matrix = NDArray[np.float64]

_FEWEST = 2


def merge(labels: Labels, features: Matrix, rules: GatRules) -> Labels:
    """Merge neighbours, those first whose merging costs least for the border that it removes.

    The cost of two neighbours is n₁n₂ / (n₁ + n₂) · ‖f₁ - f₂‖² / length of their border, of numbers of pixels
    n and mean features f: the full λ-schedule of the piecewise constant Mumford-Shah functional (Koepfler,
    Lopez and Morel 1994, doi:10.1137/0731015). Once few are left, a region that is too small goes to the
    neighbour that it resembles most, and regions that hardly differ are joined, but never into one.

    Parameters
    ----------
    labels
        Shape (height, width), numbers from 0 of connected segments.
    features
        Shape (height, width, n_features).
    rules
        Most regions, smallest share, and the difference below which regions are one.

    Returns
    -------
    Labels
        Of the same shape, numbers from 0 without gaps, each region connected.
    """
    graph = _Graph(labels, features)
    smallest = rules.min_share * labels.size
    while len(graph) > _FEWEST:
        if len(graph) > rules.most_regions:
            graph.join(*graph.cheapest())
        elif graph.sizes[graph.alive].min() < smallest:
            graph.join(*graph.nearest_of_smallest())
        else:
            first, second, difference = graph.most_alike()
            if difference >= rules.merge_below:
                break
            graph.join(first, second)
    return graph.labels(labels)


class _Graph:
    """Regions with size, mean features, and the length of border to every other.

    Parameters
    ----------
    labels, features
        As in `merge`.
    """

    def __init__(self, labels: Labels, features: Matrix) -> None:
        count = int(labels.max()) + 1
        flat = labels.ravel()
        self.sizes = np.bincount(flat, minlength=count).astype(np.float64)
        columns = features.reshape(flat.size, -1).T
        sums = [np.bincount(flat, weights=column, minlength=count) for column in columns]
        self._means = np.stack(sums, axis=1) / self.sizes[:, None]
        self._borders = np.zeros((count, count))
        for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
            apart = one != other
            np.add.at(self._borders, (one[apart], other[apart]), 1)
        self._borders += self._borders.T
        self.alive = np.ones(count, dtype=bool)
        self._into = np.arange(count)
        self._costs = np.full((count, count), np.inf)
        for index in range(count):
            self._weigh(index)

    def __len__(self) -> int:
        return int(self.alive.sum())

    def cheapest(self) -> tuple[int, int]:
        """Return the two neighbours whose merging costs least."""
        return self._place(self._costs)

    def nearest_of_smallest(self) -> tuple[int, int]:
        """Return the smallest region and the neighbour that it resembles most."""
        smallest = int(np.where(self.alive, self.sizes, np.inf).argmin())
        return smallest, int(self._differences(smallest).argmin())

    def most_alike(self) -> tuple[int, int, float]:
        """Return the two neighbours that differ least, and by how much."""
        differences = np.full(self._costs.shape, np.inf)
        for index in np.flatnonzero(self.alive):
            differences[index] = self._differences(int(index))
        first, second = self._place(differences)
        return first, second, float(differences[first, second])

    def join(self, kept: int, gone: int) -> None:
        """Make two regions one, under the first's number."""
        total = self.sizes[kept] + self.sizes[gone]
        self._means[kept] = (
            self.sizes[kept] * self._means[kept] + self.sizes[gone] * self._means[gone]
        ) / total
        self.sizes[kept] = total
        self._borders[kept] += self._borders[gone]
        self._borders[:, kept] = self._borders[kept]
        self._borders[kept, kept] = 0
        self._borders[gone] = self._borders[:, gone] = 0
        self._costs[gone] = self._costs[:, gone] = np.inf
        self.alive[gone] = False
        self._into[self._into == gone] = kept
        self._weigh(kept)

    def labels(self, before: Labels) -> Labels:
        """Return the area with the numbers of merged regions, without gaps."""
        return np.unique(self._into, return_inverse=True)[1][before]

    def _weigh(self, index: int) -> None:
        """Renew the costs of merging a region with each neighbour."""
        border = self._borders[index]
        weight = self.sizes * self.sizes[index] / (self.sizes + self.sizes[index])
        squared = np.square(self._means - self._means[index]).sum(axis=1)
        costs = np.where(border > 0, weight * squared / np.maximum(border, 1), np.inf)
        self._costs[index] = self._costs[:, index] = costs

    def _differences(self, index: int) -> Matrix:
        distance = np.sqrt(np.square(self._means - self._means[index]).sum(axis=1))
        return np.where(self._borders[index] > 0, distance, np.inf)

    @staticmethod
    def _place(matrix: Matrix) -> tuple[int, int]:
        row, column = np.unravel_index(int(matrix.argmin()), matrix.shape)
        return int(row), int(column)
