"""Forward passes of a transformers model: which begin a prompt, which go on with one, what steers them."""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import StaticLayer

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES
from affectlab.models.hf.attention import AttentionCall, AttentionPlan, attention_plan, installed
from affectlab.steering.model import Codes, Steering
from affectlab.steering.spans import PADDING, GivenSpans, TokenReader

_LOG = logging.getLogger(__name__)
_NOT_WHOLE = (
    "{tokens} tokens come after {past} in the cache, where {read} were read: prompts must be read whole and "
    "answers written token by token; no past_key_values, prefill_chunk_size, guidance_scale, assistant"
)


class _Reading(threading.local):
    """The prompts that a thread has had read last, what steers them, and how far they are."""

    plan: _Checked | None = None
    ids: Tensor | None = None
    begun = False

    def __init__(self) -> None:
        self.block = ExitStack()


class _Checked:
    """Hands attention to a plan after a look at whether it is that of the prompt."""

    def __init__(self, plan: AttentionPlan | None, rows: int) -> None:
        self._plan, self._rows = plan, rows
        self.tokens = self.queries = 0
        self.reached: set[int] = set()

    def attend(self, call: AttentionCall) -> Tensor:
        """Return the layer's output; see `AttentionPlan.attend`."""
        self.reached.add(call.layer)
        if self._plan is None:
            return call.stock()
        rows, queries, keys = call.query.shape[0], call.query.shape[2], call.key.shape[2]
        # A prompt is looked at whole; later a sliding window may hide its beginning.
        whole = keys == self.tokens or queries < keys < self.tokens
        if (rows, queries) != (self._rows, self.queries) or not whole:
            raise SteeringError(
                f"layer {call.layer} lets {rows}x{queries} tokens look at {keys} where "
                f"{self._rows}x{self.queries} were given to look at {self.tokens}; a model that adds tokens "
                "or looks at others than the prompt's cannot be steered"
            )
        return self._plan.attend(call)


class Passes:
    """Puts a plan made for its prompts in force during each forward pass of a model.

    Parameters
    ----------
    model
        Whose attention plans reach.
    steering, reader
        What makes plans, and what tells the modalities of prompts.
    layers
        Those the steering needs to reach.
    least
        A prompt with fewer modalities stays as it is.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        steering: Steering,
        reader: TokenReader | GivenSpans,
        *,
        layers: frozenset[int],
        least: int,
    ) -> None:
        self._model, self._steering, self._reader = model, steering, reader
        self._layers, self._least = layers, least
        self._signature = inspect.signature(model.forward)
        self._now = _Reading()
        self._told = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """See every forward pass inside the block.

        Raises
        ------
        SteeringError
            If the model is watched already.
        """
        hooks = self._model._forward_pre_hooks.values()
        if any(isinstance(getattr(hook, "__self__", None), Passes) for hook in hooks):
            raise SteeringError("the model is steered already; leave that block first")
        before = self._model.register_forward_pre_hook(self._before, with_kwargs=True)
        after = self._model.register_forward_hook(self._after, always_call=True)
        try:
            yield
        finally:
            before.remove()
            after.remove()

    def _before(self, _: PreTrainedModel, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        bound = self._signature.bind_partial(*args, **kwargs)
        given = bound.arguments | bound.kwargs
        shown = given.get("inputs_embeds") if given.get("input_ids") is None else given["input_ids"]
        self._now.begun = False
        if shown is None:
            return
        self._refuse(given)
        rows, tokens = shown.shape[:2]
        cache = given.get("past_key_values")
        past = 0 if cache is None else int(cache.get_seq_length())
        if past == 0:
            self._now.plan, self._now.begun = self._begin(given, rows, tokens), True
        plan = self._now.plan
        if plan is None or (past and not (past == plan.tokens and tokens == 1)):
            raise SteeringError(_NOT_WHOLE.format(tokens=tokens, past=past, read=plan.tokens if plan else 0))
        plan.queries, plan.tokens = tokens, past + tokens
        self._now.block.enter_context(attention_plan(plan))

    def _after(self, _model: PreTrainedModel, _args: tuple[Any, ...], output: Any) -> None:
        self._now.block.close()
        plan = self._now.plan
        if output is None or plan is None or not self._now.begun:
            return
        missed = sorted(self._layers - plan.reached)
        if missed or not plan.reached:
            raise SteeringError(
                f"{type(self._model).__name__} computes the attention of {_named(missed)} in its own way; it "
                "cannot be steered there"
            )

    def _refuse(self, given: dict[str, Any]) -> None:
        if not installed(self._model):
            raise SteeringError("attn_implementation was changed inside the block; change it outside")
        layers = getattr(given.get("past_key_values"), "layers", ())
        if any(isinstance(layer, StaticLayer) for layer in layers) or "cache" in given:
            raise SteeringError(
                "a static or paged cache cannot be steered; leave cache_implementation out for one that grows"
            )

    def _begin(self, given: dict[str, Any], rows: int, tokens: int) -> _Checked:
        ids = given.get("input_ids")
        mask = _mask(given.get("attention_mask"), rows, tokens)
        if given.get("use_cache") is False and isinstance(self._reader, TokenReader):
            self._refuse_longer(ids)
        codes = self._reader.codes(None if ids is None else ids.cpu().numpy(), mask)
        self._now.ids = ids
        return _Checked(self._steering.plan(self._enough(codes), np.ones(rows)), rows)

    def _refuse_longer(self, ids: Tensor | None) -> None:
        last = self._now.ids
        if ids is None or last is None or ids.shape != (last.shape[0], last.shape[1] + 1):
            return
        if bool((ids[:, :-1] == last).all()):
            raise SteeringError(
                "without a cache each word the model writes is read as part of the prompt; leave use_cache "
                "on, or give spans"
            )

    def _enough(self, codes: Codes) -> Codes:
        """Leave out prompts that show too few modalities."""
        shown = np.stack([(codes == code).any(axis=1) for code in range(len(MODALITIES))])
        few = shown.sum(axis=0) < self._least
        if few.any() and not self._told:
            self._told = True
            _LOG.info("prompts that show fewer than two modalities are answered as without steering")
        return np.where(few[:, None], np.int8(PADDING), codes)


def _mask(given: Any, rows: int, tokens: int) -> NDArray[np.bool_]:
    if given is None:
        return np.ones((rows, tokens), dtype=bool)
    if not isinstance(given, Tensor) or given.shape != (rows, tokens):
        found = "x".join(map(str, given.shape)) if isinstance(given, Tensor) else type(given).__name__
        raise SteeringError(f"attention_mask is {found}; steering expects {rows}x{tokens}, 0 for padding")
    mask: NDArray[np.bool_] = given.cpu().numpy() != 0
    if not mask[:, -1].all():
        raise SteeringError("prompts are padded on the right; pad them on the left: tokenizer.padding_side")
    return mask


def _named(layers: list[int]) -> str:
    return f"layers {', '.join(map(str, layers))}" if layers else "its layers"
