"""Let a teacher model write the reasoning between questions and human answers, and keep what holds."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from affectlab.counsel.data.annotations import (
    ANNOTATIONS,
    Annotation,
    digest_of,
    kept_decisions,
    read_annotations,
    rewrite_annotations,
    with_chains,
)
from affectlab.counsel.data.files import ROWS, read_rows, write_lines
from affectlab.counsel.data.support import support_of
from affectlab.counsel.data.teaching import chain_of, grammar_for, request_for
from affectlab.counsel.rows import CounselRow, Split
from affectlab.errors import CounselError
from affectlab.files import translated
from affectlab.models import Constrained, Failure, Generation, Model, ModelOptions, Sampling, load_model

Progress = Callable[[int, int, int], None]

_WARMTH = 0.7
"""Temperature of later attempts; the first is greedy. Ours."""


class AnnotateSettings(BaseModel):
    """How rows are annotated.

    Parameters
    ----------
    folder
        That was built.
    teacher
        ``provider:name`` of the model.
    splits
        Rows of these splits; answers with flags are left out.
    limit
        Most rows, drawn by the seed; None for all.
    attempts
        Times a teacher is asked about one row.
    max_tokens
        Longest reply.
    seed
        Of the draw and of later attempts.
    options
        How the teacher is loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    teacher: str
    splits: tuple[Split, ...] = ("train", "validation")
    limit: int | None = Field(default=None, ge=1)
    attempts: int = Field(default=3, ge=1)
    max_tokens: int = Field(default=500, ge=50)
    seed: int = Field(default=0, ge=0)
    options: ModelOptions = ModelOptions()


def annotate(
    settings: AnnotateSettings,
    *,
    model: Model | None = None,
    stop: threading.Event | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Annotate rows, or go on where this was cut off, and put what holds into ``rows.jsonl``.

    Every finished row is kept at once. A row that the same teacher was asked about before is not asked again;
    another teacher's is asked anew.

    Parameters
    ----------
    settings
        What to annotate, and by whom.
    model
        The teacher where it is loaded already; it stays open.
    stop
        Ends it after the batch under way.
    progress
        Told (rows done, of how many, without a usable chain).

    Returns
    -------
    dict
        Counts by status, and how many were asked now.

    Raises
    ------
    CounselError
        If the folder has no rows to annotate, or its annotations are damaged.
    ModelError
        If the teacher cannot be loaded or asked; what was kept stays.
    """
    rows = read_rows(settings.folder)
    chosen = _chosen(rows, settings)
    kept = read_annotations(settings.folder)
    teacher = model or load_model(settings.teacher, settings.options)
    try:
        work = _Work(settings, teacher, kept, stop or threading.Event(), progress)
        asked = work.over(chosen)
    finally:
        if model is None:
            teacher.close()
        write_lines(settings.folder / ROWS, with_chains(rows, kept, kept_decisions(settings.folder)))
    counted = Counter(kept[row.id].status for row in chosen if row.id in kept)
    return {
        "command": "counsel data annotate",
        "teacher": work.name,
        "constrained": work.constrained,
        "rows": len(chosen),
        "asked": asked,
        "status": dict(sorted(counted.items())),
        "attempts": sum(kept[row.id].attempts for row in chosen if row.id in kept),
        "complete": all(row.id in kept for row in chosen),
    }


class _Work:
    """A teacher at work on rows."""

    def __init__(
        self,
        settings: AnnotateSettings,
        teacher: Model,
        kept: dict[str, Annotation],
        stop: threading.Event,
        progress: Progress,
    ) -> None:
        self.name = teacher.identity.name
        self.constrained = isinstance(teacher, Constrained)
        self._settings = settings
        self._teacher = teacher
        self._kept = kept
        self._stop = stop
        self._progress = progress

    def over(self, rows: Sequence[CounselRow]) -> int:
        """Annotate what is not kept; return how many rows were asked about."""
        left = [row for row in rows if not self._has(row)]
        rewrite_annotations(self._settings.folder, self._kept)
        asked, without = 0, 0
        for begin in range(0, len(left), self._teacher.batch_size):
            if self._stop.is_set():
                break
            batch = left[begin : begin + self._teacher.batch_size]
            done = self._batch(batch)
            self._keep(done)
            asked += len(batch)
            without += sum(one.status != "supported" for one in done)
            self._progress(len(rows) - len(left) + asked, len(rows), without)
        return asked

    def _has(self, row: CounselRow) -> bool:
        kept = self._kept.get(row.id)
        return kept is not None and kept.of == digest_of(row) and kept.teacher == self.name

    def _keep(self, done: Iterable[Annotation]) -> None:
        path = self._settings.folder / ANNOTATIONS
        with translated(path), path.open("a", encoding="utf-8") as file:
            for one in done:
                file.write(one.model_dump_json() + "\n")
                self._kept[one.id] = one

    def _batch(self, rows: Sequence[CounselRow]) -> list[Annotation]:
        """Ask about rows until each is supported or the attempts are used up."""
        best: dict[str, Annotation] = {}
        open_rows = list(rows)
        for attempt in range(1, self._settings.attempts + 1):
            replies = self._ask(open_rows, attempt)
            for row, reply in zip(open_rows, replies, strict=True):
                found = self._judged(row, reply, attempt)
                if found is not None:
                    best[row.id] = _better(best.get(row.id), found)
            open_rows = [row for row in open_rows if not _done(best.get(row.id))]
            if not open_rows or self._stop.is_set():
                break
        return list(best.values())

    def _ask(self, rows: Sequence[CounselRow], attempt: int) -> list[Generation | Failure]:
        warmth = 0.0 if attempt == 1 else _WARMTH
        sampling = Sampling(self._settings.max_tokens, warmth, self._settings.seed + attempt)
        if not isinstance(self._teacher, Constrained):
            return self._teacher.generate([request_for(row) for row in rows], sampling)
        replies: list[Generation | Failure] = []
        for row in rows:
            replies += self._teacher.constrained([request_for(row)], sampling, grammar_for(row))
        return replies

    def _judged(self, row: CounselRow, reply: Generation | Failure, attempt: int) -> Annotation | None:
        """Return what a reply is worth; None where asking again another day may help."""
        about: dict[str, Any] = {
            "id": row.id,
            "of": digest_of(row),
            "teacher": self.name,
            "attempts": attempt,
            "constrained": self.constrained,
        }
        if isinstance(reply, Failure):
            return None if reply.transient else Annotation(**about, status="failed", why=reply.message)
        if not reply.complete:
            return Annotation(**about, status="malformed", why=f"cut at {self._settings.max_tokens} tokens")
        chain = chain_of(reply.text, row)
        if isinstance(chain, str):
            return Annotation(**about, status="malformed", why=chain)
        support = support_of(chain, row)
        status: Literal["supported", "unsupported"] = "unsupported" if support.lacks else "supported"
        shares = {name: value for name, value in asdict(support).items() if name != "language"}
        return Annotation(**about, status=status, chain=chain, support=shares, why=support.lacks)


def _chosen(rows: Sequence[CounselRow], settings: AnnotateSettings) -> list[CounselRow]:
    fit = [row for row in rows if row.split in settings.splits and not row.provenance.get("flags")]
    if not fit:
        raise CounselError(f"{settings.folder} has no rows in {', '.join(settings.splits)} to annotate")
    drawn = sorted(fit, key=lambda row: hashlib.sha256(f"{settings.seed}:{row.id}".encode()).digest())
    return drawn[: settings.limit]


_RANKS = ("failed", "malformed", "unsupported", "supported")


def _better(one: Annotation | None, other: Annotation) -> Annotation:
    """Return the annotation that is worth more, with the attempts of both."""
    if one is None or _RANKS.index(other.status) > _RANKS.index(one.status):
        return other
    return one.model_copy(update={"attempts": other.attempts})


def _done(found: Annotation | None) -> bool:
    return found is not None and found.status in {"supported", "failed"}
