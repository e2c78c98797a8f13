"""What every language or multimodal model does for affectlab, whoever made it and wherever it runs.

A request is an ordered tuple of parts: instructions (plain strings), quoted words that are themselves to be
judged, and media files. Media travel by path and content hash and are decoded by the model that needs them,
never inlined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

MediaKind = Literal["image", "audio", "video"]
Modality = Literal["T", "A", "V"]

MODALITIES: tuple[Modality, ...] = ("T", "A", "V")
"""Text, audio, vision: the order of the last axis of `AttentionShares` before the rest."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words to be judged, such as a transcript, as distinct from instructions; their tokens count as T."""

    text: str


@dataclass(frozen=True, slots=True)
class Media:
    """One file to look at or listen to.

    Parameters
    ----------
    kind
        What to take from the file: of a clip, "audio" is its sound track and "video" its pictures.
    path
        Where the file lies.
    sha256
        Of the file's content, hexadecimal; names it in caches and logs.
    """

    kind: MediaKind
    path: Path
    sha256: str


Part: TypeAlias = str | Quote | Media


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of a conversation said."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """One user turn, with an optional system instruction and earlier turns of a conversation before it.

    Every provider gives the earlier turns to the model as chat messages, oldest first.
    """

    parts: tuple[Part, ...]
    system: str = ""
    earlier: tuple[Turn, ...] = ()

    @property
    def kinds(self) -> frozenset[MediaKind]:
        """The kinds of media in the request."""
        return frozenset(part.kind for part in self.parts if isinstance(part, Media))

    @property
    def text(self) -> str:
        """All words of the user turn in order, media left out."""
        words = (part.text if isinstance(part, Quote) else part for part in self.parts)
        return "".join(word for word in words if isinstance(word, str))


@dataclass(frozen=True, slots=True)
class Sampling:
    """How text is generated.

    Parameters
    ----------
    max_tokens
        Longest answer.
    temperature
        0 is greedy.
    seed
        For temperatures above 0.
    """

    max_tokens: int = 32
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """An answer in words.

    Parameters
    ----------
    text
        The answer without special tokens.
    complete
        False when the answer was cut at `Sampling.max_tokens`.
    tokens
        Tokens of the answer; 0 where the provider does not say.
    """

    text: str
    complete: bool = True
    tokens: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class AttentionShares:
    """Where the last token of the prompt looks, head by head.

    Parameters
    ----------
    shares
        Shape (layers, heads, 4): attention probability on the tokens of T, A, V and on the rest; each head
        sums to 1, and a modality that is absent holds 0.
    tokens
        Shape (4,): number of tokens of T, A, V and the rest that may be attended to.
    """

    shares: NDArray[np.float32]
    tokens: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How likely each label is as the whole answer.

    Parameters
    ----------
    log_likelihoods
        Shape (n_labels,), natural logarithm of the probability of all the label's tokens after the prompt.
    tokens
        Shape (n_labels,), number of tokens of each label, for length normalisation.
    attention
        Where the model keeps it, else None.
    """

    log_likelihoods: NDArray[np.float64]
    tokens: NDArray[np.int64]
    attention: AttentionShares | None = None


FailureKind = Literal["media", "modality", "memory", "endpoint", "empty", "endless", "length"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one request has no answer; the others of its batch are not touched.

    Parameters
    ----------
    kind
        media: a file is missing or cannot be decoded. modality: the model does not take this kind of media.
        memory: it does not fit even alone. endpoint: the server, or the model's chat template, refused this
        request. empty: no answer came.
        endless: the answer did not end where an end is demanded. length: the prompt is longer than the
        model's context.
    message
        One line: what was wrong and what to do.
    transient
        True when asking again later may help; such an outcome is shown but not kept, so a resumed run asks
        again.
    """

    kind: FailureKind
    message: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model takes and gives.

    Parameters
    ----------
    image, audio, video
        Kinds of media it takes.
    logits
        `Model.score` works.
    attention
        `Scores.attention` is filled in.
    steering
        Attention heads can be steered.
    """

    image: bool = False
    audio: bool = False
    video: bool = False
    logits: bool = False
    attention: bool = False
    steering: bool = False

    def takes(self, kind: MediaKind) -> bool:
        """Say whether media of `kind` may be sent."""
        return {"image": self.image, "audio": self.audio, "video": self.video}[kind]


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that decides what a model answers; equal identities give equal answers.

    Parameters
    ----------
    name
        ``provider:name`` as loaded.
    revision
        Commit, file hash or server version; empty where the provider does not say.
    settings
        JSON-ready: dtype, quantisation, adapter, frame rule, chat template and the like. Nothing that only
        changes speed.
    """

    name: str
    revision: str
    settings: Mapping[str, Any] = field(default_factory=dict)


class Model(Protocol):
    """A model that answers requests in batches.

    Answers come in the order of the requests, one for each; a request that cannot be answered yields a
    `Failure` in its place. What concerns every request (no such model, server down after patient retries)
    raises a `ModelError`.
    """

    @property
    def identity(self) -> Identity: ...

    @property
    def can(self) -> Capabilities: ...

    @property
    def batch_size(self) -> int:
        """Requests per call that suit the model."""
        ...

    @property
    def lanes(self) -> int:
        """Calls that may be under way at once, from different threads."""
        ...

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        """Answer each request in words.

        Raises
        ------
        OutOfMemory
            If the batch does not fit; a smaller one may.
        ModelError
            If the model can answer nothing at all any more.
        """
        ...

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        """Return the exact log-likelihood of each of `labels` as the whole answer to each request.

        Raises
        ------
        OutOfMemory
            If the batch does not fit; a smaller one may.
        ModelError
            If the model has no logits or can answer nothing at all any more.
        """
        ...

    def close(self) -> None:
        """Give back memory and connections."""
        ...


@runtime_checkable
class Constrained(Protocol):
    """A model that can be held to a grammar."""

    def constrained(
        self, requests: Sequence[Request], sampling: Sampling, grammar: str
    ) -> list[Generation | Failure]:
        """Answer each request in words that `grammar`, in the form of llama.cpp (GBNF), admits."""
        ...
