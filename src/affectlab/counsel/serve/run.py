"""Runs the endpoint until it is told to end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from affectlab.counsel.chat import Counsellor
from affectlab.counsel.serve.app import build_app
from affectlab.counsel.serve.config import ServeSettings
from affectlab.counsel.serve.desk import Desk
from affectlab.listening import address, listen

_LAST_SECONDS = 5
"""What is left after the grace to end answers and close connections."""


def serve(counsellor: Counsellor, settings: ServeSettings, ready: Callable[[str], None]) -> dict[str, int]:
    """Serve until SIGTERM or Ctrl-C; `ready` is told the address once it answers.

    At the signal no more is taken; answers under way are finished within the grace time, and ended after it.

    Returns
    -------
    dict
        How many requests were answered, failed, halted and refused.

    Raises
    ------
    CounselError
        If a host beyond loopback is asked for without a token.
    StudioError
        If the port is taken.
    """
    settings.demand_token()
    with listen(settings.host, settings.port) as listening:
        app = build_app(counsellor, settings)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=round(settings.grace_s) + _LAST_SECONDS,
        )
        desk: Desk = app.state.desk
        place = address(settings.host, settings.port)
        _Server(config, desk, settings.grace_s, lambda: ready(place)).run(sockets=[listening])
    return dict(desk.counts)


class _Server(uvicorn.Server):
    """Ends with its answers said; leaves with success, where uvicorn would die of the signal."""

    def __init__(self, config: uvicorn.Config, desk: Desk, grace_s: float, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._desk, self._grace_s, self._ready = desk, grace_s, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.close()
        end = asyncio.get_running_loop().call_later(self._grace_s, self._desk.halt)
        await super().shutdown(sockets)
        end.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
