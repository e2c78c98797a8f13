"""Questions that differ in what may be answered, and how their answers are read.

A `affectlab.bench.task.Task` asks one question, with one set of labels, about every sample. An exam asks any
number of questions about each: in several arms (prompts, conditions), with labels of the sample's own, for
numbers, or for words that a judge will read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from affectlab.bench.sample import Sample
from affectlab.models import Generation, Request, Scores


@dataclass(frozen=True, slots=True)
class ExamChoice:
    """What of an exam a run asks.

    Parameters
    ----------
    tasks, arms
        By name; those that the exam asks by itself when empty.
    seed
        Of whatever the exam draws, such as shuffled profiles.
    pool
        Every sample of the data set, asked about or not, for exams that show some of them as examples.
    units
        Most readers or groups that one event is asked for, drawn with the seed; all when None.
    """

    tasks: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    seed: int = 0
    pool: tuple[Sample, ...] = ()
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question about one sample.

    Parameters
    ----------
    id
        Unique in its run, safe in file names.
    sample
        What is asked about.
    task, arm
        Which part of the exam, and in which way it is asked.
    request
        The question.
    labels
        Label to the words that name it to the model; empty where the answer is no label.
    scored
        Ask for the likelihood of each label and not for words.
    max_tokens
        Longest answer in words.
    target
        The truth, label to probability; the sample's own when None.
    details
        JSON-ready facts about the question.
    later
        Makes the question and more details when its turn comes, where making it takes time; until then
        `request` holds the media that it is made from.
    """

    id: str
    sample: Sample
    task: str
    arm: str
    request: Request
    labels: Mapping[str, str] = field(default_factory=dict)
    scored: bool = False
    max_tokens: int = 32
    target: Mapping[str, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    later: Callable[[], tuple[Request, Mapping[str, Any]]] | None = None

    def ready(self) -> Item:
        """Return the item with its question made.

        Raises
        ------
        AffectlabError
            Whatever keeps the question from being made, such as a file that is gone.
        """
        if self.later is None:
            return self
        request, details = self.later()
        return replace(self, request=request, details={**self.details, **details}, later=None)

    @property
    def truth(self) -> Mapping[str, float]:
        """Label to probability; empty where the question has no labels."""
        if not self.labels:
            return {}
        return self.sample.target if self.target is None else self.target


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer in words says.

    Parameters
    ----------
    parsed
        Whether it could be read at all; what could not counts as wrong.
    label
        The label it names, where labels were asked for.
    values
        Numbers it names, such as valence.
    notes
        JSON-ready: whatever else was read, such as regions, or why it could not be.
    """

    parsed: bool
    label: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


class Exam(Protocol):
    """How samples become questions and answers become readings."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever the same sample would be asked differently."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Everything that changes what is asked, JSON-ready."""
        ...

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask about `samples`; with `scoring` the model gives likelihoods of labels."""
        ...

    def read(self, item: Item, text: str) -> Reading:
        """Read an answer in words."""
        ...

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """Return the question that this answer leads to, None where it is the last."""
        ...
