"""How long a substitute stays."""

from __future__ import annotations

SOON_BEATS = 16
MOST_BARS = 16


class Relief:
    """Counts bars until the one who was relieved may try again.

    One bar at first; each time that one fails again within `SOON_BEATS` beats of coming back, twice as many
    bars, up to `MOST_BARS`, so that the music does not change hands all the time.
    """

    def __init__(self) -> None:
        self._stay = 1
        self._left = 0
        self._beats = SOON_BEATS

    @property
    def ends_soon(self) -> bool:
        """Whether the next bar line is the first at which the substitute may go."""
        return self._left <= 1

    def begin(self) -> None:
        """Let the substitute begin."""
        self._stay = min(2 * self._stay, MOST_BARS) if self._beats < SOON_BEATS else 1
        self._left = self._stay

    def at_bar_line(self) -> bool:
        """Count a bar line; return whether the substitute may go."""
        self._left -= 1
        return self._left <= 0

    def end(self) -> None:
        """Let the other one play again."""
        self._beats = 0

    def played(self) -> None:
        """Count a beat of the other one."""
        self._beats += 1
