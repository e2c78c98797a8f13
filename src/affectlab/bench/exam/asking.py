"""Putting the questions of an exam, round by round: what an answer leads to is asked in the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from affectlab.bench.exam.item import Exam, Item
from affectlab.bench.exam.making import Made, portions
from affectlab.bench.lanes import Lanes
from affectlab.bench.question import Question, Terms, asking
from affectlab.bench.runner import Progress, Tally, answer_all
from affectlab.bench.store import AnswerStore, Kept
from affectlab.models import Failure

_BATCHES_AHEAD = 2
"""Batches for each lane whose questions are made together, where making them takes time. Ours."""

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
    alike: dict[bytes, list[tuple[int, Item]]] = {}
    terms: dict[bytes, Terms] = {}
    for place, item in enumerate(items):
        own = terms_of(item)
        alike.setdefault(own.digest(), []).append((place, item))
        terms[own.digest()] = own
    size = _BATCHES_AHEAD * lanes.model.batch_size * lanes.width
    put: dict[int, tuple[Item, Question]] = {}
    for digest, places in alike.items():
        for portion in portions(places, size, stop):
            questions = asking((one.item.request for one in portion), terms[digest])
            pairs = list(zip(portion, questions, strict=True))
            put |= {one.place: (one.item, question) for one, question in pairs}
            _count_unmade(asked, pairs)
            told = _after(asked, len(items) - len(put), progress)
            able = [question for one, question in pairs if one.failure is None]
            _count(asked, answer_all(able, terms[digest], lanes, store, stop=stop, progress=told))
    asked.cancelled = asked.cancelled or len(put) < len(items)
    there = store.keys() | asked.passing.keys()
    for place in range(len(items)):
        if place in put and put[place][1].key in there:
            yield put[place]


def _after(asked: Asked, rest: int, progress: Progress) -> Progress:
    """Report counts on top of those so far, with the `rest` of the round in the total."""
    before = asked.answered, asked.total + rest, asked.failed

    def report(answered: int, total: int, failed: int) -> None:
        progress(before[0] + answered, before[1] + total, before[2] + failed)

    return report


def _count_unmade(asked: Asked, pairs: Sequence[tuple[Made, Question]]) -> None:
    """Count questions that could not be made as failed."""
    unmade = {question.key: Kept(one.failure, 0.0) for one, question in pairs if one.failure is not None}
    asked.passing |= unmade
    asked.total += len(unmade)
    asked.answered += len(unmade)
    asked.asked += len(unmade)
    asked.failed += len(unmade)


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
