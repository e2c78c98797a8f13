"""The endpoint: ``/v1/chat/completions``, ``/v1/models`` and ``/health``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from affectlab.counsel.chat import ChatEvent, Counsellor
from affectlab.counsel.serve.config import ServeSettings
from affectlab.counsel.serve.desk import Desk, Full, Halted
from affectlab.counsel.serve.door import Door, reply
from affectlab.counsel.serve.shapes import Completion, error_body, sse
from affectlab.counsel.serve.trouble import explained, invalid, lost, refused, said_by_framework
from affectlab.counsel.serve.wire import ChatBody
from affectlab.listening import LOOPBACK
from affectlab.models import Stop

_SILENCE_SECONDS = 15.0
"""After so long without a word a stream says that it is alive."""
_IGNORED = "System messages are not read; the counsellor has an instruction of its own."
_HEADER = "x-show-reasoning"


def build_app(counsellor: Counsellor, settings: ServeSettings) -> FastAPI:
    """Return the web application; its state holds the `Desk` as ``desk``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(app.state.desk.shut)

    app = FastAPI(title="affectlab counsel", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.desk = Desk(counsellor, settings.lanes, settings.waiting, settings.deadline_s)
    began = int(time.time())

    @app.get("/health")
    async def health() -> Response:
        desk: Desk = app.state.desk
        return reply(503 if desk.closing else 200, {"ok": not desk.closing, **desk.state})

    @app.get("/v1/models")
    async def models() -> Response:
        one = {"id": settings.name, "object": "model", "created": began, "owned_by": "affectlab"}
        return reply(200, {"object": "list", "data": [one]})

    @app.post("/v1/chat/completions")
    async def completions(body: ChatBody, request: Request) -> Response:
        if body.model != settings.name:
            why = f"no model {body.model[:80]!r} here; ask for {settings.name!r}"
            return reply(404, error_body(why, "invalid_request_error", code="model_not_found", param="model"))
        return await _Answer(app.state.desk, body, request, settings).response()

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, said_by_framework)
    app.add_middleware(Door, token=settings.token, hosts=LOOPBACK | {settings.host})
    return app


class _Answer:
    """One request on its way to a response, given up when the client goes away."""

    def __init__(self, desk: Desk, body: ChatBody, request: Request, settings: ServeSettings) -> None:
        self._desk, self._body, self._request, self._settings = desk, body, request, settings
        self._stop = Stop()
        self._completion = Completion(settings.name, (_IGNORED,) if body.ignored_instruction else ())

    async def response(self) -> Response:
        """Return the whole answer, or a stream once its first words are there."""
        shown = self._settings.chat.show_reasoning or self._request.headers.get(_HEADER, "") == "true"
        try:
            ask = self._body.ask(self._settings.chat, shown=shown)
            self._desk.demand_room()
        except (Full, Halted, ValueError) as error:
            return refused(error)
        except Exception as error:  # noqa: BLE001 - every failure is told in OpenAI's shape
            return explained(error)
        events = self._desk.answer(ask, self._stop)
        watch = asyncio.create_task(self._watch())
        try:
            # What goes wrong before the first word has a status of its own.
            first = await anext(events)
            if self._body.stream:
                stream = self._streamed(first, events, watch)
                return StreamingResponse(
                    stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
                )
            return await self._whole(first, events)
        except Exception as error:  # noqa: BLE001 - as above
            return explained(error)
        finally:
            if not self._body.stream:
                watch.cancel()

    async def _whole(self, first: ChatEvent, events: AsyncGenerator[ChatEvent]) -> Response:
        self._completion.take(first)
        async for event in events:
            self._completion.take(event)
        if self._stop.reason in {"deadline", "closing"}:
            return lost(self._stop.reason)
        return reply(200, self._completion.whole())

    async def _streamed(
        self, first: ChatEvent, events: AsyncGenerator[ChatEvent], watch: asyncio.Task[None]
    ) -> AsyncGenerator[bytes]:
        try:
            for chunk in (*self._completion.opening(), self._completion.take(first)):
                yield sse(chunk)
            async for event in _with_pauses(events):
                yield b": waiting\n\n" if event is None else sse(self._completion.take(event))
            if self._body.stream_options and self._body.stream_options.include_usage:
                yield sse(self._completion.usage_chunk())
            yield b"data: [DONE]\n\n"
        except Exception as error:  # noqa: BLE001 - the status has been sent; the stream says it
            yield b"data: " + bytes(explained(error).body) + b"\n\n"
        finally:
            watch.cancel()
            self._stop.set("gone")

    async def _watch(self) -> None:
        """Stop when the client has gone."""
        with suppress(ClientDisconnect):
            while (await self._request.receive())["type"] != "http.disconnect":
                pass
        self._stop.set("gone")


async def _with_pauses(events: AsyncGenerator[ChatEvent]) -> AsyncGenerator[ChatEvent | None]:
    """Yield events, and None after a silence."""
    try:
        coming = asyncio.ensure_future(anext(events, None))
        while True:
            done, _ = await asyncio.wait({coming}, timeout=_SILENCE_SECONDS)
            if not done:
                yield None
                continue
            event = coming.result()
            if event is None:
                return
            yield event
            coming = asyncio.ensure_future(anext(events, None))
    finally:
        coming.cancel()
