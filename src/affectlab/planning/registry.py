"""Planners by name."""

from __future__ import annotations

from collections.abc import Callable

from affectlab.errors import InvalidConfig
from affectlab.planning.plan import Planner
from affectlab.planning.rules import RulePlanner

_PLANNERS: dict[str, Callable[[], Planner]] = {"rules": RulePlanner}

PLANNERS = tuple(sorted(_PLANNERS))


def make_planner(name: str) -> Planner:
    """Build the planner called `name`, one of `PLANNERS`.

    Raises
    ------
    InvalidConfig
        If no planner has that name.
    """
    if name not in _PLANNERS:
        raise InvalidConfig(f"planner '{name}' is not known; expected one of: {', '.join(PLANNERS)}")
    return _PLANNERS[name]()
