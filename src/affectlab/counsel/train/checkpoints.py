"""Checkpoints that are known to be whole: a run killed while writing one goes on from the one before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from affectlab.files import write_json

_MARK = "whole.json"
_PREFIX = "checkpoint-"


def mark_whole(checkpoint: Path) -> None:
    """Note that everything in `checkpoint` has been written, and how long each file is."""
    write_json(checkpoint / _MARK, _lengths(checkpoint))


def latest(folder: Path) -> Path | None:
    """Return the newest whole checkpoint in `folder`; those that are not whole are removed."""
    for checkpoint in sorted(folder.glob(f"{_PREFIX}*"), key=step_of, reverse=True):
        if _whole(checkpoint):
            return checkpoint
        shutil.rmtree(checkpoint)
    return None


def step_of(checkpoint: Path) -> int:
    """Return the number of updates made before `checkpoint`."""
    number = checkpoint.name.removeprefix(_PREFIX)
    return int(number) if number.isdigit() else -1


def _whole(checkpoint: Path) -> bool:
    try:
        noted = json.loads((checkpoint / _MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(noted == _lengths(checkpoint))


def _lengths(checkpoint: Path) -> dict[str, int]:
    files = (file for file in checkpoint.rglob("*") if file.is_file() and not file.name.startswith(_MARK))
    return {
        str(file.relative_to(checkpoint)): file.stat().st_size
        for file in sorted(files)
        if _MARK not in file.name
    }
