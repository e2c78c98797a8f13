"""Where a server of ours listens: an address that is free, and who may reach it."""

from __future__ import annotations

import socket
from typing import Final

from affectlab.errors import StudioError

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket.

    Raises
    ------
    StudioError
        If the port is taken, naming a free one, or the host is no address of this machine.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        try:
            with _bound(host, 0) as probe:
                free = probe.getsockname()[1]
        except OSError:
            raise StudioError(
                f"cannot listen on host {host!r}: {error.strerror or error}; "
                "use 127.0.0.1 or an address of this machine"
            ) from None
        raise StudioError(
            f"port {port} on {host} cannot be used ({error.strerror}); "
            f"choose another, for example --port {free}"
        ) from None


def address(host: str, port: int) -> str:
    """Return the address to open, without the token."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


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
