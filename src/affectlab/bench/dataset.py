"""Data sets of samples on disk: ``dataset.json`` says what they are, ``samples.jsonl`` holds one a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectlab.bench.sample import Sample
from affectlab.errors import UnreadableFile
from affectlab.files import write_json, writing
from affectlab.models import Media

_ABOUT = "dataset.json"
_SAMPLES = "samples.jsonl"


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What a data set is.

    Parameters
    ----------
    benchmark
        Name of the benchmark whose tasks read it, for example "emomm".
    labels
        Label to the words that name it to a model, in their natural order.
    values
        Label to its number on an ordered scale, for absolute errors; empty where labels have no order.
    parameters
        Everything that decided how it was built, JSON-ready.
    manifest
        Where it came from: see `affectlab.manifest.make_manifest`.
    samples_sha256
        Hash of the samples, media by content and not by place, so that copies of a data set on two machines
        are the same; filled in when the data set is written.
    """

    benchmark: str
    labels: Mapping[str, str]
    values: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    samples_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set read from `folder`."""

    folder: Path
    info: DatasetInfo
    samples: tuple[Sample, ...]


def write_dataset(folder: Path, info: DatasetInfo, samples: Iterable[Sample]) -> None:
    """Write a data set; media inside `folder` are stored relative to it, so that it can be moved.

    ``dataset.json`` is written last: a folder without it is unfinished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with writing(folder / _SAMPLES) as temporary, temporary.open("w", encoding="utf-8") as file:
        for sample in samples:
            content = _to_json(sample, folder)
            file.write(json.dumps(content, ensure_ascii=False) + "\n")
            digest.update(_placeless(content))
    about = {
        "benchmark": info.benchmark,
        "labels": dict(info.labels),
        "values": dict(info.values),
        "parameters": dict(info.parameters),
        "manifest": dict(info.manifest),
        "samples_sha256": digest.hexdigest(),
    }
    write_json(folder / _ABOUT, about)


def read_dataset(folder: Path) -> Dataset:
    """Read a data set.

    Raises
    ------
    UnreadableFile
        If the folder holds none, or it is damaged or unfinished.
    """
    info = read_info(folder)
    path = folder / _SAMPLES
    digest = hashlib.sha256()
    try:
        with path.open(encoding="utf-8") as file:
            samples = tuple(_read(map(json.loads, file), folder, digest))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UnreadableFile(f"{path} is damaged ({error}); build the data set again") from error
    if digest.hexdigest() != info.samples_sha256:
        raise UnreadableFile(f"{path} does not match {_ABOUT}: it was changed; build the data set again")
    return Dataset(folder, info, samples)


def read_info(folder: Path) -> DatasetInfo:
    """Read what a data set is, without its samples.

    Raises
    ------
    UnreadableFile
        If the folder holds none, or it is damaged or unfinished.
    """
    path = folder / _ABOUT
    try:
        return DatasetInfo(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UnreadableFile(
            f"{folder} holds no data set (no {_ABOUT}); make one: affectlab bench build NAME --out {folder}"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise UnreadableFile(f"{path} is damaged ({error}); build the data set again") from error


def _to_json(sample: Sample, folder: Path) -> dict[str, Any]:
    media = [
        {"kind": one.kind, "path": _stored(one.path, folder), "sha256": one.sha256} for one in sample.media
    ]
    return {
        "id": sample.id,
        "subset": sample.subset,
        "split": sample.split,
        "groups": dict(sample.groups),
        "target": dict(sample.target),
        "text": sample.text,
        "media": media,
        "details": dict(sample.details),
    }


def _read(contents: Iterable[dict[str, Any]], folder: Path, digest: hashlib._Hash) -> Iterator[Sample]:
    for content in contents:
        digest.update(_placeless(content))
        yield _from_json(content, folder)


def _placeless(content: dict[str, Any]) -> bytes:
    """Return a sample's content as bytes, without where its media lie."""
    media = [[one["kind"], one["sha256"]] for one in content["media"]]
    return json.dumps({**content, "media": media}, sort_keys=True).encode()


def _from_json(content: dict[str, Any], folder: Path) -> Sample:
    media = tuple(
        Media(one["kind"], (folder / one["path"]).absolute(), one["sha256"]) for one in content["media"]
    )
    return Sample(**{**content, "media": media})


def _stored(path: Path, folder: Path) -> str:
    absolute, root = path.absolute(), folder.absolute()
    return str(absolute.relative_to(root) if absolute.is_relative_to(root) else absolute)
