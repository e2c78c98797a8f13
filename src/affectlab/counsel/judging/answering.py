"""Answers of every arm to every held-out conversation, made or read, and kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectlab.bench.runner import Progress
from affectlab.counsel.judging.arms import REFERENCE, Arm
from affectlab.counsel.judging.asking import Asker, opened_store
from affectlab.counsel.judging.given import Given, read_reply, read_texts
from affectlab.counsel.rows import CounselRow
from affectlab.errors import CounselError
from affectlab.models import Failure, Generation, Model, ModelOptions, Sampling, load_model
from affectlab.prompting.empathy import conversation

TASK = ("counsel", "1")
LONGEST = 768
"""Tokens of a reply, reasoning included; ours."""


@contextmanager
def opened(arm: Arm, folder: Path, model: Model | None, options: ModelOptions) -> Iterator[Asker]:
    """Open an arm's model, or take `model`, which stays open, with the store of `folder`."""
    own = model or load_model(arm.model, arm.options(options))
    try:
        with opened_store(folder) as store:
            yield Asker(own, store)
    finally:
        if model is None:
            own.close()


def answered(
    arm: Arm, rows: Sequence[CounselRow], asker: Asker, sampling: Sampling | None = None
) -> list[Given]:
    """Let a model answer `rows`; those it was stopped before are missing."""
    requests = [conversation(row.turns, row.language, arm.chain).request() for row in rows]
    found = asker.words(requests, sampling or Sampling(LONGEST), TASK)
    return [given(row, arm, answer) for row, answer in zip(rows, found, strict=True) if answer is not None]


def given(row: CounselRow, arm: Arm, answer: object) -> Given:
    """Return what a model said to a row."""
    about: dict[str, Any] = {"id": row.id, "group": row.group, "language": row.language, "arm": arm.name}
    if isinstance(answer, Generation):
        read = read_reply(answer.text, chain=arm.chain)
        return Given(**about, text=answer.text, complete=answer.complete, **read)
    problem = answer.message if isinstance(answer, Failure) else "no answer in words"
    return Given(**about, status="failed", problem=problem)


def read_answers(arm: Arm, file: Path, rows: Sequence[CounselRow]) -> list[Given]:
    """Read an arm's answers from a file.

    Raises
    ------
    CounselError
        If the file cannot be read, or answers none of the rows.
    """
    texts = read_texts(file)
    found = []
    for row in rows:
        if row.id in texts:
            words, laid_out = texts[row.id]
            read = read_reply(words, chain=arm.chain) if laid_out else {"answer": words}
            about: dict[str, Any] = {
                "id": row.id,
                "group": row.group,
                "language": row.language,
                "arm": arm.name,
            }
            found.append(Given(**about, text=words, asked=laid_out, **read))
    if not found:
        raise CounselError(f"{file} answers none of the {len(rows)} rows; check its ids")
    return found


def references(rows: Sequence[CounselRow]) -> list[Given]:
    """Return the rows' own answers as an arm."""
    return [
        Given(
            id=row.id,
            group=row.group,
            language=row.language,
            arm=REFERENCE,
            text=row.answer,
            answer=row.answer,
            asked=False,
        )
        for row in rows
    ]


def watched(asker: Asker, stop: threading.Event, progress: Progress) -> Asker:
    """Return `asker` with an event that stops it and somebody to tell."""
    asker.stop, asker.progress = stop, progress
    return asker
