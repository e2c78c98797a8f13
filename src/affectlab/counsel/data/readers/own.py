"""Data of your own: JSON Lines of counselling rows, or of questions and answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import BadRecord, Draft
from affectlab.counsel.data.fields import count_of, joined, list_of, optional_text, question_of, text_of
from affectlab.models import Turn


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield one row: `answer`, with `question` or `turns`; `id`, `group`, `votes`, `topic` if there are."""
    answer = text_of(record, "answer")
    turns = _turns(record) if "turns" in record else question_of(text_of(record, "question"))
    name = optional_text(record, "id") or at.rpartition(":")[2]
    yield Draft(
        name=name,
        conversation=optional_text(record, "group") or _digest(turns[0].text),
        turns=turns,
        answer=answer,
        at=at,
        votes=count_of(record, "votes"),
        topic=optional_text(record, "topic"),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _turns(record: Any) -> tuple[Turn, ...]:
    turns = joined(_turn(told) for told in list_of(record, "turns"))
    if turns[-1].role != "user":
        raise BadRecord("its last turn is not the person's; expected role 'user'")
    return tuple(turns)


def _turn(told: Any) -> Turn:
    role = text_of(told, "role")
    if role not in {"user", "assistant"}:
        raise BadRecord(f"role is {role[:20]!r}; expected user or assistant")
    return Turn("user" if role == "user" else "assistant", text_of(told, "text"))
