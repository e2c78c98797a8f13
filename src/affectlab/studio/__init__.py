"""The web app: one page for the participant, one for the researcher, and the sound between them."""

from __future__ import annotations

from collections.abc import Callable

from affectlab.studio.config import StudioConfig

__all__ = ["StudioConfig", "run_studio"]


def run_studio(config: StudioConfig, ready: Callable[[str], None] = lambda _address: None) -> None:
    """Serve the studio until it is interrupted; `ready` is told the address once pages answer.

    Raises
    ------
    StudioError
        If the port is taken, or a host beyond loopback is asked for without a token.
    """
    from affectlab.studio.server import serve

    serve(config, ready)
