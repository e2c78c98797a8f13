"""Held-out rows, and models that counsel, choose and grade by a rule, for tests of judging."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from affectlab.counsel.data.files import write_lines
from affectlab.counsel.rows import CounselRow, Language, Split
from affectlab.models import Capabilities, Failure, Generation, Identity, Request, Sampling, Scores, Turn
from affectlab.prompting.empathy import Chain, Reply

_WORDS: tuple[tuple[Language, str, str], ...] = (
    ("en", "I feel low, case {}.", "You sound tired of case {}. What helps you?"),
    ("zh", "我很难过，第{}件事。", "听起来第{}件事让你很累。什么能帮到你？"),
)
_SPLITS: tuple[Split, ...] = ("test", "train")

Say = Callable[[Request, Sampling], str]


def held_out_rows(number: int = 4) -> list[CounselRow]:
    """Make conversations in both languages, and as many of the training split."""
    return [
        CounselRow(
            id=f"{split}-{language}-{place}",
            source="toy",
            group=f"{split}-g{place}",
            language=language,
            turns=(Turn("user", question.format(place)),),
            split=split,
            answer=answer.format(place),
        )
        for place in range(number)
        for language, question, answer in _WORDS
        for split in _SPLITS
    ]


def rows_file(folder: Path, number: int = 4) -> Path:
    """Write them."""
    write_lines(folder / "rows.jsonl", held_out_rows(number))
    return folder / "rows.jsonl"


def laid_out(answer: str, mark: str = "") -> str:
    """Return a valid reply whose layers speak of `mark`."""
    return Reply(
        answer, Chain(*(f"{name} of {mark}" for name in ("sad", "loss", "comfort", "listen")))
    ).text()


class Speaker:
    """Says what a rule says; with `logits` the word said is the likeliest label."""

    batch_size, lanes = 4, 1

    def __init__(self, say: Say, *, name: str = "toy:speaker", logits: bool = False) -> None:
        self.identity = Identity(name, "1", {})
        self.can = Capabilities(logits=logits)
        self._say = say
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self.asked += requests
        return [Generation(self._say(request, sampling)) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        self.asked += requests
        rows = []
        for request in requests:
            said = self._say(request, Sampling())
            shares = [0.9 if label == said else 0.1 / (len(labels) - 1) for label in labels]
            rows.append(Scores(np.log(shares), np.ones(len(labels), dtype=np.int64)))
        return rows

    def close(self) -> None:
        """Nothing to give back."""
