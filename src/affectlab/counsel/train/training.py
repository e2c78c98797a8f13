"""One training from beginning to end: claim the folder, train, measure, write what came out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from affectlab.counsel.data.files import PAIRS, ROWS
from affectlab.counsel.rewards import reward_folder
from affectlab.counsel.train.arguments import is_main
from affectlab.counsel.train.card import write_card
from affectlab.counsel.train.curve import draw_curve
from affectlab.counsel.train.folder import RunFolder
from affectlab.counsel.train.grpo import train_grpo
from affectlab.counsel.train.reward import train_reward
from affectlab.counsel.train.running import settle
from affectlab.counsel.train.settings import GrpoSettings, TrainSettings
from affectlab.counsel.train.sft import train_sft
from affectlab.counsel.train.watching import Say
from affectlab.counsel.train.weights import without_chatter
from affectlab.models.hf.source import fingerprint

Method = Literal["sft", "reward", "grpo"]

_TRAINERS: Final[Mapping[Method, Callable[..., dict[str, Any]]]] = {
    "sft": train_sft,
    "reward": train_reward,
    "grpo": train_grpo,
}


def train(
    method: Method, settings: TrainSettings, *, stop: threading.Event, say: Say, new: bool = False
) -> dict[str, Any]:
    """Train, or go on from the last whole checkpoint, or return what a finished run found.

    Parameters
    ----------
    method
        Which training; `settings` are of its kind in `affectlab.counsel.train.settings.SETTINGS`.
    stop
        Set to end after the step under way.
    say
        Told what happens, a line at a time.
    new
        Refuse a folder that holds a run.

    Returns
    -------
    dict
        What ``affectlab counsel train`` prints as JSON.

    Raises
    ------
    Interrupted
        If it was told to stop; the same call goes on.
    CounselError
        If there is nothing to learn from, the folder holds another run, or a reward is not a number.
    OutOfMemory, DiskFull
        With what to change.
    """
    command = f"counsel train {method}"
    data = (settings.data / ROWS, *((settings.data / PAIRS,) if method == "reward" else ()))
    there = tuple(file for file in data if file.is_file())
    folder = RunFolder(command, settings, there, _made_of(settings), new=new)
    if (done := folder.result()) is not None:
        say(f"{settings.out} is finished")
        return done
    with without_chatter():
        settle(settings)
        found = _TRAINERS[method](settings, folder, stop, say if is_main() else _silent)
    curve = folder.curve.read()
    result = {
        "command": command,
        "manifest": folder.manifest,
        **found,
        "epochs": curve[-1]["epoch"],
        "folder": str(settings.out),
    }
    if is_main():
        draw_curve(curve, settings.out, command)
        write_card(settings.out / "card.md", result, settings)
    folder.finish(result)
    return result


def _made_of(settings: TrainSettings) -> dict[str, str]:
    """Hash the adapter and the reward model that a training starts from, where they are there."""
    reward = settings.reward if isinstance(settings, GrpoSettings) else None
    folders = {"adapter": settings.adapter, "reward": reward and reward_folder(reward)}
    return {name: fingerprint(folder) for name, folder in folders.items() if folder and folder.is_dir()}


def _silent(_line: str) -> None:
    """Say nothing: another process does."""
