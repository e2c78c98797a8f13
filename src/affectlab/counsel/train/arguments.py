"""Settings as the trainers of transformers and TRL take them."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from affectlab.counsel.train.settings import TrainSettings
from affectlab.errors import InvalidConfig


def common(settings: TrainSettings, work: Path) -> dict[str, Any]:
    """Return the arguments that every trainer shares.

    Parameters
    ----------
    work
        Folder of the checkpoints.

    Raises
    ------
    InvalidConfig
        If the DeepSpeed file does not exist, or a package that the settings ask for is not installed.
    """
    _check(settings)
    return {
        "output_dir": str(work),
        "max_steps": settings.steps,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.schedule,
        "warmup_steps": settings.warmup,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "bf16": settings.precision == "bf16",
        "seed": settings.seed,
        "data_seed": settings.seed,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "save_total_limit": settings.keep,
        # The curve has every step, so that it is the same wherever a run was cut off.
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "report_to": [] if settings.report_to == "none" else [settings.report_to],
        "disable_tqdm": True,
        "use_cpu": settings.device == "cpu",
        "dataloader_pin_memory": settings.device != "cpu" and torch.accelerator.is_available(),
        "deepspeed": None if settings.deepspeed is None else str(settings.deepspeed),
    }


def _check(settings: TrainSettings) -> None:
    if settings.deepspeed is not None and not settings.deepspeed.is_file():
        raise InvalidConfig(f"deepspeed is {settings.deepspeed}, which is no file")
    wanted = {"report_to": settings.report_to, "deepspeed": "deepspeed" if settings.deepspeed else "none"}
    for key, package in wanted.items():
        if package != "none" and find_spec(package) is None:
            raise InvalidConfig(f"{key} needs {package}, which is not installed; pip install {package}")


def evaluating(settings: TrainSettings) -> dict[str, Any]:
    """Return the arguments that say when a trainer measures held-out data."""
    if not settings.eval_every:
        return {"eval_strategy": "no"}
    return {"eval_strategy": "steps", "eval_steps": settings.eval_every}


def processes() -> int:
    """Return how many processes train together, as their launcher says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Whether this process writes files and talks."""
    return os.environ.get("RANK", "0") == "0"
