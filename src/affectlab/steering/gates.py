"""Gates that say how much of a steering each prompt gets."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.models.hf.attention import AttentionCall


class Gate(Protocol):
    """Decides at each layer, once the prompt is read there."""

    def strength(self, call: AttentionCall, kinds: Tensor) -> Tensor:
        """Return how strongly each prompt is steered at this layer.

        Parameters
        ----------
        call
            Attention of the layer while whole prompts are read.
        kinds
            Shape (prompts, tokens, 4): one-hot over T, A, V and the rest.

        Returns
        -------
        Tensor
            Shape (prompts,): 0 leaves a prompt alone.
        """
        ...


class Given:
    """Strengths decided before the prompts are read; the same at every layer."""

    def __init__(self, strengths: NDArray[np.float64]) -> None:
        self._strengths = torch.from_numpy(strengths.astype(np.float32))

    def strength(self, call: AttentionCall, kinds: Tensor) -> Tensor:  # noqa: ARG002 - decided already
        """Return the strengths given; see `Gate.strength`."""
        return self._strengths.to(kinds.device)
