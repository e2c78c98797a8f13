"""Steering of attention heads at inference: CHASE, its rivals and its controls."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affectlab.steering.context import chase, steered
    from affectlab.steering.plan import read_plan
    from affectlab.steering.registry import load_steering
    from affectlab.steering.words import word_spans

__all__ = ["chase", "load_steering", "read_plan", "steered", "word_spans"]

_HOMES = {
    "chase": "context",
    "load_steering": "registry",
    "read_plan": "plan",
    "steered": "context",
    "word_spans": "words",
}


def __getattr__(name: str) -> Any:
    """Import torch only for those who steer."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
