"""Whole sessions to test with, as fast as the machine can, and streams that misbehave on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from affectlab.session.config import SessionConfig
from affectlab.session.events import Event
from affectlab.session.runner import Session
from affectlab.session.summary import Summary
from affectlab.signals import Chunk, SignalEvent, StreamAddress

SETTINGS = {
    "minutes": 1,
    "rest_seconds": 14,
    "rating_seconds": 20,
    "speed": float("inf"),
    "synth": "builtin",
    "music": "rules",
}
CHANNELS = ("Fp1", "Fp2", "F3", "F4", "C3", "C4", "O1", "O2")
SFREQ = 250.0

Script = Mapping[float, Callable[[Session], None]]


@dataclass(frozen=True)
class Finished:
    session: Session
    summary: Summary
    folder: Path
    events: list[Event]

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


def run_session(
    folder: Path, script: Script | None = None, *, automatic: bool = True, **settings
) -> Finished:
    """Run a session; `script` says what is asked of it from which session second on."""
    session = Session(SessionConfig(**{**SETTINGS, **settings}), folder, automatic=automatic)
    events: list[Event] = []
    session.subscribe(events.append)
    session.open()
    waiting = sorted((script or {}).items(), key=lambda step: step[0])

    def follow(_first: int, _block: object) -> None:
        while waiting and session.now >= waiting[0][0]:
            waiting.pop(0)[1](session)

    session.on_pcm(follow)
    return Finished(session, session.run(), folder, events)


@dataclass
class FakeSource:
    """A device without a stream: raises what it is told to, between two session seconds."""

    error: Exception | None = None
    failing: tuple[float, float] = (0.0, 0.0)
    refuses_to_close: Exception | None = None
    ended: bool = False
    closed: bool = False

    def open(self) -> StreamAddress:
        return StreamAddress("fake", None, stamps_session_time=False)

    def advance(self, now: float) -> int:
        if self.error is not None and self.failing[0] <= now < self.failing[1]:
            raise self.error
        return 0

    def close(self) -> None:
        self.closed = True
        if self.refuses_to_close is not None:
            raise self.refuses_to_close


@dataclass
class FakeReceiver:
    """Hands out five samples a round, stamped by `stamp`; silent while `silent` says so."""

    stamp: Callable[[float], float] = lambda time: time
    silent: Callable[[float], bool] = lambda _time: False
    channels: tuple[str, ...] = CHANNELS
    sfreq: float = SFREQ
    warnings: tuple[str, ...] = ()
    seen: int = 0
    news: list[SignalEvent] = field(default_factory=list)
    closed: bool = False

    def open(self) -> None:
        self._generator = np.random.default_rng(0)

    def begin(self, session_start_lsl: float) -> None:
        self.start = session_start_lsl

    def pull(self, expect: int = 0, timeout: float = 0.25) -> Chunk | None:
        times = (np.arange(self.seen, self.seen + 5) + 1) / self.sfreq
        self.seen += 5
        if self.silent(float(times[-1])):
            return None
        data = self._generator.normal(0, 10, (5, len(self.channels))).astype(np.float32)
        return Chunk(data, np.array([self.stamp(float(time)) for time in times]))

    def events(self) -> tuple[SignalEvent, ...]:
        news, self.news = tuple(self.news), []
        return news

    def close(self) -> None:
        self.closed = True


def plug_in(monkeypatch, source: FakeSource, receiver: FakeReceiver) -> None:
    """Let the next session find this device."""
    monkeypatch.setattr("affectlab.session.build.open_source", lambda *_args, **_options: source)
    monkeypatch.setattr("affectlab.session.build.Receiver", lambda *_args, **_options: receiver)
