"""Annotated reasoning as it is kept, and how it gets into rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from affectlab.counsel.data.files import write_lines
from affectlab.counsel.rows import CounselRow
from affectlab.errors import CounselError
from affectlab.prompting.empathy import Chain

ANNOTATIONS = "annotations.jsonl"
DECISIONS = "decisions.json"

Status = Literal["supported", "unsupported", "malformed", "failed"]


class Annotation(BaseModel):
    """What a teacher said about one row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    of: str
    """SHA-256 of the conversation and the answer it is about."""
    teacher: str
    status: Status
    attempts: int
    constrained: bool
    """The teacher was held to the grammar."""
    chain: Chain | None = None
    support: dict[str, Any] = Field(default_factory=dict)
    why: str = ""
    """What stands against it, in one line."""


class Decision(BaseModel):
    """What a person said about one annotation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    of: str
    decision: Literal["accept", "reject", "edit"]
    chain: Chain | None = None
    """The edited reasoning."""


def digest_of(row: CounselRow) -> str:
    """Return what tells the texts of a row from all others."""
    told = [f"{turn.role}:{turn.text}" for turn in row.turns]
    return hashlib.sha256("\x1e".join([*told, row.answer]).encode()).hexdigest()


def read_annotations(folder: Path) -> dict[str, Annotation]:
    """Return what is kept, by row; the last where a row has several.

    A last line that is cut off, because whoever wrote it was killed, is left out.

    Raises
    ------
    CounselError
        If another line is damaged.
    """
    path = folder / ANNOTATIONS
    if not path.is_file():
        return {}
    lines = path.read_bytes().split(b"\n")
    kept: dict[str, Annotation] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = Annotation.model_validate_json(line)
        except ValidationError as error:
            if number == len(lines):
                break
            raise CounselError(
                f"{path}:{number} is no annotation; move the file away and begin anew"
            ) from error
        kept[found.id] = found
    return kept


def rewrite_annotations(folder: Path, kept: Mapping[str, Annotation]) -> None:
    """Write what is kept, so that whole lines can be added."""
    write_lines(folder / ANNOTATIONS, kept.values())


def read_decisions(path: Path) -> dict[str, Decision]:
    """Return the decisions of a file, by row.

    Raises
    ------
    CounselError
        If it is no file of decisions.
    """
    try:
        found = _Decisions.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CounselError(
            f"cannot read {path} ({error.strerror}); export it from the review page"
        ) from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in fault["loc"]) or "the file"
        raise CounselError(f"{path}: {where}: {fault['msg']}; export it from the review page") from error
    for one in found.decisions:
        if one.decision == "edit" and (one.chain is None or not all(layer.strip() for layer in one.chain)):
            raise CounselError(
                f"{path}: the edited reasoning of {one.id!r} lacks words; expected four layers"
            )
    return {one.id: one for one in found.decisions}


def kept_decisions(folder: Path) -> dict[str, Decision]:
    """Return the decisions that were applied to a folder before."""
    path = folder / DECISIONS
    return read_decisions(path) if path.is_file() else {}


def with_chains(
    rows: Iterable[CounselRow], annotations: Mapping[str, Annotation], decisions: Mapping[str, Decision]
) -> list[CounselRow]:
    """Return the rows with the reasoning that may be used, each with where it is from.

    What is supported is used unless a person rejects it; what is unsupported is used only if a person accepts
    it. An annotation or decision about other words than the row's is not used.
    """
    return [_with_chain(row, annotations.get(row.id), decisions.get(row.id)) for row in rows]


def _with_chain(row: CounselRow, annotation: Annotation | None, decision: Decision | None) -> CounselRow:
    digest = digest_of(row)
    if annotation is None or annotation.of != digest:
        return row if row.chain is None else _stripped(row)
    if decision is not None and decision.of != digest:
        decision = None
    chain = annotation.chain if _usable(annotation, decision) else None
    said = decision.decision if decision else None
    if decision is not None and decision.decision == "edit":
        chain = decision.chain
    if chain is None:
        return _stripped(row)
    about = {
        "teacher": annotation.teacher,
        "attempts": annotation.attempts,
        "constrained": annotation.constrained,
        "support": annotation.support,
        "person": said,
    }
    return row.model_copy(update={"chain": chain, "provenance": {**row.provenance, "chain": about}})


def _usable(annotation: Annotation, decision: Decision | None) -> bool:
    if decision is None:
        return annotation.status == "supported"
    return decision.decision == "accept"


def _stripped(row: CounselRow) -> CounselRow:
    """Return the row without reasoning that a teacher made; reasoning of the set's own stays."""
    if "chain" not in row.provenance:
        return row
    left = {name: value for name, value in row.provenance.items() if name != "chain"}
    return row.model_copy(update={"chain": None, "provenance": left})


class _Decisions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decisions: tuple[Decision, ...]
