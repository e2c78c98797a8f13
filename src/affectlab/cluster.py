"""Joining a Ray cluster, with one clear line where there is none."""

from __future__ import annotations

import socket
from typing import Any

from affectlab.errors import AffectlabError, MissingExtra


def connect(address: str, error: type[AffectlabError]) -> Any:
    """Join the cluster at `address` and return the ``ray`` module; its ``shutdown`` leaves it again.

    Parameters
    ----------
    address
        HOST:PORT, ray://HOST:PORT, "auto" or "local".
    error
        What is raised where no cluster is there.

    Raises
    ------
    MissingExtra
        If Ray is not installed.
    """
    try:
        import ray
    except ImportError:
        raise MissingExtra("ray", "scale") from None
    try:
        _knock(address)
        # Named always: without an address Ray would join whatever cluster last ran here.
        ray.init(address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except (OSError, ValueError, RuntimeError) as cause:
        raise error(
            f"no Ray cluster at {address!r} ({last_line(cause)}); start one: ray start --head"
        ) from cause
    return ray


def last_line(error: Exception) -> str:
    """Return the last line of what Ray says went wrong: the others are its own stack."""
    return str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__


def _knock(address: str) -> None:
    """Raise at once where nobody listens; Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon:
        socket.create_connection((host, int(port)), timeout=5).close()
