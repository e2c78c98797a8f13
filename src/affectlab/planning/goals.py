"""Where a session may lead: goals by name, and points of the plane written as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.errors import InvalidConfig
from affectlab.planning.plan import AffectTarget


@dataclass(frozen=True, slots=True)
class Goal:
    """A point of the valence-arousal plane with a name and the reason it stands for it.

    Parameters
    ----------
    name
        One word, or the point in numbers.
    target
        Where the session should lead.
    rationale
        Why this point, in one sentence.
    """

    name: str
    target: AffectTarget
    rationale: str


def _goal(name: str, valence: float, arousal: float, rationale: str) -> Goal:
    return Goal(name, AffectTarget(valence=valence, arousal=arousal), rationale)


GOALS: dict[str, Goal] = {
    goal.name: goal
    for goal in (
        _goal("relax", 0.4, -0.5, "pleasant and calm: tension falls, the mood stays warm"),
        _goal("sleep", 0.2, -0.85, "hardly any arousal, and only mildly pleasant: nothing asks to be heard"),
        _goal("uplift", 0.6, 0.2, "clearly pleasant, a little more awake: the way out of a low mood"),
        _goal("energise", 0.5, 0.6, "pleasant and wide awake, for getting going"),
        _goal("focus", 0.2, 0.1, "mildly pleasant and just above rest: awake without being stirred"),
        _goal("hold", 0.0, 0.0, "the person's own resting level, from which affect is measured"),
    )
}
"""Goals by name; the quadrants follow the circumplex (Russell 1980), the numbers are ours."""


def parse_goal(text: str) -> Goal:
    """Read a goal: a name out of `GOALS`, or valence and arousal such as ``"0.4,-0.5"``.

    Raises
    ------
    InvalidConfig
        If it is neither a known name nor two numbers in [-1, 1].
    """
    name = text.strip().lower()
    if name in GOALS:
        return GOALS[name]
    try:
        valence, arousal = (float(part) for part in name.split(","))
    except ValueError:
        raise InvalidConfig(
            f"goal '{text}' is not known; expected one of {', '.join(sorted(GOALS))}, "
            'or valence and arousal such as "0.4,-0.5"'
        ) from None
    if not (abs(valence) <= 1 and abs(arousal) <= 1):
        raise InvalidConfig(f"goal '{text}' is off the plane; valence and arousal must be in [-1, 1]")
    return _goal(f"{valence:g},{arousal:g}", valence, arousal, "a point chosen by whoever set up the session")
