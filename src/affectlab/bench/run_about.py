"""What a run says of itself in ``run.json``, and whether a folder holds the same run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.settings import RunSettings
from affectlab.bench.steering.loading import plan_file
from affectlab.errors import BenchError
from affectlab.files import write_json
from affectlab.manifest import make_manifest
from affectlab.models import Identity

RUN = "run.json"
_SAME = ("benchmark", "mode", "model", "task", "sampling")


def begin_run(
    settings: RunSettings, info: DatasetInfo, task: Mapping[str, Any], mode: str, identity: Identity
) -> dict[str, Any]:
    """Describe a run and write it into its folder.

    Parameters
    ----------
    settings, info
        What is asked, and about which data set.
    task
        ``name``, ``version`` and ``parameters`` of the task or exam.
    mode
        "score" or "generate".
    identity
        Of the model.

    Returns
    -------
    dict
        The content of ``run.json``, with status "running".

    Raises
    ------
    BenchError
        If the folder holds another run.
    """
    plan = plan_file(settings.steer)
    about: dict[str, Any] = {
        "status": "running",
        "benchmark": settings.benchmark,
        "task": dict(task),
        "mode": mode,
        "sampling": {"max_tokens": settings.max_tokens, "temperature": settings.temperature},
        "model": {
            "name": identity.name,
            "revision": identity.revision,
            "settings": dict(identity.settings),
        },
        "dataset": {
            "folder": str(settings.data.absolute()),
            "samples_sha256": info.samples_sha256,
            "labels": dict(info.labels),
            "values": dict(info.values),
            "parameters": dict(info.parameters),
        },
        "selection": settings.model_dump(
            mode="json",
            include={"subsets", "split", "modalities", "tasks", "arms", "units", "limit", "seed"},
        ),
        "manifest": make_manifest(
            "bench run",
            settings.model_dump(mode="json"),
            seeds={"selection": settings.seed},
            data=(settings.data / "dataset.json", *([plan] if plan else [])),
            models={"model": f"{identity.name}@{identity.revision}"},
        ),
    }
    about = json.loads(json.dumps(about, default=str))
    _check_same(settings.out, about)
    write_json(settings.out / RUN, about)
    return about


def _check_same(folder: Path, about: dict[str, Any]) -> None:
    path = folder / RUN
    if not path.exists():
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BenchError(f"{path} is damaged ({error}); remove it and run again: answers are kept") from error
    pairs = [("steering", _steering(before), _steering(about))]
    pairs += [(name, before.get(name), about[name]) for name in _SAME]
    pairs.append(("data", before["dataset"]["samples_sha256"], about["dataset"]["samples_sha256"]))
    for name, old, new in pairs:
        if old != new:
            raise BenchError(
                f"{folder} holds a run with another {name} ({_differing(old, new)}); choose another --out"
            )


def _steering(about: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = about["model"]["settings"].get("steering", {"name": "none"})
    return found


def _differing(old: Any, new: Any) -> str:
    """Say what was and what would be, as deep inside as the two have the same name."""
    if isinstance(old, dict) and isinstance(new, dict):
        if old.get("name") != new.get("name"):
            return _differing(old.get("name"), new.get("name"))
        key = next(one for one in {**old, **new} if old.get(one) != new.get(one))
        return f"{key}: {_differing(old.get(key), new.get(key))}"
    return f"{str(old)[:80]}, not {str(new)[:80]}"
