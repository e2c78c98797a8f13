"""Which tokens a rule changes."""

from __future__ import annotations

from torch import Tensor

from affectlab.models import MODALITIES, Modality

_HIDDEN = -3e4
"""Logits below this are those of tokens that may not be looked at: half of float16's smallest number, with
which some masks are written; logits of real models stay within a few hundred."""


def among(kinds: Tensor, modality: Modality) -> Tensor:
    """Return which keys are of `modality`: shape (rows, 1, 1, keys), boolean; see `Rule.weigh`."""
    return kinds[:, None, None, :, MODALITIES.index(modality)] > 0


def open_to(logits: Tensor) -> Tensor:
    """Return which keys each query may look at: shape of `logits`, boolean."""
    return logits > _HIDDEN


def per_row(strength: Tensor) -> Tensor:
    """Return `strength` so that it broadcasts with logits: shape (rows, 1, 1, 1)."""
    return strength[:, None, None, None]
