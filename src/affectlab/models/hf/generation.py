"""Answers in words, greedy or sampled."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessorList, PreTrainedModel

from affectlab.models.hf.batch import Batch
from affectlab.models.hf.forward import last_token_only
from affectlab.models.protocol import Failure, Generation, Request, Sampling


class GumbelNoise:
    """Turns greedy choice into sampling: the largest of logits plus Gumbel noise is a sample from softmax.

    Each row draws from its own generator, so an answer does not depend on the other requests of its batch.
    """

    def __init__(self, seeds: Sequence[int], temperature: float) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._temperature = temperature

    def __call__(self, _tokens: Tensor, scores: Tensor) -> Tensor:
        size = scores.shape[-1]
        noise = [-torch.empty(size).exponential_(generator=one).log() for one in self._generators]
        return scores.float() / self._temperature + torch.stack(noise).to(scores.device)


def seed_of(request: Request, sampling: Sampling) -> int:
    """Return a seed of 63 bits made of the request's words, media and earlier turns and the sampling seed."""
    parts = [
        part if isinstance(part, str) else getattr(part, "sha256", None) or repr(part)
        for part in request.parts
    ]
    earlier = [f"{turn.role}: {turn.text}" for turn in request.earlier]
    text = "\0".join([str(sampling.seed), request.system, *earlier, *parts])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def answer(
    model: PreTrainedModel, tokenizer: Any, inputs: dict[str, Any], sampling: Sampling, seeds: Sequence[int]
) -> list[Generation | Failure]:
    """Generate an answer to each prompt of `inputs`."""
    noise = [GumbelNoise(seeds, sampling.temperature)] if sampling.temperature > 0 else []
    with last_token_only(model):
        output = model.generate(
            **inputs,
            max_new_tokens=sampling.max_tokens,
            do_sample=False,
            logits_processor=LogitsProcessorList(noise),
        )
    rows = output[:, inputs["input_ids"].shape[1] :].tolist()
    ends = ends_of(model)
    return [_generation(tokenizer, row, ends) for row in rows]


def _generation(tokenizer: Any, tokens: list[int], ends: frozenset[int]) -> Generation | Failure:
    length = next((place for place, token in enumerate(tokens) if token in ends), len(tokens))
    text = str(tokenizer.decode(tokens[:length], skip_special_tokens=True)).strip()
    if not text:
        return Failure("empty", "the model answered with no words; ask in another way or allow more tokens")
    return Generation(text, complete=length < len(tokens), tokens=length)


def ends_of(model: PreTrainedModel) -> frozenset[int]:
    """Return the tokens that end an answer."""
    config = model.generation_config
    ends = config.eos_token_id if config is not None else None
    return frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])


def seeds_of(batch: Batch, requests: Sequence[Request], sampling: Sampling) -> list[int]:
    """Return the seed of each row of `batch`."""
    return [seed_of(requests[ready.index], sampling) for ready in batch.requests]
