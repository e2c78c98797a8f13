"""The figures of a finished session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from affectlab.session.events import Point, StateEvent
from affectlab.session.outcome import Outcome, measure_outcome


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a finished session, in the shape that ``session run --json`` prints.

    Parameters
    ----------
    samples_in, samples_recorded
        EEG samples received and written.
    latency_ms
        Stage to p50, p99, max and n.
    underruns
        Blocks of sound that came too late for a listener who holds 0.3 s back.
    audio
        Seconds, peak and RMS re full scale in dB, loudness in LUFS.
    cpu_share
        Processor seconds per wall second, of this process, while the session ran.
    planning
        Plans by maker, plans made again, deadlines missed, fallbacks, dropped answers, exchanges, choices.
    outcome
        How far the person was brought, as in `Outcome`; None when no music was heard.
    ended
        Why the session ended.
    """

    samples_in: int
    samples_recorded: int
    windows: int
    latency_ms: dict[str, dict[str, float]]
    underruns: int
    fallbacks: int
    audio: dict[str, float]
    cpu_share: float
    planning: dict[str, Any]
    outcome: dict[str, Any] | None
    ended: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def summarise(
    status: Mapping[str, Any],
    states: Sequence[StateEvent],
    goal: Point,
    music_from: float | None,
    ended: str,
) -> Summary:
    """Sum up a session from its last status and its decoded states.

    Parameters
    ----------
    status
        Figures as `Session.status` gives them.
    states
        What was decoded, in order.
    goal
        Valence and arousal that the session led to in the end.
    music_from
        Session second at which the music began, None when it never did.
    ended
        Why the session ended.
    """
    outcome = None if music_from is None else _outcome(states, goal, music_from)
    return Summary(
        samples_in=status["samples_in"],
        samples_recorded=status["samples_recorded"],
        windows=status["windows"],
        latency_ms=status["latency_ms"],
        underruns=status["underruns"],
        fallbacks=status["fallbacks"],
        audio=status["audio"],
        cpu_share=status["cpu_share"],
        planning=status["planning"],
        outcome=None if outcome is None else asdict(outcome),
        ended=ended,
    )


def _outcome(states: Sequence[StateEvent], goal: Point, music_from: float) -> Outcome | None:
    """Measure from the truth where it is known throughout, else from the belief."""
    truths = [state.truth for state in states if state.truth is not None]
    known = len(truths) == len(states)
    return measure_outcome(
        [state.time for state in states],
        truths if known else [state.belief_mean for state in states],
        goal,
        music_from=music_from,
        basis="truth" if known else "belief",
    )
