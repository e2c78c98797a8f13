"""Running a trainer: from the last whole checkpoint, until the end or until told to stop."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import datasets
import torch
from huggingface_hub import constants
from safetensors import SafetensorError
from transformers import PrinterCallback
from transformers.utils import logging as logging_bars

from affectlab.counsel.train.arguments import is_main
from affectlab.counsel.train.checkpoints import step_of
from affectlab.counsel.train.folder import RunFolder
from affectlab.counsel.train.settings import TrainSettings
from affectlab.counsel.train.watching import Interrupted, Say, Watch
from affectlab.errors import DiskFull, OutOfMemory
from affectlab.models.hf.memory import memory_errors

_FULL = ("no space left", "disk quota", "failed writing file")


def settle(settings: TrainSettings) -> None:
    """Set torch's threads, and keep the trainers from talking: to the terminal and to the hub."""
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    for name in ("trl", "accelerate", "transformers", "datasets"):
        logging.getLogger(name).setLevel(logging.ERROR)
    datasets.disable_progress_bars()
    logging_bars.disable_progress_bar()
    # Trainers report their use to the hub unless told not to; nothing leaves this machine unasked.
    constants.HF_HUB_DISABLE_TELEMETRY = True


def run(trainer: Any, folder: RunFolder, settings: TrainSettings, stop: threading.Event, say: Say) -> None:
    """Train to the end, from the last whole checkpoint where there is one.

    Raises
    ------
    Interrupted
        If it was told to stop before the end; the checkpoint is whole.
    OutOfMemory, DiskFull
        With what to change; the last checkpoint is whole.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(Watch(folder.curve, stop, say, settings.log_every, main=is_main()))
    checkpoint = folder.checkpoint()
    if checkpoint is not None:
        say(f"going on from step {step_of(checkpoint)}")
    if is_main():
        folder.curve.cut(0 if checkpoint is None else step_of(checkpoint))
    with training_errors(settings, folder.path):
        if checkpoint is not None and step_of(checkpoint) >= settings.steps:
            # The trainer would make one step too many.
            trainer._load_from_checkpoint(str(checkpoint))
            return
        trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    if stop.is_set() and trainer.state.global_step < settings.steps:
        raise Interrupted


@contextmanager
def training_errors(settings: TrainSettings, path: Path) -> Iterator[None]:
    """Turn want of memory and of disk into one line that says what to change.

    Raises
    ------
    OutOfMemory, DiskFull
    """
    try:
        with memory_errors():
            yield
    except OutOfMemory as error:
        raise OutOfMemory(_smaller(settings)) from error
    except (OSError, RuntimeError, SafetensorError) as error:
        if not _is_full(error):
            raise
        raise DiskFull(
            f"no room left to write {path}; free some space and give the same command again, it goes on from "
            "the last whole checkpoint"
        ) from error


def _smaller(settings: TrainSettings) -> str:
    ways = []
    if settings.batch_size > 1:
        ways.append(
            f"batch_size = {settings.batch_size // 2} (it is {settings.batch_size}) with accumulate = "
            f"{settings.accumulate * 2}"
        )
    if not settings.gradient_checkpointing:
        ways.append("gradient_checkpointing = true")
    ways.append(f"a max_length below {settings.max_length}")
    return f"the training does not fit into memory; set {', or '.join(ways)}, in a new --out"


def _is_full(error: BaseException) -> bool:
    number = getattr(error, "errno", None)
    return number in {errno.ENOSPC, errno.EDQUOT} or any(sign in str(error).lower() for sign in _FULL)
