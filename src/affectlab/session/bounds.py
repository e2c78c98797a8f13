"""What no control may exceed for a person, whoever made the plan and whatever the arm says."""

from __future__ import annotations

from dataclasses import replace

from affectlab.errors import InvalidConfig
from affectlab.music.instruments import BASS, DEFAULTS, ENOUGH, HARMONY, INSTRUMENTS, MELODY
from affectlab.music.score import MusicControl
from affectlab.planning.limits import PlanLimits


class Bounds:
    """Keeps controls within limits.

    Parameters
    ----------
    limits
        Of the person's profile.

    Raises
    ------
    InvalidConfig
        If the limits leave no instrument for a part of the music.
    """

    def __init__(self, limits: PlanLimits) -> None:
        self._limits = limits
        self._standing_in = {part: self._stand_in(part) for part in (MELODY, HARMONY, BASS)}

    def keep(self, control: MusicControl) -> MusicControl:
        """Return `control` with tempo, density, dynamics and instruments within the limits."""
        limits = self._limits
        return replace(
            control,
            tempo_bpm=_within(control.tempo_bpm, limits.tempo_bpm),
            density=_within(control.density, limits.density),
            dynamics=_within(control.dynamics, limits.dynamics),
            instruments=self._instruments(control.instruments),
        )

    def _instruments(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Leave out what must not play, and see to it that no part is left to a default that must not."""
        avoid = self._limits.avoid
        if not avoid:
            return asked
        allowed = tuple(name for name in asked if name.strip().lower() not in avoid)
        missing = (
            other
            for part, other in self._standing_in.items()
            if not any(INSTRUMENTS[name].suits(part) >= ENOUGH for name in allowed if name in INSTRUMENTS)
        )
        return tuple(dict.fromkeys((*allowed, *missing)))

    def _stand_in(self, part: str) -> str:
        """Return who plays a part that nobody else does."""
        allowed = [name for name in INSTRUMENTS if name not in self._limits.avoid]
        suited = [name for name in allowed if INSTRUMENTS[name].suits(part) >= ENOUGH]
        if not suited:
            raise InvalidConfig(
                f"the profile leaves no instrument for the {part}; take back one of its dislikes or cues"
            )
        default = DEFAULTS[part]
        return default if default in suited else max(suited, key=lambda name: INSTRUMENTS[name].suits(part))


def _within(value: float | None, bounds: tuple[float, float]) -> float | None:
    return None if value is None else min(max(value, bounds[0]), bounds[1])
