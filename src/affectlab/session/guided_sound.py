"""What is heard in a guided calibration: a soft tone at every change, and the excerpts to be rated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.music import SFREQ_AUDIO, MusicControl, MusicEngine

Pcm = NDArray[np.int16]

TONE_HZ = (440.0, 660.0)
TONE_SECONDS = 0.8
TONE_DBFS = -26.0
"""RMS of the tone at its loudest, decibels of full scale: softer than the music."""


def tone() -> Pcm:
    """Return the tone, shape (n_frames, 2), int16: a fifth that swells and dies away, without a click."""
    time = np.arange(round(TONE_SECONDS * SFREQ_AUDIO)) / SFREQ_AUDIO
    swell = np.sin(np.pi * time / TONE_SECONDS) ** 2
    wave = sum(np.sin(2 * np.pi * hz * time) for hz in TONE_HZ) * swell
    wave *= 10 ** (TONE_DBFS / 20)
    return np.repeat((wave * 32767).astype(np.int16)[:, None], 2, axis=1)


class GuidedSound:
    """Blocks of sound: music while an excerpt plays, the tone over it when asked, else silence.

    Parameters
    ----------
    engine
        Plays the excerpts.
    """

    def __init__(self, engine: MusicEngine) -> None:
        self._engine = engine
        self._tone = tone()
        self._tone_at = len(self._tone)
        self._asked = False

    def ring(self) -> None:
        """Let the tone sound from the next block on."""
        self._tone_at = 0

    def play(self, valence: float, arousal: float, at: float) -> None:
        """Let an excerpt begin that expresses this point, at session second `at`."""
        self._engine.set_control(MusicControl(valence, arousal), at)
        self._engine.resume()
        self._asked = True

    def hush(self) -> None:
        """Let the excerpt fade out."""
        if self._asked:
            self._engine.pause()

    def heard(self, time: float) -> tuple[float, float] | None:
        """Return the valence and arousal of the music that sounds at session second `time`."""
        return self._engine.sounding(time)

    def block(self, frames: int) -> tuple[int, Pcm]:
        """Return the first frame and the samples of the next block, shape (frames, 2)."""
        rendered = self._engine.render(frames)
        return rendered.first_frame, self._with_tone(rendered.to_pcm16())

    def _with_tone(self, pcm: Pcm) -> Pcm:
        part = self._tone[self._tone_at : self._tone_at + len(pcm)]
        self._tone_at += len(part)
        if not len(part):
            return pcm
        mixed = pcm.astype(np.int32)
        mixed[: len(part)] += part
        return np.clip(mixed, -32768, 32767).astype(np.int16)
