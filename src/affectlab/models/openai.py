"""Models behind any server that speaks OpenAI's chat protocol: vLLM, Ollama, llama-server, OpenAI itself."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from affectlab.errors import InvalidConfig, ModelError, UnreadableFile
from affectlab.models._chat_client import ChatClient
from affectlab.models._conversation import opening
from affectlab.models._inlined import Blob, Inliner, Piece, Words
from affectlab.models._loop import LoopThread, together
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Capabilities, Failure, Generation, Identity, Request, Sampling, Scores

_OPENAI = "https://api.openai.com/v1"
_NO_KEY = "EMPTY"
_REQUEST_SECONDS = 600.0


def load(name: str, options: ModelOptions) -> OpenAIModel:
    """Prepare to ask `name` of a server; nothing is sent yet.

    The server is ``options.base_url``, else OPENAI_BASE_URL, else OpenAI's own.

    Raises
    ------
    InvalidConfig
        If the address is none, or video is wanted as video.
    ModelError
        If the server is not on this network and no key is set.
    MissingExtra
        If the ``openai`` package is not installed.
    """
    return OpenAIModel(name, options)


class OpenAIModel:
    """A chat model on a server.

    Pictures are sent inside the request, a file byte for byte where it can be (see
    `affectlab.models._own_bytes.own_bytes`), sound as WAV, video as its pictures in order.

    Parameters
    ----------
    name
        As the server calls the model.
    options
        Address, key, lanes, patience and pictures.
    request_seconds
        Longest time for one answer from sending the request to its last byte.
    """

    def __init__(
        self, name: str, options: ModelOptions, *, request_seconds: float = _REQUEST_SECONDS
    ) -> None:
        self._name = name
        self._lanes = options.lanes
        self._url = server_address(options.base_url)
        if options.video_as == "video":
            raise InvalidConfig("video_as 'video' is not for openai models; expected 'auto' or 'frames'")
        self._inliner = Inliner(options)
        key = server_key(self._url, options.api_key_variable)
        self._client = ChatClient(name, self._url, key, options, request_seconds)
        self._loop = LoopThread(f"openai:{name}")

    @property
    def identity(self) -> Identity:
        return Identity(f"openai:{self._name}", "", {"server": self._url, **self._inliner.settings})

    @property
    def can(self) -> Capabilities:
        return Capabilities(image=True, audio=True, video=True)

    @property
    def batch_size(self) -> int:
        return 1

    @property
    def lanes(self) -> int:
        return self._lanes

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        """Answer each request in words.

        Raises
        ------
        ModelUnavailable
            If the server gives no answer for ``retry_minutes``, or the account has run out.
        ModelError
            If the server refuses the key, the model or the sampling.
        """
        asked = [(request, self._messages(request)) for request in requests]
        fields = _fields(sampling)
        return self._loop.run(together(self._answer(*pair, fields) for pair in asked))

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:  # noqa: ARG002
        """Raise `ModelError`: chat servers tell no likelihood of answers that they did not give."""
        raise ModelError(f"openai:{self._name} gives no log-likelihoods; ask with --mode generate")

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        if not self._loop.closed:
            self._loop.run(self._client.close())
            self._loop.close()

    def _messages(self, request: Request) -> list[dict[str, Any]] | Failure:
        try:
            asked: list[dict[str, Any]] = [
                {"role": "user", "content": _content(self._inliner.pieces(request))}
            ]
        except UnreadableFile as error:
            return Failure("media", str(error))
        return [*opening(request), *asked]

    async def _answer(
        self, request: Request, messages: list[dict[str, Any]] | Failure, fields: dict[str, Any]
    ) -> Generation | Failure:
        if isinstance(messages, Failure):
            return messages
        return await self._client.ask(messages, fields, request.kinds)


def server_address(wanted: str | None) -> str:
    """Return the address of the server to ask, without a name or password in it.

    Raises
    ------
    InvalidConfig
        If it is no HTTP address.
    """
    text = wanted or os.environ.get("OPENAI_BASE_URL") or _OPENAI
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        shown = parts.hostname or text
        raise InvalidConfig(f"base_url {shown!r} is no address; expected one like http://localhost:8000/v1")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def server_key(url: str, variable: str = "OPENAI_API_KEY") -> str:
    """Return the key for the server at `url`; servers of this network need none.

    Raises
    ------
    ModelError
        If the environment variable is not set.
    """
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if _on_this_network(urlsplit(url).hostname or ""):
        return _NO_KEY
    raise ModelError(f"no key for {url}; set the environment variable {variable}")


def _on_this_network(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal"))


def _fields(sampling: Sampling) -> dict[str, Any]:
    fields = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature}
    # Some servers refuse fields they do not know, and greedy answers need no seed.
    return fields | {"seed": sampling.seed} if sampling.temperature > 0 else fields


def _content(pieces: Sequence[Piece]) -> str | list[dict[str, Any]]:
    match pieces:
        case []:
            return ""
        case [Words(text)]:
            # Servers without any media often take nothing but a string.
            return text
    return [_part(piece) for piece in pieces]


def _part(piece: Piece) -> dict[str, Any]:
    match piece:
        case Words(text):
            return {"type": "text", "text": text}
        case Blob("image"):
            return {"type": "image_url", "image_url": {"url": piece.uri}}
        case Blob():
            return {"type": "input_audio", "input_audio": {"data": piece.content, "format": "wav"}}
