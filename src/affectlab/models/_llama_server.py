"""llama.cpp's server inside this process, with the calls that need a tokenizer or a chat template.

The server listens on a free port of the loopback address, because tokenizing has no other way in; a random
key keeps other processes out.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from affectlab.errors import MissingExtra, ModelError

_EVENT = b"data: "


class PromptTooLong(Exception):
    """The prompt and its answer do not fit the context; the message says by how much."""


class LlamaServer:
    """One GGUF model, loaded, that answers one request at a time.

    Parameters
    ----------
    path
        The model.
    context
        Longest prompt and answer together, in tokens.
    threads
        CPU threads.
    batch
        Tokens of a prompt that are evaluated at once; what is abandoned ends after those. None for the
        number that is llama.cpp's own.

    Raises
    ------
    MissingExtra
        If xllamacpp is not installed.
    ModelError
        If llama.cpp cannot load the model.
    """

    def __init__(self, path: Path, context: int, threads: int, batch: int | None = None) -> None:
        self._key = secrets.token_urlsafe()
        self._server: Any = _start(path, context, threads, self._key, batch)
        self._headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        self._address = urlsplit(self._server.listening_address).netloc

    def tokenize(self, text: str) -> list[int]:
        """Tokens of `text` as it stands, special tokens by name, nothing put before it."""
        tokens: list[int] = self._post("/tokenize", {"content": text, "parse_special": True})["tokens"]
        return tokens

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Put `messages` into the model's own chat template, up to where the answer begins."""
        # Reasoning before the answer would make the label's words anything but the next tokens.
        content = {"messages": list(messages), "chat_template_kwargs": {"enable_thinking": False}}
        prompt: str = self._post("/apply-template", content)["prompt"]
        return prompt

    def prompt_tokens(self, prompt: str) -> list[int]:
        """Tokens of a whole prompt, with the token that begins a text where the model has one."""
        content = {"content": prompt, "parse_special": True, "add_special": True}
        tokens: list[int] = self._post("/tokenize", content)["tokens"]
        return tokens

    def complete(self, tokens: Sequence[int], **parameters: Any) -> dict[str, Any]:
        """Continue `tokens`; `parameters` are those of llama.cpp's ``/completion``.

        Raises
        ------
        PromptTooLong
            If they do not fit the context.
        ModelError
            If llama.cpp refuses for another reason.
        """
        answer = self._server.handle_completions({"prompt": list(tokens), **parameters})
        return _checked(answer)

    def stream(self, tokens: Sequence[int], seconds: float, **parameters: Any) -> str:
        """Continue `tokens` for at most `seconds`; what is not done by then llama.cpp abandons too.

        Unlike `complete`, this lets other threads of Python run meanwhile.

        Raises
        ------
        TimeoutError
            If the answer is not whole in time.
        PromptTooLong
            If prompt and answer do not fit the context.
        ModelError
            If llama.cpp refuses for another reason.
        """
        end = time.monotonic() + seconds
        connection = HTTPConnection(self._address, timeout=seconds)
        try:
            content = json.dumps({"prompt": list(tokens), "stream": True, **parameters})
            connection.request("POST", "/completion", content, self._headers)
            socket = connection.sock
            response = connection.getresponse()
            if response.status != HTTPStatus.OK:
                return str(_checked(json.loads(response.read())))
            words: list[str] = []
            for line in response:
                words += _said(line)
                socket.settimeout(max(end - time.monotonic(), 0.001))
                if time.monotonic() >= end:
                    raise TimeoutError
            return "".join(words)
        except TimeoutError:
            raise
        except (OSError, ValueError, HTTPException) as error:
            raise ModelError(f"llama.cpp does not answer any more ({error}); start again") from error
        finally:
            # An open response would keep the socket, and llama.cpp at work.
            connection.close()

    def close(self) -> None:
        """Stop the server and give back its memory."""
        self._server = None

    def _post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        connection = HTTPConnection(self._address, timeout=600)
        try:
            connection.request("POST", path, json.dumps(content), self._headers)
            return _checked(json.loads(connection.getresponse().read()))
        except (OSError, ValueError) as error:
            raise ModelError(f"llama.cpp does not answer any more ({error}); start again") from error
        finally:
            connection.close()


def _start(path: Path, context: int, threads: int, key: str, batch: int | None) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtra("xllamacpp", "llm") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context
    # Prompts that are evaluated side by side share matrix products whose rounding depends on their number.
    parameters.n_parallel = 1
    if batch is not None:
        parameters.n_batch = parameters.n_ubatch = batch
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = threads
    # Prompts that were answered would otherwise be kept in up to 8 GiB.
    parameters.cache_ram_mib = 0
    parameters.api_keys = [key]
    parameters.ui = False
    parameters.verbosity = -1
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp cannot load {path}: its architecture is unknown to xllamacpp "
            f"{xllamacpp.__version__}, the file is damaged, or memory is short"
        ) from error


def _said(line: bytes) -> list[str]:
    if not line.startswith(_EVENT):
        return []
    return [str(_checked(json.loads(line.removeprefix(_EVENT))).get("content", ""))]


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    error = answer.get("error")
    if error is None:
        return answer
    message = " ".join(str(error.get("message", error)).split())
    if error.get("type") == "exceed_context_size_error":
        raise PromptTooLong(message)
    raise ModelError(f"llama.cpp refused a request: {message}")
