"""The latest of everything a session said, ready to be shown."""

from __future__ import annotations

from typing import TypeVar

from affectlab.session.events import (
    BeatEvent,
    ControlEvent,
    Event,
    LatencyEvent,
    NoticeEvent,
    PageEvent,
    PhaseEvent,
    PlanChoiceEvent,
    PlanEvent,
    QualityEvent,
    StateEvent,
)
from affectlab.signals.window import Window

Kind = TypeVar("Kind", bound=Event)

TRAIL = 120
NOTICES = 30
DECISIONS = 8
MARKERS = 20


class LiveView:
    """Folds events, in the session's thread, into values that pages read from theirs.

    Every attribute is replaced as a whole and holds immutable values, so readers need no lock.
    """

    def __init__(self) -> None:
        self.state: StateEvent | None = None
        self.trail: tuple[StateEvent, ...] = ()
        self.quality: QualityEvent | None = None
        self.notices: tuple[NoticeEvent, ...] = ()
        self.plan: PlanEvent | None = None
        self.proposal: PlanChoiceEvent | None = None
        self.decisions: tuple[ControlEvent, ...] = ()
        self.beat: BeatEvent | None = None
        self.phases: tuple[PhaseEvent, ...] = ()
        self.markers: tuple[PageEvent, ...] = ()
        self.latency: LatencyEvent | None = None
        self.window: Window | None = None

    def fold(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case StateEvent():
                self.state, self.trail = event, _with(self.trail, event, TRAIL)
            case QualityEvent():
                self.quality = event
            case NoticeEvent():
                self.notices = _with(self.notices, event, NOTICES)
            case PlanEvent() | PlanChoiceEvent():
                self._fold_plan(event)
            case ControlEvent():
                self.decisions = _with(self.decisions, event, DECISIONS)
            case BeatEvent():
                self.beat = event
            case PhaseEvent():
                self.phases = (*self.phases, event)
            case LatencyEvent():
                self.latency = event
            case PageEvent(kind="marker"):
                self.markers = _with(self.markers, event, MARKERS)
            case _:
                pass

    def _fold_plan(self, event: PlanEvent | PlanChoiceEvent) -> None:
        if isinstance(event, PlanEvent):
            self.plan = event
        elif event.proposal is not None:
            self.proposal = event if event.action == "propose" else None

    def see(self, window: Window) -> None:
        """Take in one conditioned window."""
        self.window = window

    def phase_began(self, phase: str) -> float | None:
        """Return when `phase` last began, session seconds, or None when it has not."""
        return next((event.time for event in reversed(self.phases) if event.phase == phase), None)


def _with(items: tuple[Kind, ...], item: Kind, limit: int) -> tuple[Kind, ...]:
    return (*items[-(limit - 1) :], item)
