"""How much of the last prompt token's attention each modality gets, layer by layer and head by head."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.models.hf.attention import AttentionCall, AttentionPlan, last_row
from affectlab.models.protocol import MODALITIES, AttentionShares

_KINDS = len(MODALITIES) + 1


class SharesPlan:
    """Records attention shares while a prompt is read; outputs stay what they are without it.

    Parameters
    ----------
    codes
        Shape (batch, tokens): 0, 1, 2 for T, A, V, 3 for the rest, -1 for padding and all over rows
        whose spans are not known.
    steering
        A plan that decides the output; the shares are those it makes.
    """

    def __init__(self, codes: NDArray[np.int8], steering: AttentionPlan | None = None) -> None:
        self._codes = codes
        self._steering = steering
        self._members: dict[torch.device, Tensor] = {}
        self._shares: dict[int, Tensor] = {}

    def attend(self, call: AttentionCall) -> Tensor:
        output = call.stock() if self._steering is None else self._steering.attend(call)
        # Beginnings read alone have fewer keys, labels after the prompt have more.
        if call.key.shape[2] == self._codes.shape[1]:
            probabilities = last_row(call)
            for change in call.changes:
                probabilities[change.rows[:, None], change.heads] = change.probabilities
            self._shares[call.layer] = probabilities @ self._indicator(call.key.device)
        return output

    def result(self) -> list[AttentionShares | None]:
        """Return the shares of each row, None where the layers' heads or the row's spans are not known."""
        layers = [self._shares[layer].cpu() for layer in sorted(self._shares)]
        if not layers or len({layer.shape for layer in layers}) > 1:
            return [None] * len(self._codes)
        shares = torch.stack(layers, dim=1).numpy()
        return [
            AttentionShares(row, self._count(codes)) if (codes >= 0).any() else None
            for row, codes in zip(shares, self._codes, strict=True)
        ]

    def _indicator(self, device: torch.device) -> Tensor:
        """Which kind each token is of: shape (batch, tokens, kinds), one-hot, padding all zero."""
        if device not in self._members:
            members = self._codes[..., None] == np.arange(_KINDS, dtype=np.int8)
            self._members[device] = torch.from_numpy(members.astype(np.float32)).to(device)
        return self._members[device]

    @staticmethod
    def _count(codes: NDArray[np.int8]) -> NDArray[np.int64]:
        return np.bincount(codes[codes >= 0], minlength=_KINDS).astype(np.int64)
