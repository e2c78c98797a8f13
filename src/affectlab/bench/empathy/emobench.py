"""EmoBench as an exam: emotional application (EA) and emotional understanding (EU), in several orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.empathy.emobench_wording import LETTERS, Question
from affectlab.bench.empathy.letters import read_letter
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.models import Generation, Scores

TASKS = ("EA", "EU")
ARMS = ("base", "cot")
ORDERS = 4
"""Orders of the options: the given one and three cyclic shifts. The paper permutes them three times."""

THOUGHT_TOKENS, LETTER_TOKENS = 256, 12
_KINDS = {"EU-emotion": ("emotion", "emotions", "emotion"), "EU-cause": ("cause", "causes", "cause")}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a question belongs: the part of the exam, the arm, and the order of the options."""

    task: str
    arm: str
    order: int
    scoring: bool
    emotion: str = ""


class EmoBenchExam:
    """Asks for the best response to a person (EA), and for what a person feels and why (EU).

    The cause is asked for after the emotion and names the emotion that the model chose, as the paper has it.
    Arms: ``base`` asks for the letter at once, ``cot`` for thoughts first.

    Parameters
    ----------
    info
        The data set; every sample says itself what its options are.
    choice
        What is asked; ``units`` is the number of orders of the options, all four when None.

    Raises
    ------
    BenchError
        If a task or an arm is not known, or more orders are asked for than there are.

    References
    ----------
    Sabour et al. (2024), EmoBench: Evaluating the Emotional Intelligence of Large Language Models, arXiv
    2402.12071.
    """

    name, version = "emobench", "1"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        del info
        self._tasks = _known(choice.tasks, TASKS, "task") or TASKS
        self._arms = _known(choice.arms, ARMS, "arm") or ("base",)
        self._orders = choice.units or ORDERS
        if self._orders > ORDERS:
            raise BenchError(f"--units is {self._orders}; expected 1 to {ORDERS} orders of the options")

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is asked, JSON-ready."""
        return {"tasks": list(self._tasks), "arms": list(self._arms), "orders": self._orders}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask about scenarios one after the other, so that the orders of one share their beginning."""
        for sample in samples:
            task = str(sample.details["task"])
            if task not in self._tasks:
                continue
            first = "EA" if task == "EA" else "EU-emotion"
            for arm in self._arms:
                for order in range(self._orders):
                    yield _first(sample, _Place(first, arm, order, scoring))

    def read(self, item: Item, text: str) -> Reading:
        """Read the one letter named; thoughts are read as they are."""
        if not item.labels:
            return Reading(bool(text.strip()))
        letter = read_letter(text, set(item.labels.values()))
        label = next((name for name, one in item.labels.items() if one == letter), None)
        return Reading(label is not None, label)

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """Ask for the letter after thoughts, and for the cause after the emotion."""
        place = _place(item)
        if not item.labels and isinstance(answer, Generation):
            return _choice(item.sample, place, answer.text.strip())
        if place.task != "EU-emotion":
            return None
        chosen = self._chosen(item, answer)
        emotion = item.sample.details["emotions"][int(chosen)] if chosen else ""
        return _first(item.sample, _Place("EU-cause", place.arm, place.order, place.scoring, emotion))

    def _chosen(self, item: Item, answer: Generation | Scores) -> str | None:
        if isinstance(answer, Generation):
            return self.read(item, answer.text).label
        return list(item.labels)[int(answer.log_likelihoods.argmax())]


def shifted(number: int, order: int) -> list[int]:
    """Return the places of `number` options in one of the `ORDERS` cyclic orders, spread evenly."""
    shift = order * number // ORDERS
    return [(place + shift) % number for place in range(number)]


def _known(names: Sequence[str], known: Sequence[str], what: str) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in known]:
        raise BenchError(f"no {what} {unknown[0]!r}; expected some of {', '.join(known)}")
    return tuple(names)


def _first(sample: Sample, place: _Place) -> Item:
    """Return the first item of a question: the thoughts, where the arm has any, or the choice."""
    if place.arm == "base":
        return _choice(sample, place)
    question, _ = _question(sample, place)
    return Item(
        id=f"{_name(sample, place)}__thought",
        sample=sample,
        task="thought",
        arm=place.arm,
        request=question.request("thought"),
        max_tokens=THOUGHT_TOKENS,
        details=_details(place),
    )


def _choice(sample: Sample, place: _Place, thoughts: str = "") -> Item:
    question, places = _question(sample, place)
    right = sample.details[_KINDS[place.task][2] if place.task in _KINDS else "right"]
    labels = {str(at): letter for at, letter in zip(places, LETTERS, strict=False)}
    return Item(
        id=_name(sample, place),
        sample=sample,
        task=place.task,
        arm=place.arm,
        request=question.request("letter", thoughts),
        labels=labels,
        scored=place.scoring,
        max_tokens=LETTER_TOKENS,
        target={name: float(int(name) == right) for name in labels},
        details={**_details(place), "lengths": [len(one) for one in _options(sample, place)]},
    )


def _question(sample: Sample, place: _Place) -> tuple[Question, list[int]]:
    options = _options(sample, place)
    places = shifted(len(options), place.order)
    kind = _KINDS[place.task][0] if place.task in _KINDS else str(sample.details["asked"])
    shown = [options[at] for at in places]
    subject = str(sample.details["subject"])
    return Question(sample.subset, sample.text or "", subject, kind, shown, place.emotion), places


def _options(sample: Sample, place: _Place) -> list[str]:
    return list(sample.details[_KINDS[place.task][1] if place.task in _KINDS else "options"])


def _name(sample: Sample, place: _Place) -> str:
    return f"{sample.id}__{place.task}__{place.arm}__{place.order}"


def _details(place: _Place) -> dict[str, Any]:
    return {
        "about": place.task,
        "order": place.order,
        "scoring": place.scoring,
        "told_emotion": place.emotion,
    }


def _place(item: Item) -> _Place:
    about = item.details
    return _Place(about["about"], item.arm, about["order"], about["scoring"], about["told_emotion"])
