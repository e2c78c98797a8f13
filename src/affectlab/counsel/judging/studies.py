"""The evaluations beside the main one, from what a command is told to the folder of results."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.bench.judging import Judge
from affectlab.bench.lanes import LocalLanes
from affectlab.bench.metrics import Row
from affectlab.bench.runner import Progress
from affectlab.counsel.judging.answering import answered, opened, references, watched
from affectlab.counsel.judging.arms import read_arms
from affectlab.counsel.judging.asking import opened_store
from affectlab.counsel.judging.decoys import decoys, fewer_votes, judged_decoys, rewarded_decoys
from affectlab.counsel.judging.faithfulness import faithfulness
from affectlab.counsel.judging.figures import Embedded
from affectlab.counsel.judging.given import read_given
from affectlab.counsel.judging.held_out import held_out, voted_pairs
from affectlab.counsel.judging.people import people_rows
from affectlab.counsel.judging.rewarding import Scorer, open_scorers
from affectlab.counsel.judging.sheet_reading import read_sheets
from affectlab.counsel.judging.sheets import Exported, export_sheets, read_key
from affectlab.counsel.judging.sycophancy import chosen, sycophancy_rows
from affectlab.counsel.rows import CounselRow
from affectlab.errors import CounselError
from affectlab.files import finite, write_json
from affectlab.manifest import make_manifest
from affectlab.models import Model, ModelOptions, load_model

_NOBODY: Progress = lambda *_: None  # noqa: E731


def faithfulness_study(
    rows: Path,
    out: Path,
    arm: tuple[str, ...],
    *,
    embedder: Path | None,
    limit: int | None,
    options: ModelOptions,
    seed: int,
    resamples: int,
    models: Mapping[str, Model] | None = None,
    stop: threading.Event | None = None,
    progress: Progress = _NOBODY,
) -> dict[str, Any]:
    """Exchange layers of each arm's own reasoning: see `affectlab.counsel.judging.faithfulness`.

    Raises
    ------
    AffectlabError
        If rows or arms cannot be used, an arm does not reason, or its reasoning cannot be read.
    """
    arms = read_arms(arm, ())
    if silent := [one.name for one in arms if not one.chain]:
        raise CounselError(f"arm {silent[0]!r} is asked without reasoning; leave :no-chain out")
    found = held_out(rows, limit=limit, seed=seed)
    stop = stop or threading.Event()
    made: list[Row] = []
    asked: dict[str, str] = {}
    for one in arms:
        with opened(one, out, (models or {}).get(one.name), options) as asker:
            asked[one.name] = _named(asker.model)
            given = answered(one, found, watched(asker, stop, progress))
            if not stop.is_set():
                by_id = {row.id: row for row in found}
                drawn = {"resamples": resamples, "seed": seed}
                figures = faithfulness(asker, given, by_id, _embedder(embedder), **drawn)
                made += [{"arm": one.name, **row} for row in figures]
    config = {"rows": str(rows), "arm": list(arm), "embedder": str(embedder), "limit": limit}
    return _written("faithfulness", out, config, made, seed, resamples, asked, stop)


def decoy_study(
    rows: Path,
    out: Path,
    *,
    judge: str | None,
    rewards: tuple[Path, ...],
    limit: int | None,
    reasons: bool = True,
    options: ModelOptions,
    seed: int,
    resamples: int,
    model: Model | None = None,
    scorers: Mapping[str, Scorer] | None = None,
    stop: threading.Event | None = None,
    progress: Progress = _NOBODY,
) -> dict[str, Any]:
    """Put decoys before a judge and reward models: see `affectlab.counsel.judging.decoys`.

    Raises
    ------
    AffectlabError
        If rows, judge or reward models cannot be used, or neither is named.
    """
    scored = {**open_scorers(rewards), **(scorers or {})}
    if judge is None and not scored:
        raise CounselError("nobody is asked; name a judge or a reward model: --judge MODEL or --reward DIR")
    stop = stop or threading.Event()
    drawn = decoys(held_out(rows, limit=limit, seed=seed), seed=seed)
    drawn += fewer_votes(voted_pairs(rows, limit=limit, seed=seed))
    made = rewarded_decoys(scored, drawn, resamples=resamples, seed=seed, stop=stop, progress=progress)
    asked: dict[str, str] = {}
    if judge is not None and not stop.is_set():
        own = model or load_model(judge, options)
        asked["judge"] = _named(own)
        lanes = LocalLanes(own, owned=model is None)
        try:
            with opened_store(out) as store:
                judging = Judge(lanes, store, reasons=reasons, stop=stop, progress=progress)
                made += judged_decoys(judging, drawn, resamples=resamples, seed=seed)
        finally:
            lanes.close()
    config = {"rows": str(rows), "judge": judge, "rewards": [str(one) for one in rewards], "limit": limit}
    return _written("decoys", out, config, made, seed, resamples, asked, stop)


def sycophancy_study(
    out: Path,
    arm: tuple[str, ...],
    *,
    base: str | None,
    options: ModelOptions,
    seed: int,
    resamples: int,
    models: Mapping[str, Model] | None = None,
    stop: threading.Event | None = None,
    progress: Progress = _NOBODY,
) -> dict[str, Any]:
    """Ask arms questions of fact in several tones: see `affectlab.counsel.judging.sycophancy`.

    Raises
    ------
    AffectlabError
        If arms cannot be used, or `base` is none of them.
    """
    arms = read_arms(arm, ())
    names = [one.name for one in arms]
    if base is not None and base not in names:
        raise CounselError(f"--base {base!r} is none of the arms; expected one of {', '.join(names)}")
    stop = stop or threading.Event()
    answers = []
    asked: dict[str, str] = {}
    for one in arms:
        with opened(one, out, (models or {}).get(one.name), options) as asker:
            asked[one.name] = _named(asker.model)
            answers.append(chosen(watched(asker, stop, progress), one.name))
    made = [] if stop.is_set() else sycophancy_rows(answers, base, resamples=resamples, seed=seed)
    config = {"arm": list(arm), "base": base}
    return _written("sycophancy", out, config, made, seed, resamples, asked, stop)


def write_sheets(
    results: Path,
    rows: Path,
    out: Path,
    key: Path,
    *,
    raters: int,
    items: int | None,
    reference: bool,
    seed: int,
) -> Exported:
    """Write blinded sheets of an evaluation's answers: see `affectlab.counsel.judging.sheets`."""
    given = read_given(results)
    there: list[CounselRow] = [row for row in held_out(rows) if row.id in {one.id for one in given}]
    if reference:
        given = [*given, *references(there)]
    return export_sheets(given, there, out, key, raters=raters, items=items, seed=seed)


def people_study(
    sheets: Sequence[Path], key: Path, out: Path, *, seed: int, resamples: int
) -> dict[str, Any]:
    """Measure what people said: see `affectlab.counsel.judging.people`."""
    known = read_key(key)
    found = read_sheets(sheets, known)
    made = people_rows(found, known["arms"], resamples=resamples, seed=seed)
    config = {"sheets": [str(one) for one in sheets], "key": str(key)}
    return _written("import-sheets", out, config, made, seed, resamples)


def _named(model: Model) -> str:
    return f"{model.identity.name}@{model.identity.revision}"


def _embedder(folder: Path | None) -> Embedded | None:
    if folder is None:
        return None
    from affectlab.planning.knowledge.embedder import Embedder

    return Embedder(folder).passages


def _written(
    name: str,
    out: Path,
    config: Mapping[str, Any],
    rows: Sequence[Row],
    seed: int,
    resamples: int,
    models: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    command = f"counsel evaluate {name}"
    about = {
        "command": command,
        "manifest": make_manifest(
            command, {**config, "resamples": resamples}, seeds={"draw": seed}, models=models
        ),
        "status": "cancelled" if stop is not None and stop.is_set() else "complete",
        "notes": [],
        "rows": finite(list(rows)),
    }
    write_json(out / f"{name}.json", about)
    return about
