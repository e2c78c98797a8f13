"""A model behind a server that speaks OpenAI's chat protocol, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from queue import SimpleQueue
from typing import Any, Final

from affectlab.errors import ModelUnavailable
from affectlab.models._chat_client import sdk_client, transport_errors
from affectlab.models._conversation import opening
from affectlab.models._loop import LoopThread
from affectlab.models._refusals import cleaned, judge, read_refusal
from affectlab.models.openai import server_address, server_key
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Failure, Identity, Request, Sampling
from affectlab.models.speaker import Speech, Spoken
from affectlab.models.speakers.refusing import error_of, words_only
from affectlab.models.stop import Stop

_SILENCE_SECONDS: Final = 120.0


class ServedSpeaker:
    """A chat model on a server; see `affectlab.models.Speaker`.

    Parameters
    ----------
    name
        ``MODEL@URL``, or ``MODEL`` for the server of the options or of ``OPENAI_BASE_URL``.
    options
        Address and key variable.
    lanes
        Answers under way at once; the server decides how it deals with them.
    silence_seconds
        Longest wait for the next piece.
    """

    holds_to_grammar = False

    def __init__(
        self, name: str, options: ModelOptions, lanes: int, *, silence_seconds: float = _SILENCE_SECONDS
    ) -> None:
        self._model, at, url = name.partition("@http")
        self._url = server_address(f"http{url}" if at else options.base_url)
        self._key_variable = options.api_key_variable
        self._key = server_key(self._url, self._key_variable)
        self._silence_seconds = silence_seconds
        self.lanes = lanes
        self.identity = Identity(f"openai:{self._model}", "", {"server": self._url})
        self._client = sdk_client(self._url, self._key)
        self._loop = LoopThread(f"speaking openai:{self._model}")

    def stream(
        self,
        request: Request,
        sampling: Sampling,
        grammar: str | None = None,  # noqa: ARG002 - servers differ in how they take one, if at all
        stop: Stop | None = None,
    ) -> Speech:
        """Answer `request`; the connection is dropped when the generator is closed or `stop` is set."""
        words_only(request)
        messages = [*opening(request), {"role": "user", "content": request.text}]
        ending = _Ending()
        queue: SimpleQueue[str | Exception | None] = SimpleQueue()
        work = self._loop.start(self._listen(messages, sampling, queue, ending))

        def give_up() -> None:
            work.cancel()
            queue.put(None)

        try:
            with (stop or Stop()).doing(give_up):
                yield from _passed_on(queue)
        finally:
            work.cancel()
        return Spoken(ending.reason == "stop", ending.tokens, ending.prompt_tokens)

    def close(self) -> None:
        """Close the connections."""
        if not self._loop.closed:
            self._loop.run(self._client.close())
            self._loop.close()

    async def _listen(
        self,
        messages: list[dict[str, str]],
        sampling: Sampling,
        queue: SimpleQueue[str | Exception | None],
        ending: _Ending,
    ) -> None:
        try:
            async with self._asked(messages, sampling) as pieces:
                async for piece in pieces:
                    ending.read(piece)
                    if piece.choices and (words := piece.choices[0].delta.content):
                        queue.put(words)
        except Exception as error:  # noqa: BLE001 - raised again by the thread that reads
            queue.put(self._explained(error))
        queue.put(None)

    @asynccontextmanager
    async def _asked(self, messages: list[dict[str, str]], sampling: Sampling) -> AsyncIterator[Any]:
        seed = {"seed": sampling.seed} if sampling.temperature > 0 else {}
        create: Any = self._client.chat.completions.create
        async with await create(
            model=self._model,
            messages=messages,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            stream=True,
            stream_options={"include_usage": True},
            timeout=self._silence_seconds,
            **seed,
        ) as pieces:
            yield pieces

    def _explained(self, error: Exception) -> Exception:
        from openai import APIError, APIStatusError

        name = f"openai:{self._model}"
        if isinstance(error, APIStatusError):
            refusal = read_refusal(error, self._key)
            if refusal.passing:
                return ModelUnavailable(f"{name}: {refusal.status} {refusal.message}; try again later")
            verdict = judge(refusal, frozenset(), name, self._key_variable)
            return error_of(verdict) if isinstance(verdict, Failure) else verdict
        if isinstance(error, (APIError, ValueError, *transport_errors())):
            why = cleaned(str(error.__cause__ or error) or type(error).__name__, self._key)
            return ModelUnavailable(f"{name}: no answer from {self._url} ({why}); try again later")
        return error


class _Ending:
    """What a server says about its answer as a whole, piece by piece."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.tokens = 0
        self.prompt_tokens = 0

    def read(self, piece: Any) -> None:
        if piece.choices:
            self.reason = piece.choices[0].finish_reason or self.reason
        if piece.usage is not None:
            self.tokens = piece.usage.completion_tokens or 0
            self.prompt_tokens = piece.usage.prompt_tokens or 0


def _passed_on(queue: SimpleQueue[str | Exception | None]) -> Iterator[str]:
    while (piece := queue.get()) is not None:
        if isinstance(piece, Exception):
            raise piece
        yield piece
