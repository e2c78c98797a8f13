"""Planners by name."""

from __future__ import annotations

from collections.abc import Callable

from affectlab.errors import InvalidConfig
from affectlab.planning.llm.exchange import Exchange
from affectlab.planning.plan import Planner
from affectlab.planning.rules import RulePlanner

Told = Callable[[Exchange], None]


def _rules(_told: Told, _seconds: float) -> Planner:
    return RulePlanner()


_PLANNERS: dict[str, Callable[[Told, float], Planner]] = {"rules": _rules}

PLANNERS = tuple(sorted(_PLANNERS))


def _unheard(_exchange: Exchange) -> None:
    """Let an exchange pass that nobody records."""


def make_planner(name: str, *, told: Told = _unheard, seconds: float = 10.0) -> Planner:
    """Build the planner called `name`, one of `PLANNERS`.

    Parameters
    ----------
    told
        Receives every exchange with a model, from any thread.
    seconds
        How long a model may take to answer.

    Raises
    ------
    InvalidConfig
        If no planner has that name.
    """
    if name not in _PLANNERS:
        raise InvalidConfig(f"planner '{name}' is not known; expected one of: {', '.join(PLANNERS)}")
    return _PLANNERS[name](told, seconds)
