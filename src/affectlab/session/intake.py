"""EEG into the session: one round pumps the source, reads the stream, and yields what arrived."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.errors import InvalidData, SourceError
from affectlab.signals import Chunk, Receiver, SignalChain, SignalEvent, Source, Window


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """What one round brought: new samples (or None), the windows they completed, changes of the stream."""

    chunk: Chunk | None
    windows: tuple[Window, ...]
    events: tuple[SignalEvent, ...]


class Intake:
    """Source, receiver and signal chain in one.

    Parameters
    ----------
    source, receiver, chain
        The stages, in the order a sample passes them.
    patience
        Wall seconds to wait for samples that were published. Short where sound is at stake; long where a
        session runs as fast as it can, so that a slow machine changes nothing in it.
    """

    def __init__(
        self, source: Source, receiver: Receiver, chain: SignalChain, *, patience: float = 0.25
    ) -> None:
        self._source, self._receiver, self._chain = source, receiver, chain
        self.patience = patience
        self._failure: str | None = None
        self.samples = 0

    @property
    def channels(self) -> tuple[str, ...]:
        return self._receiver.channels

    @property
    def sfreq(self) -> float:
        return self._receiver.sfreq

    @property
    def ended(self) -> bool:
        return self._source.ended

    def begin(self, lsl_now: float) -> None:
        """Make this moment of the LSL clock session second 0."""
        self._receiver.begin(lsl_now)

    def round(self, moment: float) -> Arrival:
        """Publish what is due by session second `moment`, read what arrived, and cut windows."""
        due, failures = self._advance(moment)
        chunk = self._receiver.pull(expect=due, timeout=self.patience)
        events = (*failures, *self._receiver.events())
        if chunk is None:
            return Arrival(None, (), events)
        self.samples += len(chunk.times)
        return Arrival(chunk, tuple(self._chain.push(chunk)), events)

    def close(self) -> None:
        """Disconnect; raises `SourceError` when a device cannot be released."""
        self._receiver.close()
        self._source.close()

    def _advance(self, moment: float) -> tuple[int, tuple[SignalEvent, ...]]:
        """Pump the source; one that fails in the middle is reported once and the session goes on."""
        try:
            due = self._source.advance(moment)
        except (SourceError, InvalidData) as error:
            text = str(error)
            news = () if text == self._failure else (SignalEvent("lost", moment, text),)
            self._failure = text
            return 0, news
        self._failure = None
        return due, ()
