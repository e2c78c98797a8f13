"""An evaluation from settings to its folder: answers of all arms, their figures, and what a judge says."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectlab.bench.judging import Judge, refuse_relatives
from affectlab.bench.lanes import LocalLanes
from affectlab.bench.metrics import Row
from affectlab.bench.runner import Progress
from affectlab.counsel.judging.answering import (
    answered,
    opened,
    read_answers,
    references,
    watched,
)
from affectlab.counsel.judging.arms import Arm, read_arms
from affectlab.counsel.judging.asking import Asker, opened_store
from affectlab.counsel.judging.comparing import compared
from affectlab.counsel.judging.epitome import graded
from affectlab.counsel.judging.figures import Embedded, answer_rows, grade_rows, reward_rows
from affectlab.counsel.judging.given import FILE, Given, write_given
from affectlab.counsel.judging.held_out import held_out, references_of
from affectlab.counsel.judging.rewarding import open_scorers
from affectlab.counsel.judging.settings import EvaluateSettings
from affectlab.counsel.rows import CounselRow
from affectlab.files import finite, write_json, writing
from affectlab.manifest import make_manifest
from affectlab.models import Model, Sampling, load_model

SUMMARY, JUDGED = "evaluation.json", "judgements.jsonl"
COMMAND = "counsel evaluate run"


@dataclass(slots=True)
class _Work:
    """What an evaluation carries with it."""

    settings: EvaluateSettings
    arms: tuple[Arm, ...]
    rows: dict[str, CounselRow]
    models: Mapping[str, Model]
    stop: threading.Event
    progress: Progress
    notes: list[str] = field(default_factory=list)
    identities: dict[str, str] = field(default_factory=dict)


def evaluate(
    settings: EvaluateSettings,
    *,
    models: Mapping[str, Model] | None = None,
    stop: threading.Event | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Evaluate arms and write ``answers.jsonl``, ``judgements.jsonl`` and ``evaluation.json``.

    Parameters
    ----------
    models
        Asked in the place of those that the settings name: arm, or "judge", to a model that stays open.
    stop
        When set, it ends early and whole; the same call goes on from there.
    progress
        Told (answered, of how many, failed).

    Returns
    -------
    dict
        The content of ``evaluation.json``.

    Raises
    ------
    AffectlabError
        If rows, arms, judge or reward models cannot be used.
    """
    arms = read_arms(settings.arm, settings.answers)
    found = held_out(settings.rows, limit=settings.limit, seed=settings.seed)
    rows = {row.id: row for row in found}
    work = _Work(settings, arms, rows, models or {}, stop or threading.Event(), progress)
    if settings.judge is not None:
        names = [arm.model for arm in arms if arm.model]
        work.notes += refuse_relatives(settings.judge, names, same_family=settings.same_family)
    given = [one for arm in arms for one in _answers(arm, work)]
    write_given(settings.out / FILE, given)
    figures = _figures(work, given)
    if not work.stop.is_set():
        judged = [*given, *(references(found) if settings.reference else ())]
        figures += _judged(work, judged)
        figures += _rewarded(work, judged)
    return _written(work, figures)


def _answers(arm: Arm, work: _Work) -> list[Given]:
    found = list(work.rows.values())
    if arm.answers is not None:
        return read_answers(arm, arm.answers, found)
    settings = work.settings
    sampling = Sampling(settings.max_tokens, settings.temperature, settings.seed)
    with opened(arm, settings.out, work.models.get(arm.name), settings.options) as asker:
        identity = asker.model.identity
        work.identities[arm.name] = f"{identity.name}@{identity.revision}"
        return answered(arm, found, watched(asker, work.stop, work.progress), sampling)


def _figures(work: _Work, given: Sequence[Given]) -> list[Row]:
    settings = work.settings
    texts = references_of(settings.rows, list(work.rows.values()))
    embed = _embedder(settings.embedder) if settings.embedder else None
    return answer_rows(given, texts, embed, resamples=settings.resamples, seed=settings.seed)


def _embedder(folder: Path) -> Embedded:
    from affectlab.planning.knowledge.embedder import Embedder

    return Embedder(folder).passages


def _judged(work: _Work, given: Sequence[Given]) -> list[Row]:
    settings = work.settings
    if settings.judge is None:
        return []
    own = work.models.get("judge")
    model = own or load_model(settings.judge, settings.judge_options)
    work.identities["judge"] = f"{model.identity.name}@{model.identity.revision}"
    lanes = LocalLanes(model, owned=own is None)
    drawn = {"resamples": settings.resamples, "seed": settings.seed}
    try:
        with opened_store(settings.out / "judge") as store:
            asker = Asker(model, store, work.stop, work.progress)
            there = [(one, work.rows[one.id].turns) for one in given if one.status == "answered"]
            made = grade_rows(graded(asker, there), **drawn)
            judge = Judge(lanes, store, reasons=settings.reasons, stop=work.stop, progress=work.progress)
            standings, lines = compared(judge, given, work.rows, **drawn)
    finally:
        lanes.close()
    with writing(settings.out / JUDGED) as temporary, temporary.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(finite(line.to_json()), ensure_ascii=False) + "\n")
    return [*made, *standings]


def _rewarded(work: _Work, given: Sequence[Given]) -> list[Row]:
    settings = work.settings
    scorers = open_scorers(settings.rewards)
    return reward_rows(
        given,
        work.rows,
        scorers,
        resamples=settings.resamples,
        seed=settings.seed,
        stop=work.stop,
        progress=work.progress,
    )


def _written(work: _Work, figures: Sequence[Row]) -> dict[str, Any]:
    settings = work.settings
    manifest = make_manifest(
        COMMAND,
        settings.model_dump(mode="json"),
        seeds={"draw": settings.seed},
        models=work.identities,
    )
    about = {
        "command": COMMAND,
        "manifest": manifest,
        "status": "cancelled" if work.stop.is_set() else "complete",
        "conversations": len(work.rows),
        "notes": work.notes,
        "rows": finite(list(figures)),
    }
    write_json(settings.out / SUMMARY, about)
    return about
