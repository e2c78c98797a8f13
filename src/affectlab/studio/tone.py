"""The calm chord by which a listener sets the level, sent along the way the music takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from affectlab.studio.hub import BLOCK_FRAMES, SFREQ

LEVEL_DBFS = -20.0
"""RMS of the chord, decibels of full scale: about the level of the music."""

PERIOD_SECONDS = 6.0
_CHORD_HZ = (146.8, 220.0, 293.7, 370.0)


def chord() -> NDArray[np.int16]:
    """Return one period of the chord, shape (288000, 2): it swells, rests and begins again in silence."""
    time = np.arange(int(PERIOD_SECONDS * SFREQ)) / SFREQ
    swell = np.sin(np.pi * time / PERIOD_SECONDS) ** 2
    partials = [np.sin(2 * np.pi * hz * time) / (rank + 1) for rank, hz in enumerate(_CHORD_HZ)]
    wave = np.sum(partials, axis=0) * swell
    wave *= 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(wave**2))
    return np.repeat((wave * 32767).astype(np.int16)[:, None], 2, axis=1)


class LevelCheck:
    """Sends the chord in real time while it is on."""

    def __init__(self, publish: Callable[[int, NDArray[np.int16]], None]) -> None:
        self._publish = publish
        self._task: asyncio.Task[None] | None = None

    @property
    def on(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._play())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _play(self) -> None:
        sound = chord()
        loop = asyncio.get_running_loop()
        began, frame = loop.time(), 0
        while True:
            start = frame % len(sound)
            self._publish(frame, sound[start : start + BLOCK_FRAMES])
            frame += BLOCK_FRAMES
            await asyncio.sleep(max(0.0, began + frame / SFREQ - loop.time()))
