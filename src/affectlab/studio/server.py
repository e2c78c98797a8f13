"""Starts the studio: address, port, web server."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from affectlab.counsel.chat import Counsellor, open_counsellor
from affectlab.errors import MissingExtra, StudioError
from affectlab.listening import address, listen
from affectlab.studio.config import StudioConfig

SWITCH_SECONDS = 0.0005
"""How long building a page may keep the session's thread waiting each time that needs the interpreter.

A round of the session gives the interpreter up dozens of times; with Python's 5 ms, a page being built delays
it by a quarter of a second.
"""


def serve(config: StudioConfig, ready: Callable[[str], None]) -> None:
    """Serve the studio until it is interrupted; `ready` is told the address once pages answer.

    Raises
    ------
    StudioError
        If the port is taken, or a host beyond loopback is asked for without a token.
    CounselError, ModelError
        If a counsellor is configured and cannot be opened.
    """
    demand_token(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    listening = listen(config.host, config.port)
    with listening:
        try:
            import uvicorn

            from affectlab.studio.app import build_app
        except ModuleNotFoundError as error:
            raise MissingExtra(error.name or "nicegui", "live") from None
        with _counsellor(config) as counsellor:
            app = build_app(config, lambda: ready(address(config.host, config.port)), counsellor)
            server = uvicorn.Server(
                uvicorn.Config(
                    app,
                    log_level="warning",
                    access_log=False,
                    server_header=False,
                    # PCM does not compress; trying costs more than sending it.
                    ws_per_message_deflate=False,
                    timeout_graceful_shutdown=3,
                )
            )
            server.run(sockets=[listening])


def _counsellor(config: StudioConfig) -> AbstractContextManager[Counsellor | None]:
    return open_counsellor(config.counsel) if config.counsel else nullcontext()


def demand_token(config: StudioConfig) -> None:
    """Refuse to be reachable from other machines without a token."""
    if not config.on_loopback and config.token is None:
        raise StudioError(
            f"host {config.host} can be reached from other machines and EEG is health data; "
            "set a token by --token or AFFECTLAB_TOKEN (8 characters or more)"
        )
