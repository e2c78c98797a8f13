"""One count over all stages of a fit, and a way to end it."""

from __future__ import annotations

import threading

from affectlab.errors import SteeringError
from affectlab.steering._asking import Progress


class Watch:
    """Counts answers and looks whether to go on; for use from any thread.

    Parameters
    ----------
    total
        Answers that are wanted, all stages together.
    progress
        Told the count whenever it grows.
    stop
        When set, the next answer ends the fit.
    """

    def __init__(self, total: int, progress: Progress, stop: threading.Event) -> None:
        self._total, self._progress, self._stop = total, progress, stop
        self._done, self._lock = 0, threading.Lock()

    def told(self, count: int) -> None:
        """Count answers.

        Raises
        ------
        SteeringError
            If the fit is to end.
        """
        with self._lock:
            self._done += count
            self._progress(self._done, self._total)
        if self._stop.is_set():
            raise SteeringError(
                f"the fit was stopped after {self._done} of {self._total} answers; start it again to go on"
            )

    def stage(self) -> Progress:
        """Return what a stage that counts from 0 is to tell."""
        before = 0

        def progress(answered: int, total: int) -> None:  # noqa: ARG001 - the total is that of all stages
            nonlocal before
            self.told(answered - before)
            before = answered

        return progress
