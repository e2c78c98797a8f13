"""An attention plan that applies rules to chosen heads where a gate opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from affectlab.models import MODALITIES
from affectlab.models.hf.attention import AttentionCall, LastRow
from affectlab.steering.engine import next_attention, weighed_attention
from affectlab.steering.gates import Gate
from affectlab.steering.kinds import GrowingKinds
from affectlab.steering.rules import Rule

Rows = Literal["all", "question", "last"]
"""Queries that are steered while the prompt is read: all of them, those after the last token of any modality,
or the last one."""

Phase = Literal["both", "prefill", "decode"]
"""When steering happens: while the prompt is read, while the answer is written, or both."""


@dataclass(frozen=True, slots=True)
class LayerSteering:
    """What is done at one layer.

    Parameters
    ----------
    heads
        Which heads of the layer.
    rule
        What becomes of their attention.
    """

    heads: tuple[int, ...]
    rule: Rule


@dataclass(frozen=True, slots=True, eq=False)
class _Opening:
    """What a layer's gate decided.

    Parameters
    ----------
    strength
        Shape (prompts,).
    rows
        Shape (opened,): prompts whose strength is not 0.
    """

    strength: Tensor
    rows: Tensor

    @property
    def whole(self) -> bool:
        """Whether it is open to every prompt."""
        return len(self.rows) == len(self.strength)


class SteeredPlan:
    """Steers a batch of prompts and what the model writes after them.

    Parameters
    ----------
    codes
        Shape (prompts, tokens): 0, 1, 2 for T, A, V, 3 for the rest, -1 for padding and all over rows whose
        spans are not known; such rows are left alone.
    layers
        Layer to what is done there; others stay as they are.
    gate
        Decides for each prompt.
    """

    def __init__(
        self,
        codes: NDArray[np.int8],
        layers: Mapping[int, LayerSteering],
        gate: Gate,
        *,
        rows: Rows = "all",
        phase: Phase = "both",
    ) -> None:
        self._codes, self._layers, self._gate = codes, layers, gate
        self._rows, self._phase = rows, phase
        self._known = torch.from_numpy(((codes >= 0) & (codes < len(MODALITIES))).any(axis=1))
        self._kinds = GrowingKinds(codes)
        self._openings: dict[int, _Opening] = {}
        self._heads: dict[int, Tensor] = {}
        self._totals: dict[int, int] = {}

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the layer's output; see `AttentionPlan.attend`."""
        layer = self._layers.get(call.layer)
        if layer is None or not layer.heads:
            return call.stock()
        total = self._total(call)
        kinds = self._kinds.upto(total, call.key.device)[:, total - call.key.shape[2] :]
        if call.rows is not None:
            return self._continue(call, layer, kinds[call.rows.to(kinds.device)], total)
        queries, tokens = int(call.query.shape[2]), self._codes.shape[1]
        if queries == total == tokens:
            self._openings[call.layer] = self._decide(call, layer, kinds)
        opening = self._openings[call.layer]
        if queries == 1 and total > tokens:
            return self._write(call, layer, kinds, opening)
        return self._steer(call, layer, kinds, opening.strength, opening.rows, total)

    def _decide(self, call: AttentionCall, layer: LayerSteering, kinds: Tensor) -> _Opening:
        strength = self._gate.strength(call, kinds)
        strength = strength * self._known.to(strength.device)
        self._heads[call.layer] = torch.tensor(layer.heads, device=strength.device)
        return _Opening(strength, strength.nonzero()[:, 0])

    def _continue(self, call: AttentionCall, layer: LayerSteering, kinds: Tensor, total: int) -> Tensor:
        """Steer continuations that go on from the caches of several prompts."""
        strength = self._openings[call.layer].strength
        strength = strength[torch.as_tensor(call.rows, device=strength.device)]
        return self._steer(call, layer, kinds, strength, strength.nonzero()[:, 0], total)

    def _write(self, call: AttentionCall, layer: LayerSteering, kinds: Tensor, opening: _Opening) -> Tensor:
        """Steer the attention of the token that is being written."""
        if self._phase == "prefill" or not len(opening.rows):
            return call.stock()
        heads = self._heads[call.layer]
        steered, last = next_attention(call, layer.rule, kinds, heads=heads, strength=opening.strength)
        output = call.stock()
        if opening.whole:
            call.changes.append(last)
            return output.index_copy_(2, heads, steered)
        rows = opening.rows
        call.changes.append(LastRow(rows, heads, last.probabilities[rows]))
        output[rows[:, None], 0, heads] = steered[rows, 0]
        return output

    def _steer(
        self,
        call: AttentionCall,
        layer: LayerSteering,
        kinds: Tensor,
        strength: Tensor,
        rows: Tensor,
        total: int,
    ) -> Tensor:
        queries = call.query.shape[2]
        before = total - queries
        begins, end = self._reach(rows if call.rows is None else call.rows.to(rows.device)[rows], total)
        if not len(rows) or max(int(begins.min()), before) >= end:
            return call.stock()
        heads = self._heads[call.layer]
        first = max(int(begins.min()) - before, 0)
        steered, last = weighed_attention(
            call, layer.rule, kinds[rows], rows=rows, heads=heads, strength=strength[rows], first=first
        )
        if end == total:
            call.changes.append(last)
        output = call.stock()
        places = torch.arange(first, queries, device=rows.device)
        at = (rows[:, None, None], places[:, None], heads)
        reached = (places + before >= begins.to(rows.device)[:, None]) & (places + before < end)
        output[at] = torch.where(reached[:, :, None, None], steered, output[at])
        return output

    def _total(self, call: AttentionCall) -> int:
        """Return how many tokens there are by now; a sliding window keeps the keys of fewer."""
        tokens, queries = int(self._codes.shape[1]), int(call.query.shape[2])
        if call.rows is not None:
            return tokens + queries
        anew = call.prefill and queries >= tokens
        self._totals[call.layer] = queries if anew else self._totals[call.layer] + queries
        return self._totals[call.layer]

    def _reach(self, prompts: Tensor, total: int) -> tuple[Tensor, int]:
        """Return the first steered token of each prompt, and the one before which steering ends."""
        tokens = self._codes.shape[1]
        begins = torch.full((len(self._codes),), tokens) if self._phase == "decode" else self._begins()
        return begins[prompts.cpu()], tokens if self._phase == "prefill" else total

    def _begins(self) -> Tensor:
        """Return the first steered query of each prompt while it is read."""
        tokens = self._codes.shape[1]
        if self._rows == "all":
            return torch.zeros(len(self._codes), dtype=torch.long)
        if self._rows == "last":
            return torch.full((len(self._codes),), tokens - 1)
        judged = (self._codes >= 0) & (self._codes < len(MODALITIES))
        after = tokens - np.argmax(judged[:, ::-1], axis=1)
        return torch.from_numpy(np.where(judged.any(axis=1), np.minimum(after, tokens - 1), tokens - 1))
