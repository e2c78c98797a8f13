"""What planners are told of the person, and what binds whoever plans for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import InvalidConfig
from affectlab.planning.history import Case
from affectlab.planning.limits import MUST_NOT_PLAY, PlanLimits, limits_of
from affectlab.planning.profile import NOBODY, Profile, read_profile
from affectlab.session.cases import past_cases
from affectlab.session.config import SessionConfig


@dataclass(frozen=True, slots=True)
class Brief:
    """The person as far as planners know them.

    Parameters
    ----------
    profile
        Who they are.
    cases
        Their past sessions.
    wish
        Free text; it may colour a plan, never its limits.
    """

    profile: Profile = NOBODY
    cases: tuple[Case, ...] = ()
    wish: str = ""

    @property
    def limits(self) -> PlanLimits:
        """What no plan and no control may exceed."""
        return limits_of(self.profile)


def read_brief(config: SessionConfig, sessions: Path | None, notice: Callable[[str], None]) -> Brief:
    """Read who a session is for.

    Parameters
    ----------
    config
        The session.
    sessions
        Folder that holds past sessions, None where there is none.
    notice
        Told which past sessions could not be read.

    Raises
    ------
    InvalidConfig
        If the profile cannot be read, or names something under which no music is played.
    """
    profile = NOBODY if config.profile is None else read_profile(config.profile)
    forbidding = sorted(profile.contraindications & MUST_NOT_PLAY)
    if forbidding:
        raise InvalidConfig(
            f"profile {config.profile} names {forbidding[0]}; no music is played to a person with it"
        )
    known = config.history and sessions is not None and profile.name
    cases = past_cases(sessions, profile.name, notice) if known and sessions is not None else ()
    return Brief(profile, cases, config.wish)
