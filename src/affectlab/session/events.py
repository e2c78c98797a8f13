"""Everything that happens in a session, as immutable events that are recorded and shown as they occur.

Each event type belongs to one stream; a recording holds one JSON Lines file per stream, named after it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `time` seconds on the session clock."""

    stream: ClassVar[str]
    time: float

    def record(self) -> dict[str, Any]:
        """Return the event as one JSON-ready object."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEvent(Event):
    """One decoded window and what the session believes after it.

    `decoded_*` is the decoder's own output; `belief_*` the filtered belief that drives decisions.
    Covariances are (variance of valence, covariance, variance of arousal). `reason` tells why the decoder
    said nothing or little, "" when nothing is missing. `truth` is known for simulated listeners only and
    never drives anything.
    """

    stream: ClassVar[str] = "states"
    decoder: str
    decoded_mean: Point
    decoded_covariance: tuple[float, float, float]
    belief_mean: Point
    belief_covariance: tuple[float, float, float]
    resting: bool
    usable_share: float
    reason: str = ""
    truth: Point | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEvent(Event):
    """Quality of every channel in one window: scores in [0, 1] and reasons in words."""

    stream: ClassVar[str] = "quality"
    scores: dict[str, float]
    reasons: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeEvent(Event):
    """Something about the signal, the music or the machine that people should read."""

    stream: ClassVar[str] = "notices"
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent(Event):
    """A plan came into force."""

    stream: ClassVar[str] = "plans"
    planner: str
    reason: str
    plan: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChoiceEvent(Event):
    """A plan was proposed, or somebody decided about one.

    `action` is "propose", "accept", "edit", "reject" or "expire"; `who` is a planner's name, "researcher", or
    "request" where another goal was chosen. `before` is the plan that was in force, `after` the one in force
    from then on, None where nothing changed; `proposal` is the proposed plan it is about, None where the plan
    in force was edited.
    """

    stream: ClassVar[str] = "choices"
    who: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    proposal: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeEvent(Event):
    """A model was asked for a plan; `time` is when its answer was taken in, `seconds` how long it took."""

    stream: ClassVar[str] = "exchanges"
    model: str
    messages: list[dict[str, str]]
    answer: str
    seconds: float
    outcome: str
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEvent(Event):
    """A decision of the update rule: what it saw, what it chose, and why.

    `kind` is "lead" (a step was taken), "hold" (nothing changed) or "follow" (the arm plays the plan as
    written). `desired` is e*, `estimate` e′, `next_target` ẽ, `music` what the composer is asked for.
    """

    stream: ClassVar[str] = "controls"
    kind: str
    reason: str
    arm: str
    desired: Point
    estimate: Point
    next_target: Point
    music: Point
    alpha: float
    confidence: float
    tempo_bpm: float | None = None
    density: float | None = None
    dynamics: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatEvent(Event):
    """A beat of music began to sound."""

    stream: ClassVar[str] = "music"
    bar: int
    beat: int
    notes: int
    valence: float
    arousal: float
    tempo_bpm: float
    density: float
    dynamics: float
    facts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEvent(Event):
    """The session went over into another phase."""

    stream: ClassVar[str] = "phases"
    phase: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEvent(Event):
    """Somebody did something on a page: a rating, a marker, a button, a level check, an underrun count."""

    stream: ClassVar[str] = "page"
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyEvent(Event):
    """Latency per stage over the last stretch of the session, milliseconds."""

    stream: ClassVar[str] = "latency"
    stages: dict[str, dict[str, float]]


STREAMS = tuple(
    kind.stream
    for kind in (
        StateEvent,
        QualityEvent,
        NoticeEvent,
        PlanEvent,
        PlanChoiceEvent,
        ExchangeEvent,
        ControlEvent,
        BeatEvent,
        PhaseEvent,
        PageEvent,
        LatencyEvent,
    )
)
