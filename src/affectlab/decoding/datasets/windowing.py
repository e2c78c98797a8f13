"""Recordings to labelled windows, by the same chain as in the live loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import About, Stretch, Take
from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable
from affectlab.decoding.resampling import resampled
from affectlab.errors import InvalidData
from affectlab.signals import ChainConfig, Chunk, SignalChain, Window
from affectlab.signals.conditioning import LOWEST_SFREQ

BLOCK_SECONDS = 30.0
"""EEG is read and windowed this much at a time, so that a recording of hours needs no more memory."""


def windows_of(take: Take, settings: PrepareSettings, info: EpochInfo) -> Iterator[Epochs]:
    """Cut a recording into windows, a block at a time.

    Windows that do not lie wholly in one of its stretches are dropped: their label would be mixed.

    Parameters
    ----------
    take
        The recording and its labels; its channels are put in the order of `info`.
    settings
        Length and step, and the rate the windows are brought to.
    info
        Goes with every part.

    Raises
    ------
    InvalidData
        If a channel of `info` was not recorded, or the sampling rate is too low.
    """
    order = _order(take, info.channels)
    for windows in _conditioned(take, settings):
        kept = [(window, stretch) for window in windows if (stretch := _stretch_of(window, take))]
        if kept:
            yield _epochs(kept, take, order, info)


def chain_config(settings: PrepareSettings, line: float | None) -> ChainConfig:
    """Return how EEG is conditioned: as live, with this length, step and mains frequency."""
    return ChainConfig(length=settings.length, step=settings.step, line=line)


def line_of(settings: PrepareSettings, own: float | None) -> float | None:
    """Return the mains frequency to notch out: what the settings say, else the data set's own."""
    return (own if settings.line is None else settings.line) or None


def conditioning(settings: PrepareSettings, about: About) -> dict[str, Any]:
    """Say how windows are made, JSON-ready."""
    chain = asdict(chain_config(settings, line_of(settings, about.line)))
    return {**chain, "resampled": f"each window to {settings.sfreq:g} Hz, zero-phase polyphase filter"}


def _conditioned(take: Take, settings: PrepareSettings) -> Iterator[list[Window]]:
    recording = take.recording
    if recording.sfreq < LOWEST_SFREQ:
        raise InvalidData(
            f"{take.name} has {recording.sfreq:g} Hz; expected at least {LOWEST_SFREQ:g} Hz: use a recording "
            "that was not downsampled so far"
        )
    config = chain_config(settings, line_of(settings, take.line))
    chain = SignalChain(recording.sfreq, recording.channels, config)
    block = round(BLOCK_SECONDS * recording.sfreq)
    for start in range(0, recording.n_samples, block):
        stop = min(start + block, recording.n_samples)
        times = np.arange(start, stop) / recording.sfreq
        yield chain.push(Chunk(recording.read(start, stop), times))


def _order(take: Take, channels: tuple[str, ...]) -> list[int]:
    own = take.recording.channels
    absent = [name for name in channels if name not in own]
    if absent:
        raise InvalidData(
            f"{take.name} has no channel {absent[0]}; the other recordings do: "
            "choose channels that all have, with --channels"
        )
    return [own.index(name) for name in channels]


def _span(window: Window) -> tuple[float, float]:
    """Return the seconds a window covers, its last sample's own duration included."""
    stop = window.time + 1 / window.sfreq
    return stop - window.data.shape[1] / window.sfreq, stop


def _stretch_of(window: Window, take: Take) -> Stretch | None:
    start, stop = _span(window)
    # Half a sample: the stretch's edges may be written with fewer digits than time stamps have.
    slack = 0.5 / window.sfreq
    inside = (one for one in take.stretches if one.start - slack <= start and stop <= one.stop + slack)
    return next(inside, None)


def _epochs(kept: list[tuple[Window, Stretch]], take: Take, order: list[int], info: EpochInfo) -> Epochs:
    windows = [window for window, _ in kept]
    data = resampled(np.stack([window.data[order] for window in windows]), take.recording.sfreq, info.sfreq)
    quality = np.stack([window.usable[order] for window in windows]).astype(np.float32)
    return Epochs(info, _table(kept, take), data.astype(np.float32), quality)


def _table(kept: list[tuple[Window, Stretch]], take: Take) -> EpochTable:
    spans = np.array([_span(window) for window, _ in kept])
    stretches = [stretch for _, stretch in kept]

    def words(values: list[str]) -> Any:
        return np.array(values, dtype=object)

    return EpochTable(
        subject=words([take.subject] * len(kept)),
        session=words([take.session] * len(kept)),
        recording=words([take.name] * len(kept)),
        stimulus=words([one.stimulus for one in stretches]),
        state=words([one.state for one in stretches]),
        start=spans[:, 0],
        stop=spans[:, 1],
        valence=np.array([one.valence for one in stretches], dtype=np.float64),
        arousal=np.array([one.arousal for one in stretches], dtype=np.float64),
        baseline=np.array([one.baseline for one in stretches], dtype=np.bool_),
    )
