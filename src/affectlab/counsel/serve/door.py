"""Who may ask: the right host, the right origin, the token, and not too much at once."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from affectlab.counsel.serve.shapes import encoded, error_body

LONGEST_BODY = 4 << 20
"""Bytes of a request that are read; ours."""

_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def reply(status: int, content: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of JSON that nobody on the way may keep."""
    return Response(encoded(content), status, {**_PRIVATE, **(headers or {})}, "application/json")


class Door:
    """ASGI middleware in front of everything but ``/health``.

    Parameters
    ----------
    app
        What is behind.
    token
        What clients present as their key; None on loopback.
    hosts
        Names a request's ``Host`` may have when there is no token, so that no foreign name that resolves to
        this machine reaches it; without port.
    """

    def __init__(self, app: ASGIApp, *, token: str | None, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Headers(scope=scope), scope["path"])
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _Measured(receive), send)

    def _refusal(self, headers: Headers, path: str) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self._token is None and (urlsplit(f"//{host}").hostname or "") not in self._hosts:
            why = f"host {host!r} is not served here; use http://127.0.0.1 on this machine"
            return reply(403, error_body(why, "permission_error"))
        if origin is not None and urlsplit(origin).netloc != host:
            why = f"requests from pages of {origin!r} are refused; ask from a program"
            return reply(403, error_body(why, "permission_error"))
        if self._token is not None and path != "/health" and not self._holds(headers):
            why = "the key is missing or wrong; send 'Authorization: Bearer TOKEN'"
            return reply(401, error_body(why, "authentication_error", code="invalid_api_key"))
        if _length(headers) > LONGEST_BODY:
            why = f"the request is longer than {LONGEST_BODY >> 20} MB; send a shorter conversation"
            return reply(413, error_body(why, "invalid_request_error"))
        return None

    def _holds(self, headers: Headers) -> bool:
        offered = headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(offered.encode(), (self._token or "").encode())


class _Measured:
    """Reads a request and breaks off one that says less of its length than it has."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._read = receive, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self._read > LONGEST_BODY else message


def _length(headers: Headers) -> int:
    try:
        return int(headers.get("content-length", "0"))
    except ValueError:
        return 0
