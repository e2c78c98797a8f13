"""CounselChat: questions of the public, answers of therapists, votes of readers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import Draft
from affectlab.counsel.data.fields import count_of, optional_text, question_of, text_of


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield the answer of one row; the set's own split is not used, for it tears questions apart."""
    question = optional_text(record, "questionID") or text_of(record, "questionTitle")
    turns = question_of(optional_text(record, "questionTitle"), optional_text(record, "questionText"))
    yield Draft(
        name=f"{question}-{at.rpartition(' ')[2]}",
        conversation=question,
        turns=turns,
        answer=text_of(record, "answerText"),
        at=at,
        votes=count_of(record, "upvotes"),
        topic=optional_text(record, "topic", "topics"),
    )
