"""ESConv: emotional support chats between crowd workers, and FailedESConv, those that did not help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import BadRecord, Draft
from affectlab.counsel.data.fields import answered_turns, list_of, optional_text, text_of
from affectlab.models import Turn

_PERSON = frozenset({"seeker", "speaker", "usr"})
_SUPPORTER = frozenset({"supporter", "listener", "sys"})


def drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield every answer of one chat."""
    conversation = at.rpartition(" ")[2]
    topic = "/".join(
        filter(None, [optional_text(record, "emotion_type"), optional_text(record, "problem_type")])
    )
    for place, before, answer in answered_turns(_turns(record)):
        yield Draft(f"{conversation}-{place}", conversation, before, answer, at, topic=topic)


def failed_drafts(record: Any, at: str) -> Iterator[Draft]:
    """Yield every answer of one chat of FailedESConv; none of them is to be learnt from as good."""
    for draft in drafts(record, at):
        yield Draft(
            draft.name, draft.conversation, draft.turns, draft.answer, at, None, draft.topic, {"failed": True}
        )


def _turns(record: Any) -> Iterator[Turn]:
    for told in list_of(record, "dialog"):
        who = text_of(told, "speaker")
        words = optional_text(told, "content")
        if who not in _PERSON | _SUPPORTER:
            raise BadRecord(f"{who[:20]!r} speaks; expected seeker or supporter")
        if words:
            yield Turn("user" if who in _PERSON else "assistant", words)
