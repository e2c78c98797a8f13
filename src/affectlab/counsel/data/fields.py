"""Take fields out of records, or say in one line what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectlab.counsel.data.draft import BadRecord
from affectlab.models import Turn


def text_of(record: Any, *names: str) -> str:
    """Return the text under the first of `names` that is there and is not blank.

    Raises
    ------
    BadRecord
        If there is none.
    """
    found = optional_text(record, *names)
    if not found:
        raise BadRecord(f"it has no {' or '.join(names)}; expected text")
    return found


def optional_text(record: Any, *names: str) -> str:
    """Return the text under the first of `names` that is there and is not blank, else ""."""
    if not isinstance(record, Mapping):
        raise BadRecord(f"it is {_kind(record)}; expected an object with {', '.join(names)}")
    found = (record.get(name) for name in names)
    return next((text.strip() for text in found if isinstance(text, str) and text.strip()), "")


def list_of(record: Any, name: str) -> Sequence[Any]:
    """Return the list under `name`.

    Raises
    ------
    BadRecord
        If there is none, or it is empty.
    """
    found = record.get(name) if isinstance(record, Mapping) else None
    if not isinstance(found, list) or not found:
        raise BadRecord(f"it has no {name}; expected a list that is not empty")
    return found


def count_of(record: Mapping[str, Any], name: str) -> int | None:
    """Return the whole number under `name`, None where there is none.

    Raises
    ------
    BadRecord
        If it is something else.
    """
    found = record.get(name)
    if found in {None, ""}:
        return None
    try:
        return int(str(found))
    except ValueError:
        raise BadRecord(f"{name} is {str(found)[:20]!r}; expected a whole number") from None


def question_of(*texts: str) -> tuple[Turn, ...]:
    """Return a title and what is written under it as one turn; a title that begins the rest is left out."""
    title, *rest = [text.strip() for text in texts if text.strip()] or [""]
    if not title:
        raise BadRecord("it has no question; expected text")
    body = "\n".join(rest)
    return (Turn("user", body if body.startswith(title) else "\n".join(filter(None, [title, body]))),)


def answered_turns(turns: Iterable[Turn]) -> Iterable[tuple[int, tuple[Turn, ...], str]]:
    """Yield each answer of a conversation: its number, the turns before it, and what it says.

    Turns of one side in a row are one turn. What a counsellor says first, to nobody's words, is no answer.
    """
    told = joined(turns)
    for place, turn in enumerate(told):
        if turn.role == "assistant" and place > 0:
            yield place, tuple(told[:place]), turn.text


def joined(turns: Iterable[Turn]) -> list[Turn]:
    """Return the turns with those of one side in a row joined by line breaks."""
    told: list[Turn] = []
    for turn in turns:
        if told and told[-1].role == turn.role:
            told[-1] = Turn(turn.role, f"{told[-1].text}\n{turn.text}")
        else:
            told.append(turn)
    return told


def _kind(record: Any) -> str:
    return "null" if record is None else f"a {type(record).__name__}"
