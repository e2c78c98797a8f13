"""The session's end of an LSL stream: microvolts, 10–20 names, session seconds, and news of the stream."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData, StreamNotFound
from affectlab.signals.conditioning import LOWEST_SFREQ
from affectlab.signals.inlet import Inlet
from affectlab.signals.montage import select
from affectlab.signals.pipeline import jumps
from affectlab.signals.source import StreamAddress
from affectlab.signals.units import microvolts_in
from affectlab.signals.window import Chunk

LOST_SECONDS = 1.0
"""Silence after which a stream counts as lost."""

_SEARCH_SECONDS = 3.0
"""Silence after which the stream is looked for anew; until then liblsl's own recovery has its chance."""


@dataclass(frozen=True, slots=True)
class SignalEvent:
    """Something that happened to the stream.

    Parameters
    ----------
    kind
        "lost" (no samples for more than a second, or the outlet is known to be gone), "back", or
        "clock_jump" (time stamps leapt by more than half a second).
    time
        Session seconds: of the last sample before a loss, of the first after a return or jump.
    text
        What happened and what to do, for a person to read.
    """

    kind: Literal["lost", "back", "clock_jump"]
    time: float
    text: str


class Receiver:
    """Reads one EEG stream, losing nothing.

    Parameters
    ----------
    address
        The stream, as its source returned it.
    session_start_lsl
        LSL clock at session second 0; not used when the stream stamps session time.
    timeout
        Seconds to wait for the stream when opening.
    channels
        Channels wanted, in any spelling; empty means all scalp electrodes.
    labels
        Names of the stream's channels in order, for a stream that declares none.
    """

    def __init__(
        self,
        address: StreamAddress,
        *,
        session_start_lsl: float = 0.0,
        timeout: float = 5.0,
        channels: Sequence[str] = (),
        labels: Sequence[str] = (),
    ) -> None:
        self._address, self._timeout = address, timeout
        self._start = 0.0 if address.stamps_session_time else session_start_lsl
        self._requested, self._given_labels = tuple(channels), tuple(labels)
        self._events: list[SignalEvent] = []
        self._last_time: float | None = None
        self._lost = False
        self._inlet: Inlet | None = None
        self._search: Future[Inlet | None] | None = None
        self._searcher = ThreadPoolExecutor(1, thread_name_prefix="affectlab-lsl")

    def open(self) -> None:
        """Find the stream and connect.

        Raises
        ------
        StreamNotFound
            If there is no such stream; the message names those that are visible.
        UnknownChannels
            If a wanted channel is not in it, or none of its channels is a scalp electrode.
        InvalidData
            If the sampling rate is irregular or too low.
        """
        self._inlet = Inlet(self._address, self._timeout)
        self._adopt(self._inlet)
        self._arrival = time.monotonic()

    def begin(self, session_start_lsl: float) -> None:
        """Make this moment of the LSL clock session second 0 and forget what arrived before.

        Without effect on a stream that stamps session time.
        """
        if self._inlet is not None and not self._address.stamps_session_time:
            self._start = session_start_lsl
            self._inlet.read(0, 0.0)
            self._arrival = time.monotonic()

    def pull(self, expect: int = 0, timeout: float = 0.25) -> Chunk | None:
        """Return all samples that have arrived, or None.

        Parameters
        ----------
        expect
            Samples known to be on their way; waited for up to `timeout`, so that a simulated session does
            not depend on the network's timing.
        timeout
            Seconds this may take at most.
        """
        if self._inlet is None:
            return None
        data, times = self._inlet.read(expect, timeout)
        if not len(times):
            self._watch_silence(self._inlet)
            return None
        times -= self._start
        self._note_arrival(times)
        return Chunk(data[:, self._columns] * self._scale, times)

    def events(self) -> tuple[SignalEvent, ...]:
        """Return what happened since the last call, oldest first."""
        events, self._events = tuple(self._events), []
        return events

    def close(self) -> None:
        """Disconnect; safe to call twice."""
        if self._inlet is not None:
            self._searcher.submit(self._inlet.close)  # half a second, which nobody needs to wait for
            self._inlet = None
        self._searcher.shutdown(wait=False)

    def _adopt(self, inlet: Inlet) -> None:
        if not inlet.sfreq >= LOWEST_SFREQ:
            raise InvalidData(
                f"LSL stream {self._address.name!r} has {inlet.sfreq:g} Hz; "
                f"expected a regular rate of at least {LOWEST_SFREQ:g} Hz"
            )
        picks = select(self._requested, self._labels_of(inlet))
        units = [inlet.units[index] for index in picks.indices]
        self.channels, self.sfreq = picks.names, inlet.sfreq
        self.warnings = _unit_warnings(picks.names, units)
        self._columns = list(picks.indices)
        self._scale = np.array([microvolts_in(unit) or 1.0 for unit in units], dtype=np.float32)

    def _labels_of(self, inlet: Inlet) -> tuple[str, ...]:
        if self._given_labels and len(self._given_labels) != len(inlet.labels):
            raise InvalidData(
                f"{len(self._given_labels)} channel labels given for LSL stream {self._address.name!r}; "
                f"expected {len(inlet.labels)}, one for each of its channels"
            )
        return self._given_labels or inlet.labels

    def _note_arrival(self, times: NDArray[np.float64]) -> None:
        if self._lost:
            self._tell("back", times[0], "the EEG stream is back")
        for index in jumps(times, self._last_time):
            before = self._last_time if index == 0 else times[index - 1]
            self._tell_jump(float(times[index]), float(times[index] - (before or 0.0)))
        self._arrival, self._last_time = time.monotonic(), float(times[-1])
        self._lost, self._search = False, None

    def _tell_jump(self, moment: float, seconds: float) -> None:
        cause = "samples were lost or the device's clock was set" if seconds > 0 else "its clock was set back"
        self._tell("clock_jump", moment, f"the time stamps jumped by {seconds:+.1f} s: {cause}")

    def _watch_silence(self, inlet: Inlet) -> None:
        silence = time.monotonic() - self._arrival
        if not self._lost and (silence > LOST_SECONDS or inlet.gone):
            self._lost = True
            last = 0.0 if self._last_time is None else self._last_time
            self._tell("lost", last, "no EEG arrives: check that the headset is on and in reach")
        if self._lost and (silence > _SEARCH_SECONDS or inlet.gone):
            self._look_for_stream(inlet)

    def _look_for_stream(self, inlet: Inlet) -> None:
        """Look for the stream in another thread; take it over here once it has been found."""
        if self._search is None:
            self._search = self._searcher.submit(_find_again, self._address, self._timeout, inlet.uid)
        elif self._search.done():
            found, self._search = self._search.result(), None
            if found is not None and _fits(found, inlet):
                # Closing joins liblsl's threads, which takes longer than a pull may.
                self._searcher.submit(inlet.close)
                self._inlet = found

    def _tell(self, kind: Literal["lost", "back", "clock_jump"], moment: float, text: str) -> None:
        self._events.append(SignalEvent(kind, float(moment), text))


def _fits(found: Inlet, known: Inlet) -> bool:
    return (found.labels, found.units, found.sfreq) == (known.labels, known.units, known.sfreq)


def _find_again(address: StreamAddress, timeout: float, known_uid: str) -> Inlet | None:
    try:
        found = Inlet(address, timeout, unique=False)
    except StreamNotFound:
        return None  # The stream stays lost, which the session has been told; the search goes on.
    if found.uid == known_uid:
        found.close()
        return None
    return found


def _unit_warnings(names: Sequence[str], units: Sequence[str | None]) -> tuple[str, ...]:
    """Say where microvolts are assumed, rather than guess the unit from the values."""
    undeclared = [name for name, unit in zip(names, units, strict=True) if microvolts_in(unit) is None]
    if not undeclared:
        return ()
    declared = sorted({str(unit) for unit in units})
    return (
        f"the stream declares the unit {', '.join(declared)} for {', '.join(undeclared)}; "
        "taken as microvolts",
    )
