"""PsyQA: questions and long answers from a Chinese forum (agreement-bound; a sample is public)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import Draft
from affectlab.counsel.data.fields import list_of, optional_text, question_of, text_of


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield the answers to one question."""
    turns = question_of(text_of(record, "question"), optional_text(record, "description"))
    question = str(record.get("questionID", at))
    for place, answer in enumerate(list_of(record, "answers")):
        yield Draft(
            name=f"{question}-{place}",
            conversation=question,
            turns=turns,
            answer=text_of(answer, "answer_text"),
            at=at,
            topic=optional_text(record, "keywords"),
        )
