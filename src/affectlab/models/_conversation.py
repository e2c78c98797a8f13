"""What stands before the user turn of a request, as chat messages."""

from __future__ import annotations

from affectlab.models.protocol import Request


def opening(request: Request) -> list[dict[str, str]]:
    """Return the system instruction, where there is one, and the earlier turns, oldest first."""
    system = [{"role": "system", "content": request.system}] if request.system else []
    return [*system, *({"role": turn.role, "content": turn.text} for turn in request.earlier)]
