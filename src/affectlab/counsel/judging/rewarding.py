"""Reward models as judges of answers: anything that scores several answers to one conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from affectlab.models import Turn

Scorer = Callable[[Sequence[Turn], Sequence[str]], Sequence[float]]
"""From a conversation and answers to it to their scores; higher is better."""


def open_scorers(folders: Sequence[Path]) -> dict[str, Scorer]:
    """Open reward models that ``affectlab counsel train reward`` left, by the names of their folders.

    Raises
    ------
    CounselError
        If a folder holds none.
    """
    if not folders:
        return {}
    # Training and its libraries are loaded only where a reward model is asked.
    load = cast(Callable[[Path], Scorer], import_module("affectlab.counsel.rewards").open_reward)
    names = [folder.name for folder in folders]
    return {folder.name if names.count(folder.name) == 1 else str(folder): load(folder) for folder in folders}
