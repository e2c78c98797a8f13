"""Runs of an exam like AICA-Bench's, made by the real runner with models that answer from a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.exam.run import run_exam
from affectlab.bench.registry import Benchmark
from affectlab.bench.sample import Sample
from affectlab.bench.settings import RunSettings
from affectlab.models import Capabilities, Failure, Generation, Identity, Media, Request, Sampling, Scores

LIKE_AICA = Benchmark("aica", "explanations", exam="judged_runs:LikeAica")
EMOTIONS = ("awe", "fear", "sadness", "amusement")

Write = Callable[[str, str, str], str]
"""From the hash of the image, the task and the emotion to an answer."""


class LikeAica:
    """Asks for an explanation and a paragraph about each image, in two arms."""

    name, version = "aica", "test"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        self._arms = choice.arms or ("basic",)

    @property
    def parameters(self) -> dict[str, object]:
        return {}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        for arm in self._arms:
            for sample in samples:
                for task in ("er", "egcg"):
                    request = Request((*sample.media, f"{task} {sample.label} {arm}"))
                    details = {"language": "en", "target": sample.label}
                    name = f"{sample.id}__{task}__{arm}"
                    yield Item(name, sample, task, arm, request, details=details)

    def read(self, item: Item, text: str) -> Reading:
        return Reading(bool(text))

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        return None


class Writer:
    """A vision model that answers from a table and fails where the table has nothing."""

    batch_size, lanes = 4, 1

    def __init__(self, name: str, write: Write) -> None:
        self.identity = Identity(name, "1", {})
        self.can = Capabilities(image=True)
        self._write = write

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        return [self._one(request) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing to give back."""

    def _one(self, request: Request) -> Generation | Failure:
        (image,) = (part.sha256 for part in request.parts if isinstance(part, Media))
        task, emotion, arm = request.text.split()
        text = self._write(image, task, f"{emotion} {arm}")
        return Generation(text) if text != "failure" else Failure("media", "cannot be read")


def image_data(folder: Path, n: int = 6) -> Path:
    """Write a data set of n images that are files of a few bytes; nothing here decodes them."""
    folder.mkdir(parents=True)
    samples = []
    for number in range(n):
        path = folder / f"{number}.png"
        path.write_bytes(b"image %d" % number)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        samples.append(
            Sample(
                f"s{number}",
                ("emoset", "fi")[number % 2],
                "test",
                {"source": f"source{number // 2 if n > 4 else number}", "image": f"s{number}"},
                {EMOTIONS[number % 4]: 1.0},
                media=(Media("image", path, digest),),
            )
        )
    write_dataset(folder, DatasetInfo("aica", {one: one for one in EMOTIONS}), samples)
    return folder


def written_run(data: Path, out: Path, name: str, write: Write, arms: tuple[str, ...] = ()) -> Path:
    """Run the exam with a writer and return the folder."""
    settings = RunSettings(benchmark="aica", data=data, model=name, out=out, arms=arms)
    run_exam(LIKE_AICA, settings, model=Writer(name, write), stop=None, progress=lambda *_: None)
    return out
