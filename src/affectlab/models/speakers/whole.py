"""Any model as a speaker that says its whole answer as one piece."""

from __future__ import annotations

from affectlab.models.protocol import Failure, Identity, Model, Request, Sampling
from affectlab.models.speaker import Speech, Spoken
from affectlab.models.speakers.refusing import error_of, words_only
from affectlab.models.stop import Stop


class WholeSpeaker:
    """Says nothing until the answer is whole; a stop is noticed only then."""

    holds_to_grammar = False

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def identity(self) -> Identity:
        return self._model.identity

    @property
    def lanes(self) -> int:
        return self._model.lanes

    def stream(
        self,
        request: Request,
        sampling: Sampling,
        grammar: str | None = None,  # noqa: ARG002
        stop: Stop | None = None,
    ) -> Speech:
        """Answer `request` in one piece."""
        words_only(request)
        (answer,) = self._model.generate([request], sampling)
        if isinstance(answer, Failure):
            if answer.kind == "empty":
                return Spoken()
            raise error_of(answer)
        if stop and stop.is_set:
            return Spoken(complete=False, tokens=answer.tokens)
        yield answer.text
        return Spoken(answer.complete, answer.tokens)

    def close(self) -> None:
        """Close the model."""
        self._model.close()
