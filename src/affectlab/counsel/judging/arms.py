"""What is compared: models under names of their own, or answers that are there already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import CounselError
from affectlab.models import ModelOptions

_NAME = re.compile(r"[\w.+-]{1,40}")
_MODEL = re.compile(r"(?P<model>.+?)(?::lora=(?P<lora>.+?))?(?P<plain>:no-chain)?")
REFERENCE = "reference"
"""Stands for the answer that the row itself holds."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of answering.

    Parameters
    ----------
    name
        As results are reported under.
    model
        ``provider:name``; empty where the answers are read from a file.
    chain
        Whether the model is asked to reason in four layers first.
    lora
        Adapter put on the model (hf).
    answers
        JSON Lines with ``id`` and ``text`` (a reply as the model wrote it) or ``answer`` (words alone).
    """

    name: str
    model: str = ""
    chain: bool = True
    lora: Path | None = None
    answers: Path | None = None

    def options(self, common: ModelOptions) -> ModelOptions:
        """Return how the model is loaded."""
        return common if self.lora is None else common.model_copy(update={"lora": self.lora})


def read_arm(text: str, *, answers: bool = False) -> Arm:
    """Read ``NAME=MODEL`` with ``:lora=FOLDER`` and ``:no-chain`` after it, or with `answers` ``NAME=FILE``.

    Raises
    ------
    CounselError
        If it is not of that form.
    """
    name, equals, rest = text.partition("=")
    found = _MODEL.fullmatch(rest)
    if not equals or found is None or not _NAME.fullmatch(name) or name == REFERENCE:
        form = "NAME=FILE" if answers else "NAME=MODEL, :lora=FOLDER and :no-chain after it if wanted"
        raise CounselError(
            f"{text!r} names no arm; expected {form}, with a name of letters, digits and .+-_ other than "
            f"{REFERENCE}"
        )
    if answers:
        return Arm(name, answers=Path(rest))
    lora = Path(found["lora"]) if found["lora"] else None
    return Arm(name, found["model"], chain=found["plain"] is None, lora=lora)


def read_arms(models: tuple[str, ...], answers: tuple[str, ...]) -> tuple[Arm, ...]:
    """Read all arms of a command.

    Raises
    ------
    CounselError
        If there is none, or two have the same name.
    """
    arms = (*map(read_arm, models), *(read_arm(one, answers=True) for one in answers))
    names = [arm.name for arm in arms]
    if not arms:
        raise CounselError("nothing to evaluate; name an arm: --arm NAME=MODEL or --answers NAME=FILE")
    if twice := [name for name in names if names.count(name) > 1]:
        raise CounselError(f"two arms are called {twice[0]!r}; give each a name of its own")
    return arms
