"""A GGUF model through llama.cpp in this process, piece by piece."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final

from affectlab.errors import ContextExceeded, ModelUnavailable
from affectlab.manifest import sha256
from affectlab.models._conversation import opening
from affectlab.models._llama_server import LlamaServer, PromptTooLong
from affectlab.models.gguf import find_weights, spare_threads
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Identity, Request, Sampling
from affectlab.models.speaker import Speech, Spoken
from affectlab.models.speakers.refusing import words_only
from affectlab.models.stop import Stop

_CONTEXT: Final = 4096
_BATCH: Final = 64
"""So few that an answer which is given up leaves the cores after about two seconds of a small model."""
_SECONDS: Final = 600.0
_SHORTER: Final = "shorten the conversation or give --context"
_WORD_JOINER: Final = "\u2060"
_SPECIAL: Final = re.compile(
    r"<(?=\||/?(?:s|bos|eos|start_of_turn|end_of_turn)>)|\[(?=/?INST\])", re.IGNORECASE
)
"""Where names of special tokens begin in the usual chat templates: words must not end a turn."""


class GgufSpeaker:
    """A model that llama.cpp runs; see `affectlab.models.Speaker`.

    Parameters
    ----------
    name
        Path of the file, or the name of one in the folder of weights.
    options
        Context and threads.
    lanes
        Answers under way at once, each with the whole context.
    """

    holds_to_grammar = True

    def __init__(self, name: str, options: ModelOptions, lanes: int) -> None:
        path = find_weights(name)
        self._context = context = options.context or _CONTEXT
        self._server = LlamaServer(path, context, options.threads or spare_threads(), _BATCH, lanes)
        self.lanes = lanes
        settings = {"context": context, "xllamacpp": version("xllamacpp"), "template": "the model's own"}
        self.identity = Identity(f"gguf:{name}", sha256(path), settings)

    def stream(
        self, request: Request, sampling: Sampling, grammar: str | None = None, stop: Stop | None = None
    ) -> Speech:
        """Answer `request`; llama.cpp gives it up when the generator is closed or `stop` is set."""
        words_only(request)
        parameters = _parameters(sampling) | ({"grammar": grammar} if grammar else {})
        tokens = self._tokens(request)
        self._demand_room(len(tokens), sampling.max_tokens)
        last: dict[str, Any] = {}
        try:
            for last in self._server.steps(tokens, _SECONDS, stop or Stop(), **parameters):
                if words := str(last.get("content", "")):
                    yield words
        except PromptTooLong as error:
            raise ContextExceeded(f"{error}; {_SHORTER}") from error
        except TimeoutError as error:
            raise ModelUnavailable(
                f"{self.identity.name}: no whole answer after {_SECONDS:g} s; allow fewer tokens"
            ) from error
        return Spoken(
            bool(last.get("stop")) and last.get("stop_type") != "limit",
            int(last.get("tokens_predicted", 0)),
            int(last.get("tokens_evaluated", 0)),
        )

    def close(self) -> None:
        """Give back the memory."""
        self._server.close()

    def _demand_room(self, length: int, room: int) -> None:
        if length + room > self._context:
            raise ContextExceeded(
                f"the prompt has {length} tokens and its answer up to {room}, the context {self._context}; "
                f"{_SHORTER}"
            )

    def _tokens(self, request: Request) -> list[int]:
        earlier = tuple(replace(turn, text=_harmless(turn.text)) for turn in request.earlier)
        before = opening(Request((), _harmless(request.system), earlier))
        prompt = self._server.prompt([*before, {"role": "user", "content": _harmless(request.text)}])
        return self._server.prompt_tokens(prompt)


def _parameters(sampling: Sampling) -> dict[str, Any]:
    return {
        "n_predict": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        # What the model says, not what llama.cpp's habitual cuts leave of it.
        "top_k": 0,
        "top_p": 1.0,
        "min_p": 0.0,
        "cache_prompt": True,
    }


def _harmless(words: str) -> str:
    return _SPECIAL.sub(lambda found: found[0] + _WORD_JOINER, words)
