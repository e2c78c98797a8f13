"""PyTorch Geometric's dense layer, imported without the deprecation warnings its import raises itself."""

from __future__ import annotations

import warnings

from affectlab.errors import MissingExtra

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from torch_geometric.nn import DenseGraphConv
except ImportError:
    raise MissingExtra("torch-geometric", "train") from None

__all__ = ["DenseGraphConv"]
