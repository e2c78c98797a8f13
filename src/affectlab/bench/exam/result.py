"""What the answer to one question of an exam comes to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from affectlab.bench.exam.asking import Asked
from affectlab.bench.exam.item import Exam, Item, Reading
from affectlab.bench.outcome import Status
from affectlab.bench.question import Question
from affectlab.bench.results import log_softmax
from affectlab.bench.store import AnswerStore, Kept
from affectlab.models import Failure, Generation, Scores


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A question with what the model made of it.

    Parameters
    ----------
    item, question
        What was asked.
    status
        "answered", "unparsed" or "failed".
    reading
        What an answer in words says; None for likelihoods and failures.
    prediction
        The label answered, or None.
    log_likelihoods
        Label to the natural logarithm of its words' likelihood; empty for answers in words.
    generation, failure
        The answer in words, or why there is none.
    seconds
        The question's share of its batch's time.
    """

    item: Item
    question: Question
    status: Status
    reading: Reading | None
    prediction: str | None
    log_likelihoods: Mapping[str, float]
    generation: Generation | None
    failure: Failure | None
    seconds: float

    @property
    def probabilities(self) -> Mapping[str, float]:
        """Probability of each label given that one of them is the answer; empty without likelihoods."""
        if not self.log_likelihoods:
            return {}
        shares = np.exp(log_softmax(np.array(list(self.log_likelihoods.values()))))
        return dict(zip(self.log_likelihoods, (shares / shares.sum()).tolist(), strict=True))

    def to_row(self) -> dict[str, Any]:
        """Return the result's row in ``answers.parquet``."""
        item, sample, reading = self.item, self.item.sample, self.reading or Reading(True)
        answer = self.generation
        return {
            "item": item.id,
            "sample": sample.id,
            "subset": sample.subset,
            "split": sample.split,
            "source": sample.groups["source"],
            "groups": _json(sample.groups),
            "task": item.task,
            "arm": item.arm,
            "status": self.status,
            "target": _json(item.truth),
            "prediction": self.prediction,
            "log_likelihoods": _json(self.log_likelihoods) if self.log_likelihoods else None,
            "probabilities": _json(self.probabilities) if self.log_likelihoods else None,
            "values": _json(reading.values),
            "notes": _json(reading.notes),
            "text": answer.text if answer else None,
            "complete": answer.complete if answer else None,
            "tokens": answer.tokens if answer else None,
            "failure_kind": self.failure.kind if self.failure else None,
            "failure": self.failure.message if self.failure else None,
            "details": _json({**sample.details, **item.details}),
        }


def results(exam: Exam, asked: Asked, store: AnswerStore) -> Iterator[Result]:
    """Yield the result of every item that has an answer, in the order they were asked in."""
    return _results(exam, asked.pairs, asked, store)


def _results(
    exam: Exam, pairs: Iterable[tuple[Item, Question]], asked: Asked, store: AnswerStore
) -> Iterator[Result]:
    for item, question in pairs:
        kept = asked.kept(question, store)
        if kept is not None:
            yield _result(exam, item, question, kept)


def _result(exam: Exam, item: Item, question: Question, kept: Kept) -> Result:
    answer, seconds = kept.answer, kept.seconds
    if isinstance(answer, Failure):
        return Result(item, question, "failed", None, None, {}, None, answer, seconds)
    if isinstance(answer, Scores):
        found = dict(zip(item.labels, answer.log_likelihoods.tolist(), strict=True))
        best = max(found, key=found.__getitem__)
        return Result(item, question, "answered", None, best, found, None, None, seconds)
    reading = exam.read(item, answer.text)
    status: Status = "answered" if reading.parsed else "unparsed"
    return Result(item, question, status, reading, reading.label, {}, answer, None, seconds)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(dict(content), ensure_ascii=False)
