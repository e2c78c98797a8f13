"""What an answer says about a sample."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.question import Question
from affectlab.bench.sample import Sample
from affectlab.bench.store import AnswerStore, Kept
from affectlab.bench.task import Task
from affectlab.models import AttentionShares, Failure, Generation, Scores

Status = Literal["answered", "unparsed", "failed"]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A sample with what the model made of it.

    Parameters
    ----------
    prediction
        Label, or None where there is no answer or it names no label.
    log_likelihoods
        Shape (n_labels,), of label scoring.
    text
        Of an answer in words.
    failure
        Why there is no answer.
    attention
        Where the model keeps it.
    seconds
        The question's share of its batch's time.
    tokens, complete
        Of an answer in words: its length, and whether it ended by itself.
    """

    sample: Sample
    question: Question
    status: Status
    prediction: str | None
    log_likelihoods: NDArray[np.float64] | None
    text: str | None
    failure: Failure | None
    attention: AttentionShares | None
    seconds: float
    tokens: int = 0
    complete: bool = True

    @property
    def probabilities(self) -> NDArray[np.float64] | None:
        """Softmax of the log-likelihoods: the labels' probabilities, given that one of them is the answer."""
        if self.log_likelihoods is None:
            return None
        shares = np.exp(self.log_likelihoods - self.log_likelihoods.max())
        return np.asarray(shares / shares.sum())

    def to_row(self, labels: Iterable[str]) -> dict[str, Any]:
        """Return the sample's row in the result table."""
        sample = self.sample
        probabilities = self.probabilities
        return {
            "id": sample.id,
            "subset": sample.subset,
            "split": sample.split,
            "source": sample.groups["source"],
            "groups": json.dumps(dict(sample.groups), ensure_ascii=False),
            "label": sample.label,
            "target": [float(sample.target.get(label, 0.0)) for label in labels],
            "status": self.status,
            "prediction": self.prediction,
            "log_likelihoods": None if self.log_likelihoods is None else self.log_likelihoods.tolist(),
            "probabilities": None if probabilities is None else probabilities.tolist(),
            "text": self.text,
            "failure_kind": self.failure.kind if self.failure else None,
            "failure": self.failure.message if self.failure else None,
            "details": json.dumps(dict(sample.details), ensure_ascii=False),
        }


def outcomes(
    task: Task,
    pairs: Iterable[tuple[Sample, Question]],
    store: AnswerStore,
    passing: Mapping[str, Kept],
) -> Iterator[Outcome]:
    """Yield the outcome of each sample that has been answered, in the order of the samples."""
    labels = tuple(task.labels)
    for sample, question in pairs:
        kept = store.get(question.key) or passing.get(question.key)
        if kept is not None:
            yield _outcome(task, labels, sample, question, kept)


def _outcome(task: Task, labels: tuple[str, ...], sample: Sample, question: Question, kept: Kept) -> Outcome:
    answer, seconds = kept.answer, kept.seconds
    if isinstance(answer, Failure):
        return Outcome(sample, question, "failed", None, None, None, answer, None, seconds)
    if isinstance(answer, Scores):
        best = labels[int(np.argmax(answer.log_likelihoods))]
        scores, attention = answer.log_likelihoods, answer.attention
        return Outcome(sample, question, "answered", best, scores, None, None, attention, seconds)
    return _worded(task, sample, question, answer, seconds)


def _worded(task: Task, sample: Sample, question: Question, answer: Generation, seconds: float) -> Outcome:
    label = task.read(answer.text)
    status: Status = "unparsed" if label is None else "answered"
    return Outcome(
        sample,
        question,
        status,
        label,
        None,
        answer.text,
        None,
        None,
        seconds,
        tokens=answer.tokens,
        complete=answer.complete,
    )
