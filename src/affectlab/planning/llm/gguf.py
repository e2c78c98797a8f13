"""A GGUF model in this process as a planner: answers held to a grammar, one core left to the sound."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from affectlab.errors import MissingExtra, ModelError
from affectlab.models.gguf import find_weights, spare_threads
from affectlab.planning.llm.exchange import Message
from affectlab.planning.llm.grammar import grammar

if TYPE_CHECKING:
    from affectlab.models._llama_server import LlamaServer

_CONTEXT: Final = 2048
_BATCH: Final = 64
"""So few that a request which is given up leaves the core after about two seconds of a small model."""
_TOKENS: Final = 220


class GgufProvider:
    """Asks a GGUF file through llama.cpp; it is loaded when first asked.

    Parameters
    ----------
    file
        Path of the file, or the name of one in the folder of weights.
    threads
        CPU threads; None for all but one.

    Raises
    ------
    UnknownModel
        If there is no such file.
    MissingExtra
        If xllamacpp is not installed.
    """

    strict = True

    def __init__(self, file: str, threads: int | None = None) -> None:
        from importlib.util import find_spec

        self.name = f"gguf:{Path(file).name}"
        self._path = find_weights(file)
        if find_spec("xllamacpp") is None:
            raise MissingExtra("xllamacpp", "llm")
        self._threads = threads or spare_threads()
        self._server: LlamaServer | None = None
        self._loading = Lock()

    @property
    def identity(self) -> str:
        """Name, size and date of the file: reading a gigabyte for its hash would cost the deadline."""
        status = self._path.stat()
        return f"{self.name} {status.st_size} {status.st_mtime_ns} context {_CONTEXT}"

    def answer(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        """Return the answer, a JSON object of `schema`."""
        from affectlab.models._llama_server import PromptTooLong

        end = time.monotonic() + seconds
        server = self._loaded()
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            tokens = _tokens(server, messages)
            return server.stream(
                tokens,
                left,
                n_predict=_TOKENS,
                temperature=0.0,
                cache_prompt=True,
                grammar=grammar(schema),
            )
        except PromptTooLong as error:
            raise ModelError(f"{error}; shorten the profile's texts") from error

    def warm(self, messages: Sequence[Message]) -> None:
        """Load the model and let it read `messages`."""
        server = self._loaded()
        server.stream(_tokens(server, messages), 600, n_predict=1, temperature=0.0, cache_prompt=True)

    def close(self) -> None:
        """Give back the memory."""
        with self._loading:
            if self._server is not None:
                self._server.close()
                self._server = None

    def _loaded(self) -> LlamaServer:
        from affectlab.models._llama_server import LlamaServer

        with self._loading:
            if self._server is None:
                self._server = LlamaServer(self._path, _CONTEXT, self._threads, _BATCH)
            return self._server


def _tokens(server: LlamaServer, messages: Sequence[Message]) -> list[int]:
    return server.prompt_tokens(server.prompt([{"role": one.role, "content": one.text} for one in messages]))
