"""Rest as it arrives: which windows are usable, how many seconds they amount to, the baseline they make."""

from __future__ import annotations

from affectlab.decoding.bandpower import LEAST_QUALITY, LEAST_REST_SECONDS
from affectlab.decoding.resting import RestingCollector, RestingReference
from affectlab.signals.window import Window

LEAST_CHANNELS = 2.0
"""Fewest channels, each counted by its quality, that relations between electrodes can be read from."""

SPACING = 2.0
"""Seconds between resting windows that are kept, as in training: more of them cost time, and say the same."""

_ROUNDING = 0.05


def usable(window: Window) -> bool:
    """Return whether a window has enough usable channels to be decoded."""
    scores = window.usable
    return float(scores[scores >= LEAST_QUALITY].sum()) >= LEAST_CHANNELS


class LiveRest:
    """Gathers resting windows that overlap into a baseline."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.last: float | None = None
        self._kept: float | None = None
        self._collector: RestingCollector | None = None

    def add(self, window: Window) -> bool:
        """Take in a resting window; False, and nothing done, for one without usable channels."""
        if not usable(window):
            return False
        length = float(window.data.shape[1] / window.sfreq)
        self.seconds += length if self.last is None else min(length, abs(window.time - self.last))
        self.last = window.time
        if self._kept is None or abs(window.time - self._kept) >= SPACING - _ROUNDING:
            self._keep(window)
        return True

    def reference(self) -> RestingReference | None:
        """Return the baseline, or None while there is too little rest for one."""
        if self._collector is None or self.seconds < LEAST_REST_SECONDS:
            return None
        return self._collector.reference()

    def _keep(self, window: Window) -> None:
        if self._collector is None:
            self._collector = RestingCollector(window.channels)
        self._collector.add(window.data, window.usable, window.sfreq)
        self._kept = window.time
