"""Judges that decide by a rule, to test what is made of their verdicts."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence

import numpy as np

from affectlab.models import Capabilities, Failure, Generation, Identity, Media, Request, Sampling, Scores

Rule = Callable[[str, str, Request], str]
"""From the first answer, the second one and the request to "1", "2" or "tie"."""


class RuleJudge:
    """Chooses by a rule; rates an answer by how many of the words "good" are in it.

    Parameters
    ----------
    logits
        Answers by likelihoods, else in words.
    sees
        Takes images.
    """

    batch_size, lanes = 4, 1

    def __init__(
        self, rule: Rule, *, logits: bool = False, sees: bool = True, name: str = "toy:judge"
    ) -> None:
        self.identity = Identity(name, "1", {})
        self.can = Capabilities(image=sees, logits=logits)
        self._rule = rule
        self.asked: list[Request] = []
        self._lock = threading.Lock()

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        self._note(requests)
        rows = []
        for request in requests:
            wanted = self.decide(request)
            likely = np.log([0.9 if label == wanted else 0.1 / (len(labels) - 1) for label in labels])
            rows.append(Scores(likely, np.ones(len(labels), dtype=np.int64)))
        return rows

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self._note(requests)
        return [Generation(self._words(request)) for request in requests]

    def close(self) -> None:
        """Nothing to give back."""

    def decide(self, request: Request) -> str:
        found = answers(request)
        if len(found) == 1:
            return str(min(5, 1 + found[0].count("good")))
        return self._rule(*found, request)

    def _words(self, request: Request) -> str:
        key = "SCORE" if len(answers(request)) == 1 else "VERDICT"
        if f"{key}:" in str(request.parts[-1]):
            return f"It is so.\n{key}: {self.decide(request)}"
        return "It is so."

    def _note(self, requests: Sequence[Request]) -> None:
        with self._lock:
            self.asked += requests


def answers(request: Request) -> list[str]:
    """Return the answers that a request shows, in their places."""
    return re.findall(r"=== (?:Answer|回答) ?\d? ===\n(.*?)\n===", request.text, re.DOTALL)


def images(request: Request) -> list[str]:
    return [part.sha256 for part in request.parts if isinstance(part, Media)]


def better(word: str) -> Rule:
    """Prefer the answer with more of `word`, whatever its place."""

    def rule(first: str, second: str, _: Request) -> str:
        one, other = first.count(word), second.count(word)
        return "tie" if one == other else ("1" if one > other else "2")

    return rule


def always(place: str) -> Rule:
    return lambda *_: place


def longer(first: str, second: str, _: Request) -> str:
    return "1" if len(first) > len(second) else "2"
