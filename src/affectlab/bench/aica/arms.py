"""The ways in which images are asked about, and the tasks each of them is for."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.bench.aica.spaces import LANGUAGES, Language
from affectlab.bench.exam.item import ExamChoice
from affectlab.errors import BenchError

TASKS = ("eu", "intensity", "er", "egcg")
"""Emotion understanding, ratings, emotion reasoning, emotion-guided content generation."""

STEPS = ("cot", "cot-matched")
"""Arms that reason before they answer; the second is as long as an affective tree."""

MARKED = ("gat", "scaffold", "tree", "gat-shuffled", "gat-random", "gat-grid")
"""Arms of grounded affective trees: whole, marks only, tree only, and controls of where the marks are."""

SCANNED = ("gat", "gat-shuffled", "gat-random", "gat-grid")
"""Arms that scan regions first where a text is to be written; "scaffold" shows marks and gives no clues."""

_ARMS_OF = {
    "eu": ("basic", *STEPS, *MARKED),
    "intensity": ("basic",),
    "er": ("basic", "scaffold", *SCANNED),
    "egcg": ("basic", "scaffold", *SCANNED),
}


@dataclass(frozen=True, slots=True)
class ArmOf:
    """A way of asking in a language.

    Parameters
    ----------
    name
        As reports show it.
    way
        Without language.
    language
        Of the prompt.
    """

    name: str
    way: str
    language: Language


def chosen_tasks(choice: ExamChoice) -> tuple[str, ...]:
    """Return the tasks that are asked, understanding and ratings if none is named.

    Raises
    ------
    BenchError
        If there is no such task.
    """
    for task in choice.tasks:
        if task not in TASKS:
            raise BenchError(f"--tasks {task!r} is no task of aica; expected some of {', '.join(TASKS)}")
    return choice.tasks or ("eu", "intensity")


def chosen_arms(choice: ExamChoice, language: Language) -> tuple[ArmOf, ...]:
    """Return the arms that are asked, "basic" if none is named.

    Parameters
    ----------
    language
        Of arms that name none; ``basic-zh`` and the like name one.

    Raises
    ------
    BenchError
        If there is no such arm.
    """
    return tuple(_arm(name, language) for name in choice.arms or ("basic",))


def _arm(name: str, language: Language) -> ArmOf:
    way, spoken = name, language
    for other in LANGUAGES:
        if name.endswith(f"-{other}"):
            way, spoken = name.removesuffix(f"-{other}"), other
    if way not in _ARMS_OF["eu"]:
        known = ", ".join(_ARMS_OF["eu"])
        raise BenchError(
            f"--prompting {name!r} is no arm of aica; expected some of {known}, or one of them with "
            f"{' or '.join(f'-{other}' for other in LANGUAGES)}"
        )
    return ArmOf(name, way, spoken)


def asks(task: str, way: str) -> bool:
    """Say whether an arm asks anything of a task."""
    return way in _ARMS_OF[task]
