"""What an arm answered to a held-out conversation, and the file that holds all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from affectlab.config import explain
from affectlab.errors import CounselError
from affectlab.files import writing
from affectlab.prompting.empathy import Chain, MalformedReply, parse, repair

FILE = "answers.jsonl"
Status = Literal["answered", "failed"]


class Given(BaseModel):
    """One answer.

    Parameters
    ----------
    id, group, language
        Of the row.
    arm
        Who answered.
    status
        "failed" where there is no answer at all; `problem` says why.
    text
        As it came, reasoning included.
    answer
        The words the person reads; where the layout is wrong, what could be mended, else all of it without
        its tags.
    chain
        The reasoning, where it could be read.
    faults
        What is wrong with the layout, by code; empty for a valid reply.
    asked
        Whether a layout was asked for at all.
    complete
        False where the answer was cut at the longest allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    group: str
    language: Literal["en", "zh"]
    arm: str
    status: Status = "answered"
    text: str = ""
    answer: str = ""
    chain: Chain | None = None
    faults: tuple[str, ...] = ()
    asked: bool = True
    complete: bool = True
    problem: str = ""


def read_reply(text: str, *, chain: bool) -> dict[str, Any]:
    """Return `answer`, `chain` and `faults` of a reply as a model wrote it."""
    try:
        reply = parse(text, chain=chain)
    except MalformedReply as error:
        codes = tuple(dict.fromkeys(fault.code for fault in error.faults))
        mended = repair(text, chain=chain) or repair(text)
        if mended is None:
            return {"answer": _plain(text), "faults": codes}
        return {"answer": mended[0].answer, "chain": mended[0].chain, "faults": codes}
    return {"answer": reply.answer, "chain": reply.chain}


def write_given(path: Path, given: Iterable[Given]) -> None:
    """Write one answer a line."""
    with writing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for one in given:
            file.write(one.model_dump_json() + "\n")


def read_given(path: Path) -> list[Given]:
    """Read the answers of a finished or stopped evaluation.

    Raises
    ------
    CounselError
        If there are none, or a line is damaged.
    """
    lines = _lines(path / FILE if path.is_dir() else path)
    found = []
    for number, line in lines:
        try:
            found.append(Given.model_validate(line))
        except ValidationError as error:
            raise CounselError(f"{path}, line {number}: {explain(error)}") from None
    if not found:
        raise CounselError(f"{path} holds no answers; make them: affectlab counsel evaluate run")
    return found


def read_texts(path: Path) -> Mapping[str, tuple[str, bool]]:
    """Read answers made elsewhere: row id to the words, and whether they are laid out as replies.

    Raises
    ------
    CounselError
        If the file cannot be read, or a line has no ``id`` with ``text`` or ``answer``.
    """
    found: dict[str, tuple[str, bool]] = {}
    for number, line in _lines(path):
        words = line.get("text", line.get("answer"))
        if not isinstance(line.get("id"), str) or not isinstance(words, str):
            raise CounselError(
                f"{path}, line {number}: expected an object with id and text, or id and answer"
            )
        if line["id"] in found:
            raise CounselError(f"{path}, line {number}: a second answer to {line['id']!r}; keep one")
        found[line["id"]] = words, "text" in line
    return found


def _lines(path: Path) -> Sequence[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CounselError(f"there is no {path}; make it: affectlab counsel evaluate run") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CounselError(f"{path} cannot be read: {error}") from error
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except ValueError as error:
            raise CounselError(f"{path}, line {number} is no JSON ({error})") from error
        if not isinstance(content, dict):
            raise CounselError(f"{path}, line {number} is no JSON object")
        found.append((number, content))
    return found


def _plain(text: str) -> str:
    """Take the tags of a reply out of words that cannot be read as one."""
    without = re.sub(r"<empathy_think>.*?</empathy_think>", "", text, flags=re.DOTALL)
    return re.sub(r"</?(?:empathy_think|L[1-4]|answer)>", "", without).strip()
