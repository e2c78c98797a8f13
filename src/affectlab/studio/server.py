"""Starts the studio: address, port, web server."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from affectlab.errors import MissingExtra, StudioError
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
    """
    demand_token(config)
    sys.setswitchinterval(SWITCH_SECONDS)
    listening = listen(config)
    with listening:
        try:
            import uvicorn

            from affectlab.studio.app import build_app
        except ModuleNotFoundError as error:
            raise MissingExtra(error.name or "nicegui", "live") from None
        server = uvicorn.Server(
            uvicorn.Config(
                build_app(config, lambda: ready(address(config))),
                log_level="warning",
                access_log=False,
                server_header=False,
                # PCM does not compress; trying costs more than sending it.
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=3,
            )
        )
        server.run(sockets=[listening])


def demand_token(config: StudioConfig) -> None:
    """Refuse to be reachable from other machines without a token."""
    if not config.on_loopback and config.token is None:
        raise StudioError(
            f"host {config.host} can be reached from other machines and EEG is health data; "
            "set a token by --token or AFFECTLAB_TOKEN (8 characters or more)"
        )


def listen(config: StudioConfig) -> socket.socket:
    """Return a bound socket.

    Raises
    ------
    StudioError
        If the port is taken, naming a free one, or the host is no address of this machine.
    """
    try:
        return _bound(config.host, config.port)
    except OSError as error:
        try:
            with _bound(config.host, 0) as probe:
                free = probe.getsockname()[1]
        except OSError:
            raise StudioError(
                f"cannot listen on host {config.host!r}: {error.strerror or error}; "
                "use 127.0.0.1 or an address of this machine"
            ) from None
        raise StudioError(
            f"port {config.port} on {config.host} cannot be used ({error.strerror}); "
            f"choose another, for example --port {free}"
        ) from None


def address(config: StudioConfig) -> str:
    """Return the address to open in a browser, without the token."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{host}:{config.port}"


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening
