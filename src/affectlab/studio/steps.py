"""The participant's way through a session, one thing at a time."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """What the participant is asked to do now."""

    CONSENT = "consent"
    LEVEL = "level"
    READY = "ready"
    REST = "rest"
    BEGIN = "begin"
    LISTEN = "listen"
    PAUSED = "paused"
    THANKS = "thanks"


_BY_PHASE = {
    "none": Step.CONSENT,
    "resting": Step.REST,
    "playing": Step.LISTEN,
    "paused": Step.PAUSED,
    "ended": Step.THANKS,
}


def step_of(phase: str, done: frozenset[Step], *, rested: bool) -> Step:
    """Return the step that belongs to a phase.

    Parameters
    ----------
    phase
        The session's phase, or "none" without a session.
    done
        Steps before the resting baseline that are through.
    rested
        True once the resting baseline is complete.
    """
    if phase != "waiting":
        return _BY_PHASE[phase]
    if rested:
        return Step.BEGIN
    return next((step for step in (Step.CONSENT, Step.LEVEL) if step not in done), Step.READY)
