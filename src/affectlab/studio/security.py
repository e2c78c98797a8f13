"""Who may come in: a token, the right host, the right origin; and the headers every answer carries."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "affectlab"

HEADERS = {
    # The page framework compiles its templates in the browser: it needs inline scripts and eval. Nothing
    # is ever fetched from, sent to, or framed by another origin.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is turned away: HTTP status and one line."""

    status: int
    text: str


class Guard:
    """ASGI middleware in front of pages, API and WebSockets alike.

    Parameters
    ----------
    app
        What is guarded.
    token
        Secret that every request must carry (cookie, ``?token=`` or bearer); None on loopback.
    hosts
        Names a request's ``Host`` may have when there is no token, so that no foreign name that
        resolves to this machine reaches it; without port.
    """

    def __init__(self, app: ASGIApp, *, token: str | None, hosts: frozenset[str]) -> None:
        self._app = app
        self._token = token
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif (refusal := self._refusal(scope)) is not None:
            await _refuse(refusal, scope, receive, send)
        elif scope["type"] == "http" and self._token and "token" in _query(scope):
            await _welcome(self._token, scope)(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, _with_headers(send) if scope["type"] == "http" else send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._token is None and _name(host) not in self._hosts:
            return Refusal(403, f"host {host!r} is not served here; use http://127.0.0.1 on this machine")
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in {"GET", "HEAD"}
        if changes and origin is not None and urlsplit(origin).netloc != host:
            return Refusal(403, f"requests from {origin!r} are refused; open the studio itself")
        if self._token is not None and not _holds(self._token, scope, headers):
            return Refusal(401, "a token is needed; open the address with ?token=… once")
        return None


def seal(token: str) -> str:
    """Return what the cookie holds: not the token itself, which opens other browsers too."""
    return hmac.new(token.encode(), b"affectlab studio cookie", hashlib.sha256).hexdigest()


def same(offered: str, secret: str) -> bool:
    """Compare in a time that does not tell how much was right."""
    return hmac.compare_digest(offered.encode(), secret.encode())


def _holds(token: str, scope: Scope, headers: Headers) -> bool:
    offered = _query(scope).get("token") or headers.get("authorization", "").removeprefix("Bearer ")
    return same(offered, token) or same(_cookie(headers), seal(token))


def _welcome(token: str, scope: Scope) -> Response:
    """Set the cookie and take the token out of the address bar."""
    rest = urlencode([(key, value) for key, value in _query(scope).items() if key != "token"])
    response = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), status_code=303)
    response.set_cookie(COOKIE, seal(token), httponly=True, samesite="lax")
    return response


def _query(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _name(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sender


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.text})
        return
    await PlainTextResponse(refusal.text + "\n", refusal.status)(scope, receive, _with_headers(send))
