"""The one way in for EEG: every source publishes an LSL stream and is pumped by the session's clockwork."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where to find a published LSL stream, and how its clock relates to the session's.

    Parameters
    ----------
    name
        LSL stream name.
    source_id
        LSL source id, or None when any stream of that name will do.
    stamps_session_time
        True when the stream's time stamps are session seconds (simulated or replayed at any speed);
        False when they are seconds on the LSL clock of a live device.
    """

    name: str
    source_id: str | None
    stamps_session_time: bool


class Source(Protocol):
    """A publisher of one EEG stream.

    Sources inside this process have no thread of their own: the clockwork calls `advance`, so that a
    session runs the same at any speed and a simulation is the same for the same seed.
    """

    def open(self) -> StreamAddress:
        """Start publishing; raise `SourceError` when that is not possible."""
        ...

    def advance(self, now: float) -> int:
        """Publish what became due by `now` (session seconds); return the number of samples published."""
        ...

    @property
    def ended(self) -> bool:
        """True once a finite source has published its last sample."""
        ...

    def close(self) -> None:
        """Stop publishing and release the device; safe to call twice."""
        ...
