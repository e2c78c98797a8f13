"""People look at annotated reasoning: a page to decide on, and the decisions put into the rows."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

from affectlab.counsel.data.annotations import (
    DECISIONS,
    Annotation,
    Decision,
    digest_of,
    kept_decisions,
    read_annotations,
    read_decisions,
    with_chains,
)
from affectlab.counsel.data.files import ROWS, read_rows, write_lines
from affectlab.counsel.rows import CounselRow
from affectlab.errors import CounselError
from affectlab.files import write_json, writing

PAGE = "review.html"


def write_page(folder: Path) -> dict[str, Any]:
    """Write ``review.html``, one file that needs no network, with every annotation that has reasoning.

    Raises
    ------
    CounselError
        If nothing is annotated.
    """
    rows = {row.id: row for row in read_rows(folder)}
    decided = kept_decisions(folder)
    items = [
        _item(rows[name], one, decided.get(name))
        for name, one in read_annotations(folder).items()
        if one.chain is not None and name in rows and one.of == digest_of(rows[name])
    ]
    if not items:
        raise CounselError(
            f"{folder} has no annotated reasoning; first: affectlab counsel data annotate {folder}"
        )
    content = files(__package__).joinpath(PAGE).read_text(encoding="utf-8")
    # A closing tag inside the data would end the element that holds them.
    data = json.dumps(items, ensure_ascii=False).replace("<", "\\u003c")
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    with writing(folder / PAGE) as temporary:
        page = content.replace("/*KEY*/", key).replace("/*ITEMS*/", data)
        temporary.write_text(page, encoding="utf-8")
    return {"command": "counsel data review", "page": str(folder / PAGE), "items": len(items)}


def apply_decisions(folder: Path, exported: Path) -> dict[str, Any]:
    """Put exported decisions, together with earlier ones, into ``decisions.json`` and the rows.

    Raises
    ------
    CounselError
        If the file is none of decisions, or one is about an annotation that is not there or has changed.
    """
    given = read_decisions(exported)
    annotations = read_annotations(folder)
    for one in given.values():
        if one.id not in annotations or annotations[one.id].of != one.of:
            raise CounselError(
                f"{exported}: {one.id!r} is not annotated in {folder}, or its text changed; write a new page"
            )
    decisions = kept_decisions(folder) | given
    rows = with_chains(read_rows(folder), annotations, decisions)
    dumped = [one.model_dump(mode="json") for one in decisions.values()]
    write_json(folder / DECISIONS, {"decisions": dumped})
    write_lines(folder / ROWS, rows)
    return {
        "command": "counsel data review",
        "decisions": dict(Counter(one.decision for one in decisions.values())),
        "chains": sum(row.chain is not None for row in rows),
    }


def _item(row: CounselRow, annotation: Annotation, decision: Decision | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "of": annotation.of,
        "status": annotation.status,
        "why": annotation.why,
        "turns": [{"role": turn.role, "text": turn.text} for turn in row.turns],
        "answer": row.answer,
        "chain": list(annotation.chain or ()),
        "decision": decision.model_dump(mode="json") if decision else None,
    }
