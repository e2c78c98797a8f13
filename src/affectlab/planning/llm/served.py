"""Any OpenAI-compatible chat server as a planner, through Pydantic AI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from affectlab.errors import MissingExtra, ModelError
from affectlab.models.openai import server_address, server_key
from affectlab.planning.llm.exchange import Message

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from pydantic_ai.messages import ModelMessage

_TOKENS: Final = 400
_LONGEST: Final = 256 << 10
"""Bytes of a response that are read; a plan and its envelope take a few thousand."""


class ServedProvider:
    """Asks one model of a server; answers are held to the schema where the server can do that.

    Parameters
    ----------
    text
        ``MODEL@URL``, or ``MODEL`` for the server that ``OPENAI_BASE_URL`` names.

    Raises
    ------
    InvalidConfig
        If the address is none.
    ModelError
        If the server is elsewhere and there is no key for it in ``OPENAI_API_KEY``.
    MissingExtra
        If pydantic-ai is not installed.
    """

    strict = False

    def __init__(self, text: str) -> None:
        from importlib.util import find_spec

        model, at, url = text.partition("@http")
        self._model = model
        self._url = server_address(f"http{url}" if at else None)
        self._key = server_key(self._url)
        self.name = f"openai:{model}@{self._url}" if at else f"openai:{model}"
        self._plain = False
        if find_spec("pydantic_ai") is None:
            raise MissingExtra("pydantic-ai-slim", "llm")

    @property
    def identity(self) -> str:
        """Model and address."""
        return f"{self._model} {self._url}"

    def answer(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        """Return the answer."""
        return asyncio.run(self._asked(messages, schema, seconds))

    def warm(self, messages: Sequence[Message]) -> None:
        """Do nothing: servers read in advance by themselves."""

    def close(self) -> None:
        """Do nothing: connections end with each answer."""

    async def _asked(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        async with asyncio.timeout(seconds):
            if not self._plain:
                try:
                    return await self._send(messages, schema)
                except _SchemaRefused:
                    self._plain = True
            return await self._send(messages, None)

    async def _send(self, messages: Sequence[Message], schema: Mapping[str, Any] | None) -> str:
        from openai import APIError
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import AgentRunError, ModelHTTPError
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        client = _client(self._url, self._key)
        model = OpenAIChatModel(self._model, provider=OpenAIProvider(openai_client=client))
        try:
            response = await model_request(
                model,
                _history(messages),
                model_settings={"max_tokens": _TOKENS, "temperature": 0.0},
                model_request_parameters=_parameters(schema),
            )
        except ModelHTTPError as error:
            if schema is not None and error.status_code in {400, 422}:
                raise _SchemaRefused from error
            raise ModelError(f"the server answered {error.status_code}") from error
        except (AgentRunError, APIError, OSError, ValueError, _TooLong) as error:
            raise ModelError(f"the server gave no answer that can be read ({_why(error)})") from error
        finally:
            await client.close()
        return response.text or ""


class _SchemaRefused(Exception):
    """The server does not hold answers to a schema, or refuses for another reason that a second try shows."""


class _TooLong(OSError):
    """More bytes than any plan takes."""


def _history(messages: Sequence[Message]) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, ModelResponse, SystemPromptPart, TextPart, UserPromptPart

    made: list[ModelMessage] = []
    for one in messages:
        match one.role:
            case "system":
                made.append(ModelRequest([SystemPromptPart(one.text)]))
            case "user":
                made.append(ModelRequest([UserPromptPart(one.text)]))
            case "assistant":
                made.append(ModelResponse([TextPart(one.text)]))
    return made


def _parameters(schema: Mapping[str, Any] | None) -> Any:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    if schema is None:
        return ModelRequestParameters()
    asked = OutputObjectDefinition(json_schema=dict(schema), name="plan", strict=True)
    return ModelRequestParameters(output_mode="native", output_object=asked)


def _client(url: str, key: str) -> AsyncOpenAI:
    from httpx2 import AsyncByteStream, AsyncHTTPTransport, Request, Response
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    class Counted(AsyncByteStream):
        """A stream that ends with an error when it brings more than a plan takes."""

        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for chunk in self._stream:
                read += len(chunk)
                if read > _LONGEST:
                    raise _TooLong(f"more than {_LONGEST >> 10} KB")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    class Counting(AsyncHTTPTransport):
        async def handle_async_request(self, request: Request) -> Response:
            response = await super().handle_async_request(request)
            response.stream = Counted(response.stream)
            return response

    http = DefaultAsyncHttpxClient(transport=Counting())
    return AsyncOpenAI(api_key=key, base_url=url, max_retries=0, http_client=http)


def _why(error: BaseException) -> str:
    cause = error.__cause__ or error
    return " ".join(str(cause).split())[:120] or type(cause).__name__
