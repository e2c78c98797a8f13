"""The protocol every affect decoder follows."""

from __future__ import annotations

from typing import Protocol

from affectlab.affect import AffectState
from affectlab.signals.window import Window


class Decoder(Protocol):
    """Turns windows of EEG into beliefs about affect."""

    name: str

    def observe_rest(self, window: Window) -> None:
        """Learn the person's resting level from a window recorded at rest."""
        ...

    @property
    def rest_seconds(self) -> float:
        """Seconds of usable resting data seen so far."""
        ...

    @property
    def reason(self) -> str:
        """Why the latest belief says the prior or hardly more; "" when nothing is missing."""
        ...

    def decode(self, window: Window) -> AffectState:
        """Return the belief for this window; wide where the signal or the baseline does not support it."""
        ...
