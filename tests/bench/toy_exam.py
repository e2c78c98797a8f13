"""A small exam over the toy data set: labels of the sample's own, numbers, and a question that follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.registry import Benchmark
from affectlab.bench.sample import Sample
from affectlab.models import Generation, Request, Scores
from affectlab.models.labels import read_label

TOY = Benchmark("emomm", "a toy", exam="toy_exam:ToyExam")


class ToyExam:
    """Asks for a label in two arms, of two labels for odd samples; "why" follows a label in words."""

    name, version = "toy", "1"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        self._labels = dict(info.labels)
        self._arms = choice.arms or ("plain", "loud")

    @property
    def parameters(self) -> dict[str, object]:
        return {"arms": list(self._arms)}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        for arm in self._arms:
            for place, sample in enumerate(samples):
                labels = self._labels if place % 2 else {"N": "negative", "P": "positive"}
                request = Request((f"{arm}: {sample.text}",))
                yield Item(f"{sample.id}__{arm}", sample, "label", arm, request, labels, scored=scoring)

    def read(self, item: Item, text: str) -> Reading:
        if item.task == "why":
            found = re.search(r"(\d+)", item.sample.id)
            return Reading(True, values={"number": float(found[1])} if found else {}, notes={"said": text})
        label = read_label(text, dict(item.labels))
        return Reading(label is not None, label)

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        if item.task == "why" or isinstance(answer, Scores):
            return None
        request = Request((f"You said {answer.text} of {item.sample.text}. Why?",))
        return Item(f"{item.id}__why", item.sample, "why", item.arm, request)
