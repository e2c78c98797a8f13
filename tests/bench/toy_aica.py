"""Pictures of two corpora with labels and ratings, and an exam that asks as AICA's does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.exam.item import ExamChoice, Item, Reading
from affectlab.bench.registry import Benchmark
from affectlab.bench.sample import Sample
from affectlab.models import Generation, Request, Scores
from affectlab.models.labels import read_label
from affectlab.models.media import media_of

PICTURED = Benchmark("aica", "a toy", exam="toy_aica:PicturedExam")

SPACES: Mapping[str, tuple[str, ...]] = {
    "artphoto": ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"),
    "emotion6": ("joy", "surprise", "anger", "disgust", "fear", "sadness"),
}
WORDS = {label: label for labels in SPACES.values() for label in labels}


def write_pictures(folder: Path, n: int, rated: int = 0) -> Path:
    """Write n labelled pictures, every other one a PNG, two to a source, and some with ratings only."""
    generator = np.random.default_rng(0)
    samples = []
    (folder / "pictures").mkdir(parents=True)
    for index in range(n):
        corpus = list(SPACES)[index % 2]
        path = folder / "pictures" / f"{index:04d} <b>&'.{('jpg', 'png')[index % 2]}"
        small = generator.integers(0, 255, (3, 4, 3), dtype=np.uint8)
        Image.fromarray(small).resize((64, 48), Image.Resampling.BICUBIC).save(path)
        labels = SPACES[corpus]
        samples.append(
            Sample(
                id=f"{corpus}_{index:04d}",
                subset=corpus,
                split="test",
                groups={"source": f"source{index // 2}", "image": f"{index:04d}"},
                target={labels[index // 2 % len(labels)]: 1.0},
                media=(media_of(path, "image"),),
                details={"corpus": corpus, "space": "mikels8" if corpus == "artphoto" else "ekman6"},
            )
        )
    samples += [_rated(folder, index, generator.uniform(1.5, 6.5, 2)) for index in range(rated)]
    write_dataset(folder, DatasetInfo("aica", WORDS, {}, {"corpora": {name: {} for name in SPACES}}), samples)
    return folder


def _rated(folder: Path, index: int, means: np.ndarray) -> Sample:
    path = folder / "pictures" / f"rated {index}.png"
    Image.new("RGB", (40, 30), (index % 256, 90, 200)).save(path)
    ratings = {
        name: {"mean": float(mean), "sd": 1.2, "n": 100, "low": 1, "high": 7}
        for name, mean in zip(("valence", "arousal"), means, strict=True)
    }
    return Sample(
        id=f"oasis_{index:04d}",
        subset="oasis",
        split="test",
        groups={"source": f"rated{index}", "image": f"rated{index}"},
        target={},
        media=(media_of(path, "image"),),
        details={"corpus": "oasis", "space": None, "ratings": ratings},
    )


class PicturedExam:
    """Asks for the label of each picture in two arms, and for a reason after a label of the first."""

    name, version = "pictured", "1"

    def __init__(self, info: DatasetInfo, choice: ExamChoice) -> None:
        self._arms = choice.arms or ("basic", "cot")

    @property
    def parameters(self) -> dict[str, object]:
        return {"arms": list(self._arms)}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        for arm in self._arms:
            for sample in samples:
                labels = {label: label for label in SPACES[sample.subset]}
                words = f"{arm}, {sample.id}: which of {', '.join(labels)}?"
                yield Item(
                    f"{sample.id}__eu__{arm}",
                    sample,
                    "eu",
                    arm,
                    Request((*sample.media, words)),
                    labels,
                    scored=scoring,
                )

    def read(self, item: Item, text: str) -> Reading:
        if item.task == "er":
            return Reading(bool(re.search(r"\w", text)), notes={"words": len(text.split())})
        label = read_label(text, dict(item.labels))
        return Reading(label is not None, label)

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        if item.task == "er" or item.arm != "basic" or isinstance(answer, Scores):
            return None
        words = f"{item.sample.id}: why {answer.text}?"
        request = Request((*item.sample.media, words))
        return Item(f"{item.sample.id}__er__basic", item.sample, "er", "basic", request)
