"""How much of the machine a session takes."""

from __future__ import annotations

import time


class Effort:
    """Processor time of this process against wall time, from the moment this is made."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def share(self) -> float:
        """Return processor seconds per wall second."""
        elapsed = max(time.perf_counter() - self._wall, 1e-9)
        return round((time.process_time() - self._cpu) / elapsed, 4)
