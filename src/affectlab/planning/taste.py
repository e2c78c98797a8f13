"""A person's taste in instruments, as far as the limits allow it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from affectlab.errors import InvalidPlan
from affectlab.planning.history import Case
from affectlab.planning.instruments import INSTRUMENTS
from affectlab.planning.limits import PlanLimits
from affectlab.planning.plan import MusicalAttributes
from affectlab.planning.profile import Profile

WORKED: Final = 0.3
"""Gain from which a past session counts as one that worked (ours)."""

_SUBSTITUTES: Final = ("piano", "strings", "cello", "guitar", "harp", "pad", "electric piano")
_MOST: Final = 4


def suited(
    attributes: MusicalAttributes, profile: Profile, cases: Sequence[Case], limits: PlanLimits
) -> MusicalAttributes:
    """Put the person's own instruments first, then those of what worked; leave out what must not play.

    Instruments of sessions that led away come last. Timbre weighs least among the cues of emotion, so that a
    wish can usually be met (knowledge entry timbre-least-weight-07).

    Raises
    ------
    InvalidPlan
        If no instrument is left.
    """
    liked = [word.strip().lower() for word in profile.preferred]
    wanted = [name for name in liked if name in INSTRUMENTS]
    names = [name for name in (*wanted, *_ordered(attributes.instruments, cases)) if name not in limits.avoid]
    if not names:
        names = [name for name in (*_SUBSTITUTES, *INSTRUMENTS) if name not in limits.avoid][:1]
    if not names:
        raise InvalidPlan("the profile leaves no instrument to play; take some off its disliked ones")
    return attributes.model_copy(update={"instruments": tuple(dict.fromkeys(names))[:_MOST]})


def _ordered(names: Sequence[str], cases: Sequence[Case]) -> list[str]:
    """Return what worked before, then `names`, then those of them that did not work."""
    worked = [name for case in cases if case.gain >= WORKED for name in case.instruments]
    failed = {name for case in cases if case.gain < 0 for name in case.instruments} - set(worked)
    return [*worked, *(name for name in names if name not in failed), *(n for n in names if n in failed)]
