"""Scores of answers: by a Bradley–Terry model, or by how well an answer matches its question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch import Tensor

from affectlab.counsel.train.tokens import Tokens
from affectlab.models import Request, Turn
from affectlab.prompting.empathy import conversation

Turns = Sequence[Turn]


class Scorer(Protocol):
    """Scores answers to conversations."""

    def __call__(self, turns: Turns, answers: Sequence[str]) -> list[float]:
        """Return the score of each of several answers to one conversation; higher is better."""
        ...

    def paired(self, conversations: Sequence[Turns], answers: Sequence[str]) -> list[float]:
        """Return the score of each answer to its own conversation."""
        ...


class BradleyTerryScorer:
    """The score that a model gives the last token of a conversation with its answer."""

    def __init__(self, model: Any, tokens: Tokens, batch: int) -> None:
        self._model, self._tokens, self._batch = model, tokens, batch

    def __call__(self, turns: Turns, answers: Sequence[str]) -> list[float]:
        return self.paired([turns] * len(answers), answers)

    def paired(self, conversations: Sequence[Turns], answers: Sequence[str]) -> list[float]:
        """Return log-odds up to a constant: a difference of 0 means that neither answer is preferred."""
        rows = [
            answered(self._tokens, turns, answer)
            for turns, answer in zip(conversations, answers, strict=True)
        ]
        found: list[float] = []
        with inferring(self._model):
            for ids, mask in _batches(self._model, rows, self._batch):
                logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits
                found += logits[:, 0].float().tolist()
        return found


class MatcherScorer:
    """The cosine of a question's and an answer's mean-pooled states, as the paper's reward has it."""

    def __init__(self, model: Any, tokens: Tokens, batch: int) -> None:
        self._model, self._tokens, self._batch = model, tokens, batch

    def __call__(self, turns: Turns, answers: Sequence[str]) -> list[float]:
        return self.paired([turns] * len(answers), answers)

    def paired(self, conversations: Sequence[Turns], answers: Sequence[str]) -> list[float]:
        """Return cosines in [-1, 1]."""
        questions = self._embedded([turns[-1].text for turns in conversations])
        return [float(one) for one in (questions * self._embedded(answers)).sum(dim=1)]

    def _embedded(self, texts: Sequence[str]) -> Tensor:
        different = list(dict.fromkeys(texts))
        rows = [self._tokens.words(text) or (self._tokens.end,) for text in different]
        with inferring(self._model):
            parts = [embedded(self._model, *batch) for batch in _batches(self._model, rows, self._batch)]
        places = {text: place for place, text in enumerate(different)}
        return torch.cat(parts)[[places[text] for text in texts]]


def answered(tokens: Tokens, turns: Turns, answer: str) -> tuple[int, ...]:
    """Return a conversation with an answer as tokens: no instruction, no reasoning, no tags."""
    _, earlier, last = conversation(turns, "en")
    prompt = tokens.prompt(Request((last,), "", earlier))
    return (*prompt, *tokens.words(answer), tokens.end)


def embedded(model: Any, ids: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over the tokens of the last states, normalised: shape (rows, width), float32."""
    states = model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state.float()
    weights = mask.unsqueeze(-1).float()
    return torch.nn.functional.normalize((states * weights).sum(dim=1) / weights.sum(dim=1), dim=-1)


def padded(rows: Sequence[Sequence[int]], fill: int = 0) -> tuple[Tensor, Tensor]:
    """Return `rows` padded on the right, and the mask that is 1 on their tokens."""
    longest = max(len(row) for row in rows)
    ids = torch.tensor([[*row, *[fill] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask


class inferring(AbstractContextManager[None]):  # noqa: N801
    """Evaluation mode, no gradients, and bfloat16 where the base is held in it."""

    def __init__(self, model: Any) -> None:
        self._model, self._training = model, model.training
        base = next(model.parameters())
        self._stack = (
            torch.inference_mode(),
            torch.autocast(base.device.type, torch.bfloat16, enabled=base.dtype == torch.bfloat16),
        )

    def __enter__(self) -> None:
        self._model.eval()
        for one in self._stack:
            one.__enter__()

    def __exit__(self, *error: Any) -> None:
        for one in reversed(self._stack):
            one.__exit__(*error)
        self._model.train(self._training)


def _batches(model: Any, rows: Sequence[Sequence[int]], size: int) -> Iterator[tuple[Tensor, Tensor]]:
    pad = model.config.pad_token_id or 0
    for start in range(0, len(rows), size):
        ids, mask = padded(rows[start : start + size], pad)
        yield ids.to(model.device), mask.to(model.device)
