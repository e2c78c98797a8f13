"""EQ-Bench v2 as an exam: how strongly a person in a dialogue feels each of four emotions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.empathy.eqbench_scoring import Intensities, question_score, read_first, read_revised
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError
from affectlab.models import Generation, Request, Scores

ARMS = ("first", "revise")
TASK = "intensity"
FIRST_TOKENS, REVISED_TOKENS = 80, 700

_CRITIQUE = re.compile(r" Then critique your answer by .*?revised scores\.")
_LATER = re.compile(r"Critique: <your critique here>.*?(?=\[End of answer\])", re.DOTALL)


class EqBenchExam:
    """Asks the benchmark's own prompts.

    Arms: ``first`` leaves the critique out, as the benchmark does by itself since version 2.1; ``revise``
    asks for scores, a critique of them and revised scores. Answers are words; nothing is asked twice.

    Parameters
    ----------
    info
        The data set; every sample holds its own prompt.
    choice
        What is asked.

    Raises
    ------
    BenchError
        If a task or an arm is not known.

    References
    ----------
    Paech (2023), EQ-Bench: An Emotional Intelligence Benchmark for Large Language Models, arXiv 2312.06281.
    """

    name, version = "eqbench", "2.1"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        del info
        if unknown := [name for name in choice.tasks if name != TASK]:
            raise BenchError(f"no task {unknown[0]!r}; expected {TASK}")
        if unknown := [name for name in choice.arms if name not in ARMS]:
            raise BenchError(f"no arm {unknown[0]!r}; expected some of {', '.join(ARMS)}")
        self._arms = choice.arms or ("first",)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What is asked, JSON-ready."""
        return {"tasks": [TASK], "arms": list(self._arms)}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask every question in words; likelihoods have no place here."""
        del scoring
        for arm in self._arms:
            for sample in samples:
                prompt = sample.text or ""
                yield Item(
                    id=f"{sample.id}__{arm}",
                    sample=sample,
                    task=TASK,
                    arm=arm,
                    request=Request((prompt if arm == "revise" else without_revision(prompt),)),
                    max_tokens=REVISED_TOKENS if arm == "revise" else FIRST_TOKENS,
                )

    def read(self, item: Item, text: str) -> Reading:
        """Read the intensities, and score them; either of the two passes makes an answer readable."""
        reference = item.sample.details["reference"]
        names = list(reference)
        if item.arm == "revise":
            first, revised = read_revised(text, names)
            passes = {"first": first, "revised": revised}
        else:
            passes = {"first": read_first(text, names)}
        scores = {name: question_score(reference, one.values) for name, one in passes.items() if one.values}
        return Reading(bool(scores), values=scores, notes={name: _note(one) for name, one in passes.items()})

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """Return None: every question stands alone."""
        del item, answer
        return None


def without_revision(prompt: str) -> str:
    """Take out of a prompt what asks for a critique and revised scores."""
    plain = _LATER.sub("\n", _CRITIQUE.sub("", prompt)).replace("First pass scores:\n", "")
    return f"{plain}\nYour answer:\n"


def _note(said: Intensities) -> dict[str, Any]:
    return dict(said.values) if said.values else {"problem": said.problem}
