"""llama.cpp's server inside this process, with the calls that need a tokenizer or a chat template.

The server listens on a free port of the loopback address, because tokenizing has no other way in; a random
key keeps other processes out.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from socket import SHUT_RDWR
from socket import socket as Socket  # noqa: N812
from typing import Any
from urllib.parse import urlsplit

from affectlab.errors import MissingExtra, ModelError
from affectlab.models.stop import Stop

_EVENT = b"data: "


class PromptTooLong(Exception):
    """The prompt and its answer do not fit the context; the message says by how much."""


class LlamaServer:
    """One GGUF model, loaded.

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
    slots
        Answers under way at once, each with the whole context. Only with 1 are results the same whatever
        else is asked.

    Raises
    ------
    MissingExtra
        If xllamacpp is not installed.
    ModelError
        If llama.cpp cannot load the model.
    """

    def __init__(
        self, path: Path, context: int, threads: int, batch: int | None = None, slots: int = 1
    ) -> None:
        self._key = secrets.token_urlsafe()
        self._server: Any = _start(path, context, threads, self._key, batch, slots)
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
        """Continue `tokens` for at most `seconds`; see `steps`."""
        steps = self.steps(tokens, seconds, Stop(), **parameters)
        return "".join(str(step.get("content", "")) for step in steps)

    def steps(
        self, tokens: Sequence[int], seconds: float, stop: Stop, **parameters: Any
    ) -> Generator[dict[str, Any]]:
        """Continue `tokens` step by step; what is not done by the end llama.cpp abandons too.

        Unlike `complete`, this lets other threads of Python run meanwhile.

        Parameters
        ----------
        tokens
            The prompt.
        seconds
            Longest time for the whole answer.
        stop
            Ends the answer where it is.
        parameters
            Those of llama.cpp's ``/completion``.

        Yields
        ------
        dict
            What llama.cpp sends: ``content``, and in the last step how the answer ended.

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
            line: Socket = connection.sock
            with stop.doing(partial(_hang_up, line)):
                yield from _read_steps(connection.getresponse(), line, end)
        except TimeoutError:
            raise
        except (OSError, ValueError, HTTPException) as error:
            if not stop.is_set:
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


def _start(path: Path, context: int, threads: int, key: str, batch: int | None, slots: int) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtra("xllamacpp", "llm") from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context * slots
    # Prompts that are evaluated side by side share matrix products whose rounding depends on their number.
    parameters.n_parallel = slots
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


def _hang_up(line: Socket) -> None:
    with suppress(OSError):
        line.shutdown(SHUT_RDWR)


def _read_steps(response: HTTPResponse, line: Socket, end: float) -> Iterator[dict[str, Any]]:
    if response.status != HTTPStatus.OK:
        yield _checked(json.loads(response.read()))
        return
    for event in response:
        if event.startswith(_EVENT):
            yield _checked(json.loads(event.removeprefix(_EVENT)))
        line.settimeout(max(end - time.monotonic(), 0.001))
        if time.monotonic() >= end:
            raise TimeoutError


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    error = answer.get("error")
    if error is None:
        return answer
    message = " ".join(str(error.get("message", error)).split())
    if error.get("type") == "exceed_context_size_error":
        raise PromptTooLong(message)
    raise ModelError(f"llama.cpp refused a request: {message}")
