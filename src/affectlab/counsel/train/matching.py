"""Contrastive training of the matcher: a question's own answer against the other answers of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer, TrainingArguments

from affectlab.counsel.train.arguments import common
from affectlab.counsel.train.scoring import embedded, padded
from affectlab.counsel.train.settings import RewardSettings


def matcher_trainer(
    model: Any, columns: list[dict[str, Any]], settings: RewardSettings, work: Path, pad: int
) -> MatcherTrainer:
    """Return the trainer of a matcher.

    Parameters
    ----------
    columns
        ``question`` and ``answer`` as token ids, and ``group``.
    work
        Folder of the checkpoints.
    pad
        Token that fills short rows.
    """
    arguments = TrainingArguments(
        **common(settings, work), remove_unused_columns=False, dataloader_drop_last=True, eval_strategy="no"
    )
    return MatcherTrainer(model, arguments, columns, collate=_Collator(pad), temperature=settings.temperature)


class MatcherTrainer(Trainer):  # type: ignore[misc]
    """InfoNCE (arXiv 1807.03748) from question to answer, other answers of the batch as negatives.

    Answers to the same question are no negatives of each other.
    """

    def __init__(
        self, model: Any, arguments: TrainingArguments, columns: Any, *, collate: Any, temperature: float
    ) -> None:
        super().__init__(model=model, args=arguments, train_dataset=columns, data_collator=collate)
        self._temperature = temperature
        self._right: list[float] = []

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], *_: Any, **__: Any) -> Tensor:
        """Return the mean loss of a batch, nats."""
        questions = embedded(model, inputs["question"], inputs["question_mask"])
        answers = embedded(model, inputs["answer"], inputs["answer_mask"])
        loss, right = contrast(questions, answers, inputs["group"], self._temperature)
        self._right.append(right)
        return loss

    def log(self, logs: dict[str, float], *rest: Any) -> None:
        """Add the share of questions whose own answer was closest."""
        if self._right:
            logs["accuracy"] = sum(self._right) / len(self._right)
            self._right = []
        super().log(logs, *rest)


def contrast(questions: Tensor, answers: Tensor, groups: Tensor, temperature: float) -> tuple[Tensor, float]:
    """Return the loss of a batch, and the share of questions whose own answer is closest.

    Parameters
    ----------
    questions, answers
        Normalised, shape (rows, width).
    groups
        Shape (rows,): equal where rows are of one question.
    temperature
        Of the softmax over cosines.
    """
    logits = questions @ answers.T / temperature
    same = (groups[:, None] == groups[None, :]) & ~torch.eye(
        len(groups), dtype=torch.bool, device=groups.device
    )
    logits = logits.masked_fill(same, torch.finfo(logits.dtype).min)
    own = torch.arange(len(groups), device=groups.device)
    right = (logits.argmax(dim=1) == own).float().mean()
    return torch.nn.functional.cross_entropy(logits, own), float(right)


class _Collator:
    """Pads questions and answers, and numbers the groups of a batch."""

    def __init__(self, pad: int) -> None:
        self._pad = pad

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        batch: dict[str, Tensor] = {}
        for name in ("question", "answer"):
            batch[name], batch[f"{name}_mask"] = padded([row[name] for row in rows], self._pad)
        codes: dict[str, int] = {}
        batch["group"] = torch.tensor([codes.setdefault(row["group"], len(codes)) for row in rows])
        return batch
