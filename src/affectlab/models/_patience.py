"""How long and how often a server that does not answer is asked again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

_FIRST = 0.5
_LONGEST = 60.0


class Patience:
    """Waiting times for one request, each up to double the last, none beyond the end of patience.

    Parameters
    ----------
    seconds
        How long to keep trying.
    jitter
        Spreads clients that failed together; waits are uniform in the upper half of each step.
    """

    def __init__(self, seconds: float, jitter: Random) -> None:
        self._end = time.monotonic() + seconds
        self._step = _FIRST
        self._jitter = jitter

    def wait(self, wanted: float | None) -> float | None:
        """Return the seconds to wait before the next try, None when patience has ended.

        Parameters
        ----------
        wanted
            Seconds the server asked for, which are waited in full.
        """
        pause = self._step * self._jitter.uniform(0.5, 1) if wanted is None else wanted
        self._step = min(2 * self._step, _LONGEST)
        return pause if time.monotonic() + pause <= self._end else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read the seconds a server asks to be left alone (RFC 9110, section 10.2.3), None if it says nothing.

    ``retry-after-ms``, which some servers send, is more exact and comes first.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    return seconds if seconds is not None else _until(text)


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text is not None else None
    except ValueError:
        return None


def _until(text: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(text) if text is not None else None
    except ValueError:
        return None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
