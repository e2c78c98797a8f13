"""A decoder that never raises: while it fails, nothing is measured and the session goes on."""

from __future__ import annotations

import logging

from affectlab.affect import AffectState
from affectlab.decoding import PRIOR_SD, Decoder
from affectlab.decoding.reasons import FAILED
from affectlab.signals import Window

_logger = logging.getLogger(__name__)


class SteadyDecoder:
    """Answer with the decoder's belief, or with what is believed of anybody while it fails.

    Parameters
    ----------
    decoder
        The decoder that may fail.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.name = decoder.name
        self.failure: str | None = None
        self._decoder = decoder

    @property
    def rest_seconds(self) -> float:
        return self._decoder.rest_seconds

    @property
    def reason(self) -> str:
        return self._decoder.reason if self.failure is None else FAILED

    def observe_rest(self, window: Window) -> None:
        """Let the decoder learn the resting level, if it can."""
        try:
            self._decoder.observe_rest(window)
        except Exception as error:  # noqa: BLE001 - whatever a decoder does, the music goes on
            self._note(error)

    def decode(self, window: Window) -> AffectState:
        """Return the belief for this window; `failure` then tells what went wrong, None when nothing did."""
        try:
            belief = self._decoder.decode(window)
        except Exception as error:  # noqa: BLE001 - whatever a decoder does, the music goes on
            self._note(error)
            return AffectState.at(0.0, 0.0, sd=PRIOR_SD, time=window.time)
        self.failure = None
        return belief

    def _note(self, error: Exception) -> None:
        if self.failure is None:
            _logger.warning("decoder %s failed; nothing is measured", self.name, exc_info=error)
        self.failure = f"{type(error).__name__}: {error}"
