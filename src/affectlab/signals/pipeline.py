"""From raw chunks to windows ready to decode: conditioning, windows, quality, reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnknownChannels
from affectlab.signals.conditioning import Conditioner
from affectlab.signals.quality import Limits, QualityJudge
from affectlab.signals.window import ChannelQuality, Chunk, Window
from affectlab.signals.windows import Segment, Windower

CLOCK_JUMP_SECONDS = 0.5
"""Gap or step back between consecutive time stamps that is more than jitter and lost packets (ours)."""


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """How the signal is conditioned, cut and judged.

    Parameters
    ----------
    band
        Pass band in hertz.
    line
        Mains frequency in hertz (50 or 60), or None for no notch.
    length, step
        Seconds per window and between window ends.
    reference
        "average" (of the channels that are good in the window), "none" (as recorded), "auto" (average with
        `least_for_average` channels or more, else none), or the names of channels to average.
    least_for_average
        With fewer electrodes their mean is no estimate of zero potential (ours).
    good
        Quality score from which a channel joins the average.
    limits
        When a fault counts against a channel.
    """

    band: tuple[float, float] = (1.0, 45.0)
    line: float | None = 50.0
    length: float = 4.0
    step: float = 0.5
    reference: str | tuple[str, ...] = "auto"
    least_for_average: int = 8
    good: float = 0.5
    limits: Limits = field(default_factory=Limits)


class SignalChain:
    """Turns the chunks of one stream into windows.

    Parameters
    ----------
    sfreq
        Samples per second.
    channels
        10–20 names, in the order of the chunks' columns.
    config
        How the signal is treated.

    Raises
    ------
    InvalidData
        If the sampling rate, band, length or step is out of range.
    UnknownChannels
        If a reference channel is not among the channels.
    """

    def __init__(self, sfreq: float, channels: tuple[str, ...], config: ChainConfig | None = None) -> None:
        self._config = config or ChainConfig()
        self._sfreq, self._channels = sfreq, channels
        self._conditioner = Conditioner(sfreq, len(channels), band=self._config.band, line=self._config.line)
        self._windower = Windower(sfreq, len(channels), length=self._config.length, step=self._config.step)
        self._judge = QualityJudge(channels, sfreq, line=self._config.line, limits=self._config.limits)
        self._reference = _reference_channels(self._config, channels)
        self._last_time: float | None = None

    def reset(self) -> None:
        """Start over: the next window needs its full length of new samples."""
        self._conditioner.reset()
        self._windower.reset()
        self._last_time = None

    def push(self, chunk: Chunk) -> list[Window]:
        """Take the next samples; return the windows they complete, oldest first.

        Where the time stamps jump, everything starts over, so that no window spans the jump.
        """
        windows: list[Window] = []
        for index, part in enumerate(_split_at_jumps(chunk, self._last_time)):
            if index:
                self.reset()
            if len(part.times):
                windows.extend(self._push(part))
        return windows

    def _push(self, chunk: Chunk) -> Iterator[Window]:
        self._last_time = float(chunk.times[-1])
        for segment in self._windower.push(self._conditioner.process(chunk.data), chunk.times):
            quality = self._judge.assess(segment.samples)
            yield Window(
                self._referenced(segment, quality), self._sfreq, self._channels, segment.time, quality
            )

    def _referenced(self, segment: Segment, quality: tuple[ChannelQuality, ...]) -> NDArray[np.float64]:
        """Return the filtered window, shape (n_channels, n_samples), against its reference."""
        data = np.ascontiguousarray(segment.samples.filtered.T)
        if self._reference is None:
            return data
        good = [i for i in self._reference if quality[i].score >= self._config.good] or list(self._reference)
        return np.asarray(data - data[good].mean(axis=0))


def _reference_channels(config: ChainConfig, channels: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the places of the channels to average as reference, or None to leave it as recorded."""
    everything = tuple(range(len(channels)))
    if isinstance(config.reference, str):
        small = config.reference == "auto" and len(channels) < config.least_for_average
        return None if small or config.reference == "none" else everything
    absent = [name for name in config.reference if name not in channels]
    if absent:
        raise UnknownChannels(
            f"reference channel {absent[0]!r} is not recorded; expected some of {', '.join(channels)}"
        )
    return tuple(channels.index(name) for name in config.reference)


def jumps(times: NDArray[np.float64], last: float | None) -> NDArray[np.intp]:
    """Return the places in `times`, shape (n_samples,), before which the clock jumped.

    Parameters
    ----------
    times
        Seconds.
    last
        The stamp before the first of `times`, or None when there was none.
    """
    steps = np.diff(times, prepend=times[:1] if last is None else last)
    return np.flatnonzero(np.abs(steps) > CLOCK_JUMP_SECONDS)


def _split_at_jumps(chunk: Chunk, last: float | None) -> list[Chunk]:
    places = jumps(chunk.times, last)
    if not places.size:
        return [chunk]
    return [
        Chunk(data, times)
        for data, times in zip(np.split(chunk.data, places), np.split(chunk.times, places), strict=True)
    ]
