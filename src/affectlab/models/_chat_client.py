"""Asking an OpenAI-compatible chat server, patiently."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Set
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from affectlab.errors import MissingExtra, ModelUnavailable
from affectlab.models._patience import Patience, retry_after
from affectlab.models._refusals import cleaned, judge, read_refusal
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Failure, Generation, MediaKind

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

_LONGEST_ANSWER = 16 << 20
_LIMITS = ("max_tokens", "max_completion_tokens")


class _Trouble(NamedTuple):
    """Something that may pass, and the seconds the server asked to be left alone."""

    why: str
    pause: float | None = None


class ChatClient:
    """Sends chat requests for one model; used inside an event loop.

    Parameters
    ----------
    model
        As the server calls it.
    url, key
        Of the server; the key is kept out of every message.
    options
        Patience, and the variable that holds the key.
    request_seconds
        Longest time for one answer from sending the request to its last byte.
    """

    def __init__(self, model: str, url: str, key: str, options: ModelOptions, request_seconds: float) -> None:
        self._model, self._key, self._options = model, key, options
        self._request_seconds = request_seconds
        self._jitter = Random()  # noqa: S311
        self._limit = _LIMITS[0]
        self._client = sdk_client(url, key)
        self._free = asyncio.Semaphore(options.lanes)

    async def ask(
        self, messages: list[dict[str, Any]], sampling: Mapping[str, Any], kinds: Set[MediaKind]
    ) -> Generation | Failure:
        """Send one conversation and read the answer.

        Parameters
        ----------
        messages
            In the protocol's terms.
        sampling
            ``max_tokens``, ``temperature`` and, where it counts, ``seed``.
        kinds
            Media in the messages.

        Raises
        ------
        ModelUnavailable
            If the server gives no answer for ``retry_minutes``, or the account has run out.
        ModelError
            If no request will be answered: wrong key, model or sampling.
        """
        patience = Patience(60 * self._options.retry_minutes, self._jitter)
        async with self._free:
            while True:
                outcome = await self._try(messages, sampling, kinds)
                if not isinstance(outcome, _Trouble):
                    return outcome
                pause = patience.wait(outcome.pause)
                if pause is None:
                    raise self._unavailable(outcome.why)
                await asyncio.sleep(pause)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _try(
        self, messages: list[dict[str, Any]], sampling: Mapping[str, Any], kinds: Set[MediaKind]
    ) -> Generation | Failure | _Trouble:
        from openai import APIConnectionError, APIStatusError

        unreachable: tuple[type[Exception], ...] = (APIConnectionError, *transport_errors())
        try:
            async with asyncio.timeout(self._request_seconds):
                content = await self._send(messages, sampling)
        except TimeoutError:
            why = f"no whole answer after {self._request_seconds:g} s; use fewer --lanes or a faster server"
            return Failure("endless", why, transient=True)
        except APIStatusError as error:
            return self._refused(error, kinds)
        except unreachable as error:
            return _Trouble(cleaned(str(error.__cause__ or error) or type(error).__name__, self._key))
        if len(content) > _LONGEST_ANSWER:
            return Failure("endless", f"the answer goes on after {_LONGEST_ANSWER >> 20} MB")
        return read_completion(content)

    async def _send(self, messages: list[dict[str, Any]], sampling: Mapping[str, Any]) -> bytes:
        fields = {self._limit if name == _LIMITS[0] else name: value for name, value in sampling.items()}
        content = bytearray()
        # As a stream, so that a server which never ends cannot fill the memory.
        create = self._client.chat.completions.with_streaming_response.create
        request: dict[str, Any] = {"model": self._model, "messages": messages, **fields}
        async with create(**request) as response:
            async for chunk in response.iter_bytes():
                content += chunk
                if len(content) > _LONGEST_ANSWER:
                    break
        return bytes(content)

    def _refused(self, error: APIStatusError, kinds: Set[MediaKind]) -> Failure | _Trouble:
        refusal = read_refusal(error, self._key)
        if refusal.status == 400 and _LIMITS[1] in refusal.message and self._limit != _LIMITS[1]:
            # Newer models of OpenAI take only the newer name, other servers often only the older one.
            self._limit = _LIMITS[1]
            return _Trouble(refusal.message, 0.0)
        if refusal.passing and not refusal.lacks(kinds):
            return _Trouble(f"{refusal.status} {refusal.message}", retry_after(error.response.headers))
        verdict = judge(refusal, kinds, f"openai:{self._model}", self._options.api_key_variable)
        if isinstance(verdict, Failure):
            return verdict
        raise verdict

    def _unavailable(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"openai:{self._model}: no answer from {self._client.base_url} for "
            f"{self._options.retry_minutes:g} minutes ({why}); answers so far are kept, run again later"
        )


def read_completion(content: bytes) -> Generation | Failure:
    """Read the answer out of a chat completion."""
    try:
        found = json.loads(content)
        choice = found["choices"][0]
        text, ending = choice["message"].get("content"), choice.get("finish_reason")
        tokens = int((found.get("usage") or {}).get("completion_tokens") or 0)
    except (ValueError, LookupError, TypeError, AttributeError):
        return Failure("endpoint", f"no chat completion: {content[:100].decode(errors='replace')!r}")
    if ending == "content_filter":
        return Failure("endpoint", "the server's content filter held the answer back")
    if not isinstance(text, str) or not text.strip():
        return Failure("empty", _emptiness(ending, tokens))
    return Generation(text.strip(), complete=ending != "length", tokens=tokens)


def _emptiness(ending: object, tokens: int) -> str:
    if ending == "length":
        return f"no answer within {tokens or 'the allowed'} tokens, spent before it; allow more tokens"
    return "the server sent an answer without words"


def sdk_client(url: str, key: str) -> AsyncOpenAI:
    """Return OpenAI's client for any server that speaks as theirs do; it tries nothing twice.

    Raises
    ------
    MissingExtra
        If the package is not installed.
    """
    try:
        from openai import AsyncOpenAI
    except ImportError as error:
        raise MissingExtra("openai", "bench") from error
    return AsyncOpenAI(api_key=key, base_url=url, max_retries=0)


def transport_errors() -> tuple[type[Exception], ...]:
    """Return what may be raised, beside the SDK's own errors, when a connection fails."""
    # The SDK translates such errors only up to the first byte of the answer, and has changed the library
    # that raises them from one major version to the next.
    from openai import DefaultAsyncHttpxClient

    library = sys.modules[DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]]
    request_error: type[Exception] = library.RequestError
    return request_error, OSError
