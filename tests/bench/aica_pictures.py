"""Small data sets of AICA-Bench, written as its builder lays them out, and rows of made-up answers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from affectlab.bench.aica.spaces import SPACE_OF, label_space, space_of
from affectlab.bench.dataset import Dataset, DatasetInfo, read_dataset, write_dataset
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.sample import Sample
from affectlab.models.media import media_of

WORDS = {
    label: label
    for name in ("mikels8", "ekman6", "plutchik24", "emotic26")
    for label in label_space(name).labels
}
INFO = DatasetInfo("aica", WORDS, {}, {"corpora": {}})


def rating(mean: float, low: float = 1, high: float = 7, sd: float | None = 1.0, n: int | None = 50) -> dict:
    return {"mean": mean, "sd": sd, "n": n, "low": low, "high": high}


def picture(path: Path, seed: int, lightness: float | None = None) -> Path:
    """Write a picture of noise, around a lightness from 0 to 1 where one is given."""
    generator = np.random.default_rng(seed)
    noise = generator.integers(0, 256, (24, 32, 3))
    if lightness is not None:
        noise = np.clip(lightness * 255 + (noise - 128) / 8, 0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise.astype(np.uint8)).save(path)
    return path


def sample(
    folder: Path,
    corpus: str,
    number: int,
    *,
    target: Mapping[str, float] | None = None,
    lightness: float | None = None,
    source: str = "",
    **details: Any,
) -> Sample:
    name = f"{corpus}_{number:04d}"
    path = picture(folder / "pictures" / f"{name}.png", zlib.crc32(name.encode()), lightness)
    return Sample(
        id=name,
        subset=corpus,
        split="test",
        groups={"source": source or f"{corpus}:{number}", "image": name},
        target=target or {},
        media=(media_of(path, "image"),),
        details={"corpus": corpus, "space": SPACE_OF[corpus], **details},
    )


def dataset(folder: Path, samples: Iterable[Sample]) -> Dataset:
    write_dataset(folder, INFO, samples)
    return read_dataset(folder)


def mixed(folder: Path, n: int) -> Dataset:
    """Labelled, voted, several-labelled and rated images, n of each of five corpora."""
    samples = []
    for number in range(n):
        for corpus in ("fi", "emotion6", "emotic"):
            space = space_of(corpus)
            assert space is not None
            labels = space.labels
            first, second = labels[number % len(labels)], labels[(number + 1) % len(labels)]
            target = {"fi": {first: 1.0}, "emotion6": {first: 0.7, second: 0.3}}.get(corpus)
            ratings = {"valence": rating(1 + number % 9, 1, 9, None, 15)} if corpus == "emotion6" else {}
            samples.append(
                sample(folder, corpus, number, target=target or {first: 0.5, second: 0.5}, ratings=ratings)
            )
        own = {"valence": rating(1 + 6 * number / n), "arousal": rating(4.0)}
        samples.append(sample(folder, "oasis", number, ratings=own))
        us = {"valence": rating(5, 1, 9), "arousal": rating(6, 1, 9)}
        cn = {"valence": rating(4, 1, 9), "arousal": rating(3, 1, 9)}
        samples.append(sample(folder, "bass", number, ratings=us, ratings_by_culture={"us": us, "cn": cn}))
    return dataset(folder, samples)


def labelled(
    truths: Iterable[str | Mapping[str, float]],
    answers: Iterable[str | None],
    corpus: str = "fi",
    **columns: Any,
) -> list[dict[str, Any]]:
    """Rows of ``answers.parquet`` as read back, one source each."""
    return [
        {
            "subset": corpus,
            "task": "eu",
            "arm": "basic",
            "status": "unparsed" if said is None else "answered",
            "source": f"{corpus}{number}",
            "target": {truth: 1.0} if isinstance(truth, str) else truth,
            "prediction": said,
            "probabilities": {},
            "values": {},
            "details": {},
        }
        | {name: values[number] for name, values in columns.items()}
        for number, (truth, said) in enumerate(zip(truths, answers, strict=True))
    ]


def rated(
    people: Iterable[float], model: Iterable[float | None], corpus: str = "oasis", **facts: Any
) -> list[dict[str, Any]]:
    rows = []
    for number, (mean, said) in enumerate(zip(people, model, strict=True)):
        details = {"dimension": "valence", "population": "", "low": 1, "high": 7, "sd": None, "n": None}
        rows.append(
            {
                "subset": corpus,
                "task": "intensity",
                "arm": "basic",
                "status": "unparsed" if said is None else "answered",
                "source": f"{corpus}{number}",
                "probabilities": {},
                "values": {} if said is None else {"rating": said},
                "details": details | {"mean": mean} | facts,
            }
        )
    return rows


def run_of(rows: list[dict[str, Any]]) -> ExamRun:
    about = {"benchmark": "aica", "status": "complete", "model": {"name": "made-up"}}
    return ExamRun(Path("nowhere"), about, tuple(rows))
