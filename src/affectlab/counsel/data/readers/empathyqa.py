"""Empathy-QA (arXiv 2509.14851), which is not released.

The paper names questions, descriptions, topics, subtopics and several answers to each; how the fields are
called is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import Draft
from affectlab.counsel.data.fields import list_of, optional_text, question_of, text_of


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield the answers to one question; an answer is text, or an object with `text` or `answer`."""
    turns = question_of(text_of(record, "question"), optional_text(record, "description"))
    question = optional_text(record, "id") or at
    topic = "/".join(filter(None, [optional_text(record, "topic"), optional_text(record, "subtopic")]))
    for place, answer in enumerate(list_of(record, "answers")):
        text = answer.strip() if isinstance(answer, str) else text_of(answer, "text", "answer")
        yield Draft(f"{question}-{place}", question, turns, text, at, topic=topic)
