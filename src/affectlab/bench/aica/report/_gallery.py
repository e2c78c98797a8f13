"""The gallery: every picture with the answers to it, on one page that opens from disk.

Pictures are linked, never copied. What models wrote is hostile until shown otherwise: it travels as JSON in
which no markup can end the element it is in, becomes text nodes and nothing else, and the page's own policy
lets no script run but the one that belongs to it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

from affectlab.bench.aica.rated import model_rating
from affectlab.bench.aica.report._judged import Judged
from affectlab.bench.aica.spaces import space_of
from affectlab.bench.dataset import read_dataset
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.report import markup as h
from affectlab.bench.report._notes import NOT_A_DEVICE
from affectlab.bench.sample import Sample
from affectlab.errors import UnreadableFile
from affectlab.files import finite

LONGEST_TEXT = 4000
"""Characters of an answer that are shown; the whole of it is in ``answers.parquet``."""

Shown = tuple[str, ExamRun, Judged]
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def gallery_page(runs: Sequence[Shown], out: Path) -> str:
    """Return the page.

    Parameters
    ----------
    runs
        Name, run and ratings of its texts.
    out
        Folder the page will lie in; pictures are linked relative to it.
    """
    content = {"runs": [name for name, _, _ in runs], "pictures": _pictures(runs, out)}
    script, style = _file("gallery.js"), _file("gallery.css")
    policy = (
        f"default-src 'none'; img-src 'self' file: http: https:; script-src '{_hash(script)}'; "
        f"style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    )
    head = h.element(
        "head",
        h.Markup('<meta charset="utf-8">'),
        h.Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        h.Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        h.element("title", "aica: gallery"),
        h.element("style", h.Markup(style)),
    )
    data = json.dumps(finite(content), ensure_ascii=False, allow_nan=False).translate(_ESCAPES)
    body = h.element(
        "body",
        h.element(
            "header",
            h.element("h1", "aica: gallery"),
            h.element("p", NOT_A_DEVICE, kind="device"),
            h.element("p", h.element("a", "Report with tables and figures", href="report.html")),
        ),
        h.element("form", id="filters", aria_label="Filters"),
        h.element("p", "", id="count", role="status"),
        h.element(
            "noscript",
            h.element(
                "p", "The gallery needs JavaScript; the answers are also in each run's answers.parquet."
            ),
        ),
        h.element("main", id="cards"),
        h.element("button", "Show more", id="more", type="button", hidden="hidden"),
        h.element("script", h.Markup(data), type="application/json", id="data"),
        h.element("script", h.Markup(script)),
    )
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def _pictures(runs: Sequence[Shown], out: Path) -> list[dict[str, Any]]:
    """Return one entry for each picture, with the answers of all runs."""
    found: dict[str, dict[str, Any]] = {}
    kept = _samples(runs)
    for place, (_, run, judged) in enumerate(runs):
        for row in run.rows:
            sample = str(row["sample"])
            if sample not in found:
                found[sample] = _picture(row, kept.get(sample), out)
            found[sample]["answers"].append(_answer(place, row, judged, out))
    return list(found.values())


def _samples(runs: Sequence[Shown]) -> dict[str, Sample]:
    """Read the samples of the runs' data sets; one that is gone leaves its pictures out of the page."""
    found: dict[str, Sample] = {}
    for folder in dict.fromkeys(Path(run.about["dataset"]["folder"]) for _, run, _ in runs):
        try:
            found |= {sample.id: sample for sample in read_dataset(folder).samples}
        except UnreadableFile:
            continue
    return found


def _picture(row: Mapping[str, Any], sample: Sample | None, out: Path) -> dict[str, Any]:
    path = next((one.path for one in sample.media if one.kind == "image"), None) if sample else None
    truth = dict(sample.target) if sample else dict(row["target"])
    ratings = (sample.details if sample else row["details"]).get("ratings") or {}
    return {
        "id": row["sample"],
        "corpus": row["subset"],
        "image": link(path, out) if path else None,
        "truth": sorted(([label, share] for label, share in truth.items() if share), key=lambda one: -one[1]),
        "ratings": {
            name: [one.get("mean"), one.get("low"), one.get("high")] for name, one in ratings.items()
        },
        "answers": [],
    }


def _answer(place: int, row: Mapping[str, Any], judged: Judged, out: Path) -> dict[str, Any]:
    text = row["text"] or ""
    marked = row["details"].get("marked")
    scores = judged.scores.get(row["item"], {})
    scale = _scale(row)
    facts = {
        "scale": scale,
        "error": scale["error"] if scale else None,
        "doubt": _doubt(row),
        "score": {name: round(value, 2) for name, value in scores.items()},
        "likely": sorted(row["probabilities"].items(), key=lambda one: -one[1])[:3],
        "problems": row["notes"].get("problems") or [],
        "regions": len(row["details"].get("regions") or []),
    }
    return {
        "run": place,
        "task": row["task"],
        "arm": row["arm"],
        "outcome": outcome(row),
        "label": row["prediction"] if row["task"] == "eu" else None,
        "text": text[:LONGEST_TEXT] + ("…" if len(text) > LONGEST_TEXT else ""),
        "failure": row["failure"],
        "marked": link(Path(marked), out) if marked else None,
        **{name: value for name, value in facts.items() if value not in (None, [], {}, 0)},
    }


def outcome(row: Mapping[str, Any]) -> str:
    """Return "failed", "unparsed", "right", "wrong", or "answered" where nothing says what is right."""
    if row["status"] in {"failed", "unparsed"}:
        return str(row["status"])
    target, space = row["target"], space_of(row["subset"])
    if row["task"] != "eu" or not target or space is None:
        return "answered"
    if space.several:
        return "right" if target.get(row["prediction"], 0) > 0 else "wrong"
    # Of equally frequent labels the first of the space, as in the metrics.
    return "right" if row["prediction"] == max(space.labels, key=lambda one: target.get(one, 0)) else "wrong"


def link(path: Path, folder: Path) -> str:
    """Return the address of a file relative to `folder`, whatever characters are in its name."""
    try:
        relative = os.path.relpath(path.absolute(), folder.absolute())
    except ValueError:
        # Another drive.
        return path.absolute().as_uri()
    return quote(Path(relative).as_posix())


def _scale(row: Mapping[str, Any]) -> dict[str, Any] | None:
    facts = row["details"]
    if row["task"] != "intensity":
        return None
    value = model_rating(row)
    reach = float(facts["high"] - facts["low"])
    return {
        "error": round(abs(value - facts["mean"]) / reach, 3) if math.isfinite(value) else None,
        "name": " ".join(one for one in (facts["dimension"], facts["population"]) if one),
        "people": facts["mean"],
        "model": round(value, 2) if math.isfinite(value) else None,
        "low": facts["low"],
        "high": facts["high"],
    }


def _doubt(row: Mapping[str, Any]) -> float | None:
    """Return 1 less the likelihood of the true label; None where the answer has no likelihoods."""
    target, likely = row["target"], row["probabilities"]
    if row["task"] != "eu" or not target or not likely:
        return None
    return round(1 - float(likely.get(max(target, key=target.__getitem__), 0.0)), 4)


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
