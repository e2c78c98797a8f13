"""A recording played back as a live LSL stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.signals.outlet import Outlet, unique_source_id
from affectlab.signals.recordings import Recording
from affectlab.signals.simulate import due_samples
from affectlab.signals.source import StreamAddress

_BLOCK_SECONDS = 10.0


class ReplaySource:
    """Publishes a recording, stamped with session seconds.

    Parameters
    ----------
    recording
        What to play.
    stream_name
        LSL stream name.
    """

    def __init__(self, recording: Recording, *, stream_name: str = "affectlab-replay") -> None:
        self._recording, self._name = recording, stream_name
        self._outlet: Outlet | None = None
        self._published = 0
        self._block_start = 0
        self._block = np.empty((0, len(recording.channels)), dtype=np.float32)

    @property
    def ended(self) -> bool:
        return self._published >= self._recording.n_samples

    def open(self) -> StreamAddress:
        """Publish the stream."""
        source_id = unique_source_id("replay")
        self._outlet = Outlet(self._name, source_id, self._recording.channels, self._recording.sfreq)
        return StreamAddress(self._name, source_id, stamps_session_time=True)

    def advance(self, now: float) -> int:
        """Publish the samples due by `now`: sample n ends, and is stamped, at (n + 1) / sfreq."""
        if self._outlet is None:
            return 0
        before = self._published
        due = min(due_samples(now, self._recording.sfreq), self._recording.n_samples)
        while self._published < due:
            samples = self._next(due)
            first = self._published + 1
            self._outlet.push(samples, np.arange(first, first + len(samples)) / self._recording.sfreq)
            self._published += len(samples)
        return self._published - before

    def close(self) -> None:
        """Withdraw the stream."""
        if self._outlet is not None:
            self._outlet.close()
            self._outlet = None

    def _next(self, due: int) -> NDArray[np.float32]:
        """Return the samples from the last published one to `due`, or to the end of the block in memory."""
        if self._published >= self._block_start + len(self._block):
            self._block_start = self._published
            stop = self._published + round(_BLOCK_SECONDS * self._recording.sfreq)
            self._block = self._recording.read(self._published, min(stop, self._recording.n_samples))
        begin = self._published - self._block_start
        return self._block[begin : due - self._block_start]
