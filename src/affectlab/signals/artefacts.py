"""What disturbs a simulated recording: blinks, muscle bursts, mains noise and lost channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.signals.listener import ListenerTraits
from affectlab.signals.montage import positions

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Event:
    """A disturbance from sample `start` to `stop`, `weights` (n_channels,) in microvolts."""

    kind: str
    start: int
    stop: int
    weights: Samples


class Artefacts:
    """Adds disturbances to frames of EEG.

    Parameters
    ----------
    channels
        10–20 names.
    sfreq
        Samples per second.
    traits
        Rates and levels of the person.
    generator
        Source of all randomness.
    """

    def __init__(
        self,
        channels: tuple[str, ...],
        sfreq: float,
        traits: ListenerTraits,
        generator: np.random.Generator,
    ) -> None:
        self._sfreq, self._generator = sfreq, generator
        self._rates = {
            "blink": traits.blinks_per_minute / 60,
            "burst": traits.bursts_per_minute / 60,
            "dropout": traits.dropouts_per_minute / 60,
        }
        self._eyes = _nearness(channels, "Fpz", 0.45)
        self._muscles = (_nearness(channels, "T7", 0.4), _nearness(channels, "T8", 0.4))
        self._line = traits.line_microvolts * np.sqrt(2) * generator.uniform(0.3, 1.0, len(channels))
        self._events: list[_Event] = []
        self._sample = 0

    def disturb(self, frame: Samples) -> None:
        """Add what happens during the next samples to `frame`, (n_samples, n_channels), in place."""
        start, stop = self._sample, self._sample + len(frame)
        self._begin_events(start, len(frame) / self._sfreq)
        index = np.arange(start, stop)
        frame += np.sin(2 * np.pi * 50.0 * index / self._sfreq)[:, None] * self._line
        for event in self._events:
            inside = (index >= event.start) & (index < event.stop)
            frame[inside] += self._course(event, index[inside])
        self._events = [event for event in self._events if event.stop > stop]
        self._sample = stop

    def _begin_events(self, start: int, seconds: float) -> None:
        for kind, rate in self._rates.items():
            if self._generator.random() < rate * seconds:
                self._events.append(self._new_event(kind, start))

    def _new_event(self, kind: str, start: int) -> _Event:
        make = {"blink": self._blink, "burst": self._burst, "dropout": self._dropout}
        seconds, weights = make[kind]()
        return _Event(kind, start, start + max(2, round(seconds * self._sfreq)), weights)

    def _blink(self) -> tuple[float, Samples]:
        return self._generator.uniform(0.25, 0.4), self._eyes * self._generator.uniform(70, 150)

    def _burst(self) -> tuple[float, Samples]:
        side = self._muscles[self._generator.integers(2)]
        return self._generator.uniform(0.4, 2.0), side * self._generator.uniform(10, 40)

    def _dropout(self) -> tuple[float, Samples]:
        weights = np.zeros(len(self._eyes))
        weights[self._generator.integers(len(weights))] = np.nan
        return self._generator.uniform(0.2, 1.5), weights

    def _course(self, event: _Event, index: NDArray[np.intp]) -> Samples:
        """Return what `event` adds at the samples `index`, shape (n, n_channels)."""
        share = (index - event.start) / (event.stop - event.start)
        if event.kind == "blink":
            return np.asarray((np.sin(np.pi * share) ** 2)[:, None] * event.weights)
        if event.kind == "burst":
            # Differences of white noise rise with frequency, as muscle activity does below 100 Hz.
            noise = np.diff(self._generator.standard_normal((len(index) + 1, len(event.weights))), axis=0)
            return np.asarray(noise / np.sqrt(2) * event.weights)
        return np.broadcast_to(event.weights, (len(index), len(event.weights)))


def _nearness(channels: tuple[str, ...], electrode: str, spread: float) -> Samples:
    """Return how much of an event at `electrode` each channel sees, shape (n_channels,), at most 1."""
    distance = np.linalg.norm(positions(channels) - positions([electrode]), axis=1)
    return np.asarray(np.exp(-0.5 * np.square(distance / spread)))
