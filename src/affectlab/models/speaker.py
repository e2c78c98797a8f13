"""Models that answer piece by piece, for conversations in which somebody waits."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Identity, Request, Sampling
from affectlab.models.stop import Stop


@dataclass(frozen=True, slots=True)
class Spoken:
    """How an answer came to its end.

    Parameters
    ----------
    complete
        False where it was cut: at `Sampling.max_tokens`, or by a stop.
    tokens
        Of the answer; 0 where the model does not say.
    prompt_tokens
        Of what was read before it; 0 where the model does not say.
    """

    complete: bool = True
    tokens: int = 0
    prompt_tokens: int = 0


Speech: TypeAlias = Generator[str, None, Spoken]
"""Pieces of an answer; their ending is the generator's value. Closing it ends the model's work on it."""


class Speaker(Protocol):
    """A model that answers one request piece by piece."""

    @property
    def identity(self) -> Identity: ...

    @property
    def lanes(self) -> int:
        """Answers that may be under way at once, from different threads."""
        ...

    @property
    def holds_to_grammar(self) -> bool:
        """Whether `stream` keeps answers to a grammar; where not, the grammar changes nothing."""
        ...

    def stream(
        self, request: Request, sampling: Sampling, grammar: str | None = None, stop: Stop | None = None
    ) -> Speech:
        """Answer `request` piece by piece.

        Parameters
        ----------
        request
            Words only.
        sampling
            As for `Model.generate`.
        grammar
            In the form of llama.cpp (GBNF).
        stop
            Ends the answer where it is, from another thread, at once.

        Raises
        ------
        ContextExceeded
            If the conversation does not fit.
        ModelUnavailable
            If the model's server does not answer.
        ModelError
            If the request is refused for another reason.
        """
        ...

    def close(self) -> None:
        """Give back memory and connections; may be called twice."""
        ...


def open_speaker(text: str, options: ModelOptions | None = None, *, lanes: int = 1) -> Speaker:
    """Open the model that `text` names, as `load_model` does, to be streamed from.

    GGUF files, transformers models and OpenAI-compatible servers (also as ``openai:MODEL@URL``) stream; any
    other model says its whole answer as one piece.

    Parameters
    ----------
    text
        ``provider:name``, or ``organism``.
    options
        As for `load_model`.
    lanes
        Answers wanted at once. A GGUF model then needs as many times the memory of its context; a model in
        this process that can only do one after the other lets them wait.

    Raises
    ------
    UnknownModel
        If no provider of that name exists, or the provider knows no such model.
    MissingExtra
        If the provider's package is not installed.
    """
    from affectlab.models.registry import load_model

    chosen = options or ModelOptions()
    provider, _, name = text.partition(":")
    if provider == "gguf" and name:
        from affectlab.models.speakers.gguf import GgufSpeaker

        return GgufSpeaker(name, chosen, lanes)
    if provider == "openai" and name:
        from affectlab.models.speakers.served import ServedSpeaker

        return ServedSpeaker(name, chosen, lanes)
    model = load_model(text, chosen)
    if provider in {"hf", "organism"}:
        from affectlab.models.speakers.hf import HfSpeaker

        return HfSpeaker(model)
    from affectlab.models.speakers.whole import WholeSpeaker

    return WholeSpeaker(model)
