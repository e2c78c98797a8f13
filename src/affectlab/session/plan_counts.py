"""How often plans were made, by whom, and what came in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PlanCounts:
    """Figures of a session's plans.

    Parameters
    ----------
    plans
        Maker to plans that came into force.
    replans
        Plans asked for after the first, by the residual or on request.
    missed
        Deadlines that passed without an answer.
    fallbacks
        Answers that the rules had to give instead, missed deadlines among them.
    dropped
        Answers that came when nobody waited for them any more, or that a newer question made void.
    exchanges
        Questions to a model.
    choices
        What the researcher did: "accept", "edit" or "reject" to its number.
    """

    plans: Counter[str] = field(default_factory=Counter)
    replans: int = 0
    missed: int = 0
    fallbacks: int = 0
    dropped: int = 0
    exchanges: int = 0
    choices: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as `summary.json` holds them."""
        return {
            "plans": dict(self.plans),
            "replans": self.replans,
            "deadlines_missed": self.missed,
            "fallbacks": self.fallbacks,
            "dropped": self.dropped,
            "exchanges": self.exchanges,
            "choices": dict(self.choices),
        }
