"""CPsyCoun: Chinese counselling dialogues that a language model made of case reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from affectlab.counsel.data.draft import BadRecord, Draft
from affectlab.counsel.data.fields import answered_turns, list_of, optional_text, text_of
from affectlab.models import Turn

_PERSON = frozenset({"client", "求助者", "来访者"})
_COUNSELLOR = frozenset({"counsellor", "counselor", "支持者", "咨询师"})


def drafts_d(record: Any, at: str) -> Iterator[Draft]:
    """Yield every answer of one dialogue of CPsyCounD."""
    told = [(text_of(turn, "role"), text_of(turn, "text")) for turn in list_of(record, "turns")]
    return _answers(told, optional_text(record, "id") or at, "", at)


def drafts_e(record: Any, at: str) -> Iterator[Draft]:
    """Yield every answer of one case of CPsyCounE, whose turns are lines like ``求助者：…``."""
    lines = [str(line).partition("：") for line in list_of(record, "dialogue")]
    told = [(who.strip(), words.strip()) for who, _, words in lines]
    topic = optional_text(record, "topic")
    return _answers(told, f"{topic}-{optional_text(record, 'id') or at}", topic, at)


def _answers(told: list[tuple[str, str]], conversation: str, topic: str, at: str) -> Iterator[Draft]:
    turns = [_turn(who, words) for who, words in told]
    for place, before, answer in answered_turns(turns):
        yield Draft(f"{conversation}-{place}", conversation, before, answer, at, topic=topic)


def _turn(who: str, words: str) -> Turn:
    if who in _PERSON:
        return Turn("user", words)
    if who in _COUNSELLOR:
        return Turn("assistant", words)
    raise BadRecord(f"{who[:20]!r} speaks; expected client or counsellor")
