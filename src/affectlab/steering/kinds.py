"""Which tokens are text, audio, vision or none of them, as matrices that attention is multiplied with."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.models import MODALITIES

N_KINDS = len(MODALITIES) + 1
"""T, A, V and the rest, in the order of the codes 0 to 3."""

_AHEAD = 256
"""Written tokens that are provided for at a time."""


def kinds_of(codes: NDArray[np.int8], keys: int, device: torch.device) -> Tensor:
    """Return the kind of each token as a one-hot vector.

    Parameters
    ----------
    codes
        Shape (batch, tokens): 0, 1, 2 for T, A, V, 3 for the rest, -1 for padding.
    keys
        Tokens there are by now; those after the prompt, which the model wrote itself, are of the rest.

    Returns
    -------
    Tensor
        Shape (batch, keys, 4), float32, all zero for padding.
    """
    batch, tokens = codes.shape
    found = torch.zeros(batch, keys, N_KINDS, device=device)
    known = torch.from_numpy(codes).to(device)[:, :keys, None] == torch.arange(N_KINDS, device=device)
    found[:, : known.shape[1]] = known
    found[:, tokens:, N_KINDS - 1] = 1
    return found


class GrowingKinds:
    """Kinds of a batch of prompts and of what is written after them.

    Parameters
    ----------
    codes
        Shape (batch, tokens); see `kinds_of`.
    """

    def __init__(self, codes: NDArray[np.int8]) -> None:
        self._codes = codes
        self._found: Tensor | None = None

    def upto(self, keys: int, device: torch.device) -> Tensor:
        """Return the kinds of the first `keys` tokens, shape (batch, keys, 4)."""
        if self._found is None or self._found.shape[1] < keys or self._found.device != device:
            ahead = _AHEAD if keys > self._codes.shape[1] else 0
            self._found = kinds_of(self._codes, keys + ahead, device)
        return self._found[:, :keys]
