"""The steps of a guided calibration: what the person is asked to do, for how long, and what it counts as.

The affect a step stands for is an assumption of ours, and a parameter: nobody's arousal is known to be −0.6
because they breathe slowly. Only rated excerpts carry the person's own word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from affectlab.errors import InvalidConfig

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GuidedStep:
    """One thing the person is asked to do.

    Parameters
    ----------
    name
        Short name, as `--steps` takes it.
    title, words
        Said to the person: what, and how.
    seconds
        How long it counts, after the time to get ready.
    arousal
        What it is taken for, in [-1, 1]; None where the person rates it or it is rest to compare with.
    reference
        Whether it is the resting baseline.
    music
        (valence, arousal) of the music heard, None for silence; such a step is rated afterwards.
    """

    name: str
    title: str
    words: str
    seconds: float
    arousal: float | None = None
    reference: bool = False
    music: Point | None = None

    @property
    def rated(self) -> bool:
        return self.music is not None

    @property
    def instructed(self) -> Point | None:
        """The state a simulated listener who does as asked is drawn to; None where nothing is asked."""
        if self.music is not None:
            return self.music
        return None if self.arousal is None else (0.0, self.arousal)


STEPS = (
    GuidedStep(
        "eyes-open",
        "Rest, eyes open",
        "Sit comfortably, look at one spot ahead and let your thoughts come and go.",
        60.0,
        reference=True,
    ),
    GuidedStep("eyes-closed", "Rest, eyes closed", "Close your eyes and stay awake.", 30.0, arousal=-0.4),
    GuidedStep(
        "arithmetic",
        "Count down",
        "Begin at 3014 and take away 17, again and again, silently and as fast as you can. Eyes open.",
        45.0,
        arousal=0.4,
    ),
    GuidedStep(
        "breathing",
        "Breathe slowly",
        "Breathe in for four seconds and out for six. Let your shoulders sink.",
        45.0,
        arousal=-0.5,
    ),
    GuidedStep(
        "calm-music",
        "Listen",
        "Just listen. Afterwards you are asked how it felt.",
        45.0,
        music=(0.4, -0.6),
    ),
    GuidedStep(
        "lively-music",
        "Listen again",
        "Just listen. Afterwards you are asked how it felt.",
        45.0,
        music=(0.5, 0.7),
    ),
)
"""The whole protocol, in order: 270 s, and 5 s to get ready for each step."""

REST_ONLY = STEPS[:1]


def parse_steps(text: str) -> tuple[GuidedStep, ...]:
    """Return the steps that ``eyes-open=60,arithmetic,breathing=30`` names, in that order.

    Raises
    ------
    InvalidConfig
        If a step is not known, comes twice, has no positive number of seconds, or none is the baseline.
    """
    chosen = tuple(_step(part.strip()) for part in text.split(",") if part.strip())
    names = [step.name for step in chosen]
    for name in names:
        if names.count(name) > 1:
            raise InvalidConfig(f"step '{name}' is asked for twice; once is enough")
    require_baseline(chosen)
    return chosen


def require_baseline(steps: Sequence[GuidedStep]) -> None:
    """Raise `InvalidConfig` unless the first step is the resting baseline."""
    if not steps or not steps[0].reference:
        raise InvalidConfig(
            "a calibration begins with the baseline that everything is compared with; begin with eyes-open"
        )


def _step(part: str) -> GuidedStep:
    name, _, seconds = part.partition("=")
    known = {step.name: step for step in STEPS}
    if name not in known:
        raise InvalidConfig(f"step '{name}' is not known; expected one of: {', '.join(known)}")
    return known[name] if not seconds else replace(known[name], seconds=_seconds(name, seconds))


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise InvalidConfig(f"step '{name}' is to take {text!r} seconds; expected a number up to 600")
    return seconds
