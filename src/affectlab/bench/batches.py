"""Which questions are asked together."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import groupby

from affectlab.bench.question import Question
from affectlab.models import Quote, Request

Batch = tuple[Question, ...]


def plan_batches(asked: Sequence[Question], size: int, answered: Set[str]) -> list[Batch]:
    """Put questions with the same media, about the same words and of like length together, the longest first.

    Questions without media that quote the same words after the same instructions follow each other, at the
    place of the longest of them, so that a model need read those words once.

    The plan is made for all questions and what is answered is left out of it afterwards, so a resumed run
    asks in the very batches of an uninterrupted one: padding, and with it the last digits of a likelihood,
    depends on what shares a batch.

    Parameters
    ----------
    asked
        In any order; a question that occurs more than once is asked once.
    size
        Most questions in a batch, at least 1.
    answered
        Keys that need no asking.
    """
    unique = sorted({question.key: question for question in asked}.values(), key=_order)
    plan = [batch for _, alike in groupby(unique, key=_media) for batch in _batched(list(alike), size)]
    left = (tuple(question for question in batch if question.key not in answered) for batch in plan)
    return [batch for batch in left if batch]


def _batched(alike: list[Question], size: int) -> list[Batch]:
    about: dict[tuple[object, ...], list[Question]] = {}
    for question in alike:
        about.setdefault(_beginning(question), []).append(question)
    ordered = [question for questions in about.values() for question in questions]
    return [tuple(ordered[start : start + size]) for start in range(0, len(ordered), size)]


def _media(question: Question) -> tuple[str, ...]:
    return tuple(sorted(question.request.kinds))


def _beginning(question: Question) -> tuple[object, ...]:
    """Return what is said up to the end of the first quotation; of a question that shares none its key."""
    request = question.request
    quoted = [place for place, part in enumerate(request.parts) if isinstance(part, Quote)]
    if request.kinds or not quoted:
        return (question.key,)
    return request.system, request.earlier, Request(request.parts[: quoted[0] + 1]).text


def _order(question: Question) -> tuple[int, tuple[str, ...], int, str]:
    media = _media(question)
    return -len(media), media, -len(question.request.text), question.key
