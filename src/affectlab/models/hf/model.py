"""A transformers model behind the protocol of all models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeAlias, TypeVar

import numpy as np
import torch
from transformers import PreTrainedModel

from affectlab.models.hf.attention import AttentionPlan, attention_plan
from affectlab.models.hf.batch import Batch
from affectlab.models.hf.encoding import LabelTokens
from affectlab.models.hf.forward import shares, to_model
from affectlab.models.hf.generation import answer, seeds_of
from affectlab.models.hf.memory import free_memory, memory_errors
from affectlab.models.hf.padding import PASS_TOKENS
from affectlab.models.hf.preparing import Prepared, Preparer
from affectlab.models.hf.processing import Processing
from affectlab.models.hf.scoring import label_log_likelihoods
from affectlab.models.hf.shares import SharesPlan
from affectlab.models.hf.sharing import Shared, laid_out, shared_beginnings
from affectlab.models.hf.streaming import stream_answer
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import (
    AttentionShares,
    Capabilities,
    Failure,
    Generation,
    Identity,
    Request,
    Sampling,
    Scores,
)
from affectlab.models.speaker import Speech
from affectlab.models.speakers.refusing import error_of
from affectlab.models.stop import Stop

_BATCH = 8
_Outcome = TypeVar("_Outcome", Generation, Scores)

Steer: TypeAlias = Callable[[Batch], AttentionPlan | None]
"""Decides what is done with the attention of a batch while it is read and answered."""


class HfModel:
    """Answers requests with a transformers model in this process.

    Two lanes overlap: one decodes and processes media while the other computes.
    """

    lanes = 2

    def __init__(
        self,
        weights: PreTrainedModel,
        processing: Processing,
        options: ModelOptions,
        identity: Identity,
        *,
        sees_attention: bool,
    ) -> None:
        self._weights: PreTrainedModel | None = weights
        self._processing = processing
        self._preparer = Preparer(processing, weights.config, options)
        self._computing = Lock()
        # Known once there is something to share.
        self._can_share: bool | None = None
        self._pass_tokens = PASS_TOKENS.get(weights.device.type, PASS_TOKENS["cuda"])
        self.identity = identity
        self.batch_size = options.batch_size or _BATCH
        kinds = processing.kinds
        self.can = Capabilities(
            image="image" in kinds,
            audio="audio" in kinds,
            video="video" in kinds,
            logits=True,
            attention=options.attention and sees_attention and self._preparer.encoder.gives_offsets,
            steering=sees_attention and self._preparer.encoder.gives_offsets,
        )

    @property
    def weights(self) -> PreTrainedModel:
        """The transformers model itself.

        Raises
        ------
        ValueError
            If the model has been closed.
        """
        if self._weights is None:
            raise ValueError("the model has been closed; load it again")
        return self._weights

    def generate(
        self, requests: Sequence[Request], sampling: Sampling, *, steer: Steer | None = None
    ) -> list[Generation | Failure]:
        """Answer each request in words; see `Model.generate`."""
        outcomes: dict[int, Generation | Failure] = {}
        with memory_errors(), torch.inference_mode():
            prepared = self._preparer.prepare(requests, sampling.max_tokens)
            for batch in prepared.batches:
                seeds = seeds_of(batch, requests, sampling)
                plan = steer(batch) if steer else None
                with self._computing, attention_plan(plan):
                    inputs = to_model(self.weights, batch.inputs)
                    answers = answer(self.weights, self._processing.tokenizer, inputs, sampling, seeds)
                outcomes |= {ready.index: one for ready, one in zip(batch.requests, answers, strict=True)}
        return _in_order(outcomes, prepared, len(requests))

    def stream(self, request: Request, sampling: Sampling, stop: Stop) -> Speech:
        """Answer `request` piece by piece; others wait until it is done, stopped or closed.

        Raises
        ------
        ContextExceeded
            If the prompt and its answer do not fit the context.
        ModelError
            If the request cannot be answered for another reason.
        """
        prepared = self._preparer.prepare([request], sampling.max_tokens)
        if prepared.failures:
            raise error_of(prepared.failures[0])
        (batch,) = prepared.batches
        (seed,) = seeds_of(batch, [request], sampling)
        with self._computing:
            tokenizer = self._processing.tokenizer
            speech = stream_answer(self.weights, tokenizer, batch.inputs, sampling, seed, stop)
            return (yield from speech)

    def score(
        self, requests: Sequence[Request], labels: Sequence[str], *, steer: Steer | None = None
    ) -> list[Scores | Failure]:
        """Return the log-likelihood of each label after each request; see `Model.score`."""
        outcomes: dict[int, Scores | Failure] = {}
        with memory_errors(), torch.inference_mode():
            prepared = self._preparer.prepare(requests, self._preparer.longest(labels), self._pass_tokens)
            for batch in prepared.batches:
                plan = steer(batch) if steer else None
                scores = self._score(
                    batch, [self._preparer.labels(ready, labels) for ready in batch.requests], plan
                )
                outcomes |= {ready.index: one for ready, one in zip(batch.requests, scores, strict=True)}
        return _in_order(outcomes, prepared, len(requests))

    def prepared(
        self, requests: Sequence[Request], labels: Sequence[str]
    ) -> list[tuple[Batch, list[tuple[LabelTokens, ...]]]]:
        """Return what `score` computes: batches of the requests that can be read, and each row's labels.

        For measurements that are no answers, such as derivatives.
        """
        batches = self._preparer.prepare(requests, self._preparer.longest(labels)).batches
        return [
            (batch, [self._preparer.labels(ready, labels) for ready in batch.requests]) for batch in batches
        ]

    def close(self) -> None:
        """Let the weights go."""
        with self._computing:
            self._weights = None
            free_memory()

    def _score(
        self, batch: Batch, labels: Sequence[Sequence[LabelTokens]], steering: AttentionPlan | None
    ) -> list[Scores]:
        shared = None if steering else self._shared(batch)
        if shared:
            batch = laid_out(batch, shared)
        watch = SharesPlan(batch.codes, steering) if self.can.attention else None
        with self._computing, attention_plan(watch or steering):
            inputs = to_model(self.weights, batch.inputs)
            found = label_log_likelihoods(self.weights, inputs, labels, shared)
            attention: list[AttentionShares | None] = (
                [None] * len(labels) if watch is None else watch.result()
            )
        counts = [np.array([len(label) for label in row], dtype=np.int64) for row in labels]
        return [Scores(*row) for row in zip(found, counts, attention, strict=True)]

    def _shared(self, batch: Batch) -> Shared | None:
        """Find what the prompts of `batch` share, if the model can do with it."""
        shared = shared_beginnings(batch)
        if shared and self._can_share is None:
            with self._computing:
                self._can_share = shares(self.weights)
        return shared if self._can_share else None


def _in_order(
    outcomes: dict[int, _Outcome | Failure], prepared: Prepared, count: int
) -> list[_Outcome | Failure]:
    return [outcomes[index] if index in outcomes else prepared.failures[index] for index in range(count)]
