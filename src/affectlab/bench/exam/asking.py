"""Putting the questions of an exam, round by round: what an answer leads to is asked in the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from affectlab.bench.exam.item import Exam, Item
from affectlab.bench.lanes import Lanes
from affectlab.bench.question import Question, Terms, asking
from affectlab.bench.runner import Progress, Tally, answer_all
from affectlab.bench.store import AnswerStore, Kept
from affectlab.models import Failure

TermsOf = Callable[[Item], Terms]
"""The terms under which an item is asked; items of equal terms share their batches."""


@dataclass(slots=True)
class Asked:
    """What became of the questions of an exam.

    Parameters
    ----------
    pairs
        Every item that has an answer, with its question, in the order they were asked in.
    passing
        Failures that asking again may mend, by key.
    total, answered, asked
        Different questions, those with an answer, and those put to the model now.
    cancelled
        Whether it was told to stop before the end.
    """

    pairs: list[tuple[Item, Question]] = field(default_factory=list)
    passing: dict[str, Kept] = field(default_factory=dict)
    total: int = 0
    answered: int = 0
    asked: int = 0
    failed: int = 0
    cancelled: bool = False

    def kept(self, question: Question, store: AnswerStore) -> Kept | None:
        """Return the answer to `question`, None where there is none."""
        return store.get(question.key) or self.passing.get(question.key)


def ask_exam(
    exam: Exam,
    items: Sequence[Item],
    terms_of: TermsOf,
    lanes: Lanes,
    store: AnswerStore,
    *,
    stop: threading.Event,
    progress: Progress,
) -> Asked:
    """Ask `items` and whatever their answers lead to.

    Raises
    ------
    ModelError, DiskFull
        If the model or the disk gives out; what was answered before is kept.
    """
    asked = Asked()
    while items:
        found = list(_round(items, terms_of, lanes, store, asked, stop=stop, progress=progress))
        asked.pairs += found
        items = [] if asked.cancelled else _next(exam, found, asked, store)
    return asked


def _round(
    items: Sequence[Item],
    terms_of: TermsOf,
    lanes: Lanes,
    store: AnswerStore,
    asked: Asked,
    *,
    stop: threading.Event,
    progress: Progress,
) -> Iterator[tuple[Item, Question]]:
    """Ask one round and yield the items that have an answer, in order."""
    alike: dict[bytes, list[int]] = {}
    terms: dict[bytes, Terms] = {}
    for place, item in enumerate(items):
        own = terms_of(item)
        alike.setdefault(own.digest(), []).append(place)
        terms[own.digest()] = own
    questions: dict[int, Question] = {}
    for digest, places in alike.items():
        put = asking((items[place].request for place in places), terms[digest])
        questions |= dict(zip(places, put, strict=True))
        before = asked.answered, asked.total, asked.failed
        tally = answer_all(put, terms[digest], lanes, store, stop=stop, progress=_after(before, progress))
        _count(asked, tally)
    there = store.keys() | asked.passing.keys()
    for place, item in enumerate(items):
        if questions[place].key in there:
            yield item, questions[place]


def _after(before: tuple[int, int, int], progress: Progress) -> Progress:
    """Report counts on top of those of earlier groups."""

    def report(answered: int, total: int, failed: int) -> None:
        progress(before[0] + answered, before[1] + total, before[2] + failed)

    return report


def _count(asked: Asked, tally: Tally) -> None:
    asked.total += tally.total
    asked.answered += tally.answered
    asked.asked += tally.asked
    asked.failed += tally.failed
    asked.passing |= tally.passing
    asked.cancelled = asked.cancelled or tally.cancelled


def _next(exam: Exam, found: Sequence[tuple[Item, Question]], asked: Asked, store: AnswerStore) -> list[Item]:
    following = []
    for item, question in found:
        kept = asked.kept(question, store)
        if kept is None or isinstance(kept.answer, Failure):
            continue
        after = exam.follow_up(item, kept.answer)
        if after is not None:
            following.append(after)
    return following
