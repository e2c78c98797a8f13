"""What watches a training: the curve, a line in the terminal, whole checkpoints, and a way to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from affectlab.counsel.train.checkpoints import mark_whole
from affectlab.counsel.train.curve import Curve

Say = Callable[[str], None]

_SUMMARY = ("train_runtime", "train_loss")
_TOKENS = "num_tokens"


class Interrupted(Exception):
    """A training was told to stop; what it has written is whole."""


def heed(stop: threading.Event) -> None:
    """End what is under way if it was told to stop.

    Raises
    ------
    Interrupted
    """
    if stop.is_set():
        raise Interrupted


class Watch(TrainerCallback):  # type: ignore[misc]
    """Writes the curve, tells how it goes, marks checkpoints, and ends the training when told to.

    Parameters
    ----------
    curve
        Of the run.
    stop
        Set to end after the step under way, with a checkpoint.
    say
        Told one line every `every` steps.
    main
        Whether this process writes the run's files.
    """

    def __init__(self, curve: Curve, stop: threading.Event, say: Say, every: int, *, main: bool) -> None:
        self._curve, self._stop, self._say, self._every, self._main = curve, stop, say, every, main
        self._tokens = 0.0
        self._since, self._used = time.monotonic(), time.process_time()

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        # Some trainers go on counting where they were cut off, others begin anew.
        self._tokens = float(state.num_input_tokens_seen)
        self._since, self._used = time.monotonic(), time.process_time()

    def on_step_end(self, _args: Any, _state: Any, control: Any, **_: Any) -> None:
        if self._stop.is_set():
            control.should_save = control.should_training_stop = True

    def on_log(
        self, _args: Any, state: Any, _control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        if not self._main or not logs or any(name in logs for name in _SUMMARY):
            return
        entry = {"step": state.global_step, **self._numbers(logs)}
        self._curve.add(entry)
        if state.global_step % self._every == 0 or state.global_step == 1:
            self._say(_told(entry, state.max_steps))

    def on_save(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        if self._main:
            mark_whole(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    def _numbers(self, logs: Mapping[str, Any]) -> dict[str, float]:
        """Return the numbers of one log, with the tokens and seconds since the one before."""
        numbers = {name: float(value) for name, value in logs.items() if isinstance(value, int | float)}
        if "loss" not in numbers:
            return numbers
        now, used = time.monotonic(), time.process_time()
        numbers["seconds"], self._since = now - self._since, now
        numbers["cpu_seconds"], self._used = used - self._used, used
        if _TOKENS in numbers:
            total = numbers.pop(_TOKENS)
            numbers["tokens"], self._tokens = total - self._tokens, total
        return numbers


def _told(entry: Mapping[str, float], steps: int) -> str:
    shown = [
        f"{name.removeprefix('rewards/').removesuffix('/mean')} {value:.4g}"
        for name, value in entry.items()
        if name
        not in {
            "step",
            "epoch",
            "grad_norm",
            "learning_rate",
            "seconds",
            "cpu_seconds",
            "tokens",
            "step_time",
        }
        and (not name.startswith("rewards/") or name.endswith("/mean"))
        and not name.startswith(("sampling/", "clip_ratio/", "completions/m", "frac_"))
    ]
    pace = f"{entry['seconds']:.1f} s" if "seconds" in entry else ""
    if entry.get("tokens") and entry.get("seconds"):
        pace += f", {entry['tokens'] / entry['seconds']:.0f} tokens/s"
    return f"step {entry['step']:.0f}/{steps}  {'  '.join(shown)}  {pace}".rstrip()
