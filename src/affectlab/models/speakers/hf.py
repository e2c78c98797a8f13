"""A transformers model in this process, piece by piece."""

from __future__ import annotations

from affectlab.errors import ModelError
from affectlab.models.protocol import Identity, Model, Request, Sampling
from affectlab.models.speaker import Speech
from affectlab.models.speakers.refusing import words_only
from affectlab.models.stop import Stop


class HfSpeaker:
    """Answers one request after the other; see `affectlab.models.Speaker`."""

    holds_to_grammar = False
    lanes = 1

    def __init__(self, model: Model) -> None:
        from affectlab.models.hf.model import HfModel

        if not isinstance(model, HfModel):
            raise ModelError(f"{model.identity.name} is no transformers model; open it as what it is")
        self._model = model

    @property
    def identity(self) -> Identity:
        return self._model.identity

    def stream(
        self,
        request: Request,
        sampling: Sampling,
        grammar: str | None = None,  # noqa: ARG002
        stop: Stop | None = None,
    ) -> Speech:
        """Answer `request`; the model stops after the token it is at when the generator is closed."""
        words_only(request)
        return (yield from self._model.stream(request, sampling, stop or Stop()))

    def close(self) -> None:
        """Let the weights go."""
        self._model.close()
