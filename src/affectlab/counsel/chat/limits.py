"""How much of a conversation is taken, and what is dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from affectlab.counsel.chat.config import ChatSettings
from affectlab.errors import CounselError
from affectlab.models import Turn


def accepted(turns: Sequence[Turn], settings: ChatSettings) -> tuple[Turn, ...]:
    """Return `turns` as they can be answered; characters that no text may hold become question marks.

    Raises
    ------
    CounselError
        If there is nothing to answer, or a message is too long.
    """
    if not turns or turns[-1].role != "user":
        raise CounselError("the last message must be the person's; end the conversation with a user message")
    longest = max(len(turn.text) for turn in turns)
    if longest > settings.longest_message:
        raise CounselError(
            f"a message has {longest:,} characters; at most {settings.longest_message:,} are read: shorten it"
        )
    clean = tuple(replace(turn, text=_clean(turn.text)) for turn in turns)
    if not clean[-1].text.strip():
        raise CounselError("the last message is empty; say something")
    return clean


def kept(turns: Sequence[Turn], settings: ChatSettings) -> tuple[Turn, ...]:
    """Return the newest turns within the limits, the oldest dropped in pairs."""
    left = tuple(turns)
    while len(left) > 1 and (
        len(left) > settings.max_turns or sum(len(turn.text) for turn in left[:-1]) > settings.max_characters
    ):
        left = shorter(left)
    return left


def shorter(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Drop the oldest pair of turns, and never the last turn."""
    return turns[min(2, len(turns) - 1) :]


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")
