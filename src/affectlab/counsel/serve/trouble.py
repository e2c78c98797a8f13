"""What went wrong, as a client of OpenAI's protocol is told."""

from __future__ import annotations

import logging

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from affectlab.counsel.serve.desk import Full, Halted
from affectlab.counsel.serve.door import reply
from affectlab.counsel.serve.shapes import error_body
from affectlab.errors import AffectlabError, ContextExceeded, CounselError, ModelUnavailable

_LOG = logging.getLogger(__name__)
_LOST = {
    "deadline": (504, "no whole answer within the deadline; send a shorter conversation or try again"),
    "closing": (503, "the server is ending; try again later"),
    "gone": (499, "the client went away"),
}


def explained(error: Exception) -> Response:
    """Return the response that says `error`; what nobody expected is not described to clients."""
    match error:
        case Full() | Halted():
            return refused(error)
        case ContextExceeded():
            body = error_body(str(error), "invalid_request_error", code="context_length_exceeded")
            return reply(400, body)
        case CounselError():
            return reply(400, error_body(str(error), "invalid_request_error", param="messages"))
        case ModelUnavailable():
            return reply(503, error_body(str(error), "server_error", code="model_unavailable"))
        case AffectlabError():
            return reply(502, error_body(str(error), "server_error", code="model_error"))
    _LOG.error("an answer failed", exc_info=error)
    return reply(500, error_body("the answer failed; see the server's log", "server_error"))


def refused(error: Exception) -> Response:
    """Return the response to a request that nobody begins with."""
    match error:
        case Full():
            why = f"as many wait as may; try again in {error.seconds} s"
            body = error_body(why, "rate_limit_error", code="queue_full")
            return reply(429, body, {"Retry-After": str(error.seconds)})
        case Halted():
            return lost(str(error))
    return explained(error)


def lost(reason: str) -> Response:
    """Return the response to a request whose answer was ended."""
    status, why = _LOST[reason]
    return reply(status, error_body(why, "server_error", code=reason))


async def invalid(_request: Request, error: Exception) -> Response:
    """Say which field of a request is wrong, without repeating what was in it."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    places = [str(place) for place in first.get("loc", ())[1:]]
    field = ".".join(places)[:120] or "body"
    why = f"{field}: {str(first.get('msg', 'not readable')).lower()}"
    return reply(400, error_body(why, "invalid_request_error", param=field))


async def said_by_framework(_request: Request, error: Exception) -> Response:
    """Say in OpenAI's shape what the web framework refuses: no such path, no such method."""
    if not isinstance(error, HTTPException):
        return explained(error)
    headers = dict(error.headers or {})
    return reply(error.status_code, error_body(str(error.detail), "invalid_request_error"), headers)
