"""Running a benchmark: every question asked once, every answer kept as it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

from affectlab.bench.batches import Batch, plan_batches
from affectlab.bench.lanes import Lanes
from affectlab.bench.question import Question, Terms
from affectlab.bench.store import AnswerStore, Kept
from affectlab.errors import ModelError
from affectlab.models import Failure, Request

Progress = Callable[[int, int, int], None]
"""Told (questions answered, of how many, failed so far)."""


@dataclass(slots=True)
class Tally:
    """How far a run has come.

    Parameters
    ----------
    total
        Different questions of the run.
    answered
        Of them, those with an answer, kept from before or new; failures are answers.
    asked
        Questions put to the model in this process.
    failed
        Failures among the new answers.
    passing
        Failures that asking again may mend, by key; they are not kept.
    cancelled
        Whether the run was told to stop before its end.
    """

    total: int
    answered: int
    asked: int = 0
    failed: int = 0
    passing: dict[str, Kept] = field(default_factory=dict)
    cancelled: bool = False


def answer_all(
    asked: Sequence[Question],
    terms: Terms,
    lanes: Lanes,
    store: AnswerStore,
    *,
    stop: threading.Event,
    progress: Progress,
) -> Tally:
    """Ask what `store` does not know yet and keep the answers, batch by batch.

    Parameters
    ----------
    stop
        When set, no new batch is sent; those under way are waited for and kept.
    progress
        Told after each batch.

    Raises
    ------
    ModelError, DiskFull
        If the model or the disk gives out; what was answered before is kept.
    """
    known = store.keys()
    keys = {question.key for question in asked}
    tally = Tally(total=len(keys), answered=len(keys & known))
    progress(tally.answered, tally.total, tally.failed)
    send = lanes.start(terms)
    waiting: dict[Future[list[Kept]], Batch] = {}
    try:
        for batch in plan_batches(asked, lanes.model.batch_size, known):
            if stop.is_set():
                break
            waiting[send(_requests(batch))] = batch
            if len(waiting) > lanes.width:
                _collect(waiting, store, tally, progress)
        while waiting:
            _collect(waiting, store, tally, progress)
    except ModelError:
        # What the other batches under way bring is kept.
        for future in [one for one in waiting if one.exception() is None]:
            _keep(future.result(), waiting[future], store, tally, progress)
        raise
    tally.cancelled = tally.answered < tally.total
    return tally


def _requests(batch: Batch) -> tuple[Request, ...]:
    return tuple(question.request for question in batch)


def _collect(
    waiting: dict[Future[list[Kept]], Batch], store: AnswerStore, tally: Tally, progress: Progress
) -> None:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    future = done.pop()
    batch = waiting.pop(future)
    _keep(future.result(), batch, store, tally, progress)


def _keep(answers: list[Kept], batch: Batch, store: AnswerStore, tally: Tally, progress: Progress) -> None:
    pairs = [(question.key, kept) for question, kept in zip(batch, answers, strict=True)]
    tally.passing |= {key: kept for key, kept in pairs if _passing(kept)}
    store.keep((key, kept) for key, kept in pairs if not _passing(kept))
    tally.asked += len(pairs)
    tally.answered += len(pairs)
    tally.failed += sum(isinstance(kept.answer, Failure) for _, kept in pairs)
    progress(tally.answered, tally.total, tally.failed)


def _passing(kept: Kept) -> bool:
    return isinstance(kept.answer, Failure) and kept.answer.transient
