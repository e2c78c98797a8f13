"""One thing to ask a model, and the key under which its answer is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from affectlab.bench.sample import Sample
from affectlab.bench.task import Task
from affectlab.models import Identity, MediaKind, Modality, Part, Quote, Request, Sampling

Mode = Literal["score", "generate"]

_KIND_OF: Mapping[Modality, tuple[MediaKind, ...]] = {"A": ("audio",), "V": ("video", "image"), "T": ()}


@dataclass(frozen=True, slots=True)
class Terms:
    """What all questions of a run have in common and their answers depend on.

    Parameters
    ----------
    mode
        "score" asks for the likelihood of each label, "generate" for an answer in words.
    labels
        Words of each label, in order.
    sampling
        How words are generated; of no effect on scores.
    identity
        The model that is asked.
    task
        Name and version of the task.
    """

    mode: Mode
    labels: tuple[str, ...]
    sampling: Sampling
    identity: Identity
    task: tuple[str, str]

    def digest(self) -> bytes:
        """Hash of the terms, the same in every process."""
        content: dict[str, Any] = asdict(self)
        content.pop("sampling" if self.mode == "score" else "labels")
        return hashlib.sha256(_canonical(content).encode()).digest()


@dataclass(frozen=True, slots=True)
class Question:
    """A request under the terms of a run; equal questions have equal keys and are asked once."""

    key: str
    request: Request


def questions(task: Task, samples: Iterable[Sample], terms: Terms) -> list[Question]:
    """Ask `task` about each sample, in order."""
    return asking((task.request(sample, generate=terms.mode == "generate") for sample in samples), terms)


def asking(requests: Iterable[Request], terms: Terms) -> list[Question]:
    """Ask each request under `terms`, in order."""
    common = terms.digest()
    return [Question(_key(common, request), request) for request in requests]


def only(samples: Iterable[Sample], modalities: Sequence[Modality]) -> list[Sample]:
    """Take from each sample what is not of `modalities`; samples left with nothing are dropped."""
    kinds = {kind for modality in modalities for kind in _KIND_OF[modality]}
    kept = (
        replace(
            sample,
            text=sample.text if "T" in modalities else None,
            media=tuple(media for media in sample.media if media.kind in kinds),
        )
        for sample in samples
    )
    return [sample for sample in kept if sample.text is not None or sample.media]


def _key(common: bytes, request: Request) -> str:
    digest = hashlib.sha256(common)
    asked: list[Any] = [request.system, [_described(part) for part in request.parts]]
    if request.earlier:
        asked.append([[turn.role, turn.text] for turn in request.earlier])
    digest.update(_canonical(asked).encode())
    return digest.hexdigest()


def _described(part: Part) -> list[str]:
    if isinstance(part, str):
        return ["words", part]
    if isinstance(part, Quote):
        return ["quote", part.text]
    # The content decides, not where the file lies: a data set may be moved between two runs.
    return [part.kind, part.sha256]


def _canonical(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
