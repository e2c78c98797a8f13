"""Lyria RealTime, Google's hosted model, as a source of sound; needs ``google-genai`` and a key.

What leaves this machine: descriptions of music from a fixed list, their weights, tempo, density, brightness.
No EEG, no estimate of what the listener feels, no name. But in the closed loop the target follows what is
measured, so whoever sees the settings of a whole session learns something of its course; a session that must
stay on the machine must not use this source.

Written to the published client (``client.aio.live.music.connect``); it has not been run by us against the
service.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import numpy as np

from affectlab.errors import AudioError
from affectlab.music.mapping import requested
from affectlab.music.pcm import Stereo
from affectlab.music.score import MusicControl
from affectlab.music.sounding.describing import quarters

MODEL: Final = "models/lyria-realtime-exp"
KEYS: Final = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_BPM: Final = (60, 200)
# A new tempo needs a fresh context, which is heard as a break; smaller changes than this are not worth one.
_TEMPO_STEP: Final = 0.1
_PATIENCE: Final = 20.0


def settings_of(control: MusicControl, tempo: float | None = None) -> dict[str, float]:
    """Return bpm, density and brightness for `control`.

    Parameters
    ----------
    control
        Brightness is its valence, from 0.25 to 0.75: higher is lighter, as register is in `mapping`.
    tempo
        Beats per minute in force; kept while the control asks for one within a tenth of it.
    """
    asked = requested(control)
    wanted = min(max(asked.tempo_bpm, _BPM[0]), _BPM[1])
    bpm = tempo if tempo is not None and abs(wanted / tempo - 1) < _TEMPO_STEP else round(wanted)
    return {"bpm": bpm, "density": asked.density, "brightness": 0.5 + control.valence / 4}


class LyriaSource:
    """Reads the service's stream; connects with the first chunk, and again after it broke.

    Parameters
    ----------
    client
        A ``genai.Client`` of API version ``v1alpha``.
    types
        The module ``google.genai.types``.
    """

    def __init__(self, client: Any, types: Any) -> None:
        self.name = "lyria"
        self._client, self._types = client, types
        self._runner = asyncio.Runner()
        self._open: AsyncExitStack | None = None
        self._session: Any = None
        self._messages: AsyncIterator[Any] | None = None
        self._sent: tuple[tuple[tuple[str, float], ...], dict[str, float]] | None = None

    def next_chunk(self, control: MusicControl) -> Stereo:
        """Send what has changed and return the next piece of the stream, shape (frames, 2).

        Raises
        ------
        AudioError
            If the service does not answer in time or refuses a description.
        """
        try:
            return self._runner.run(asyncio.wait_for(self._next(control), _PATIENCE))
        except TimeoutError:
            self._runner.run(self._disconnect())
            raise AudioError(f"Lyria RealTime sent no sound for {_PATIENCE:g} s; connecting again") from None
        except BaseException:
            self._runner.run(self._disconnect())
            raise

    def close(self) -> None:
        """End the connection."""
        self._runner.run(self._disconnect())
        self._runner.close()

    async def _next(self, control: MusicControl) -> Stereo:
        if self._open is None:
            await self._connect()
        await self._steer(control)
        if self._messages is None:
            await self._session.play()
            self._messages = self._session.receive()
        async for message in self._messages:
            if getattr(message, "filtered_prompt", None):
                raise AudioError(f"Lyria RealTime refuses a description: {message.filtered_prompt}")
            content = getattr(message, "server_content", None)
            chunks = (content.audio_chunks or []) if content is not None else []
            if chunks:
                return _samples(b"".join(chunk.data for chunk in chunks))
        raise AudioError("Lyria RealTime ended the stream; connecting again")

    async def _connect(self) -> None:
        stack = AsyncExitStack()
        self._session = await stack.enter_async_context(self._client.aio.live.music.connect(model=MODEL))
        self._open = stack

    async def _disconnect(self) -> None:
        stack, self._open = self._open, None
        self._session = self._messages = self._sent = None
        if stack is not None:
            await stack.aclose()

    async def _steer(self, control: MusicControl) -> None:
        """Send descriptions and settings that differ from those sent last."""
        before = self._sent
        settings = settings_of(control, before[1]["bpm"] if before else None)
        now = (tuple((words, round(weight, 2)) for words, weight in quarters(control)), settings)
        if before == now:
            return
        if before is None or before[0] != now[0]:
            prompts = [self._types.WeightedPrompt(text=words, weight=weight) for words, weight in now[0]]
            await self._session.set_weighted_prompts(prompts=prompts)
        if before is None or before[1] != settings:
            config = self._types.LiveMusicGenerationConfig(**settings)
            await self._session.set_music_generation_config(config=config)
        if before is not None and before[1]["bpm"] != settings["bpm"]:
            await self._session.reset_context()
        self._sent = now


def open_lyria() -> LyriaSource:
    """Make the source; nothing is sent before the first chunk is asked for.

    Raises
    ------
    AudioError
        If the package is not installed or no key is set.
    """
    try:
        from google import genai
        from google.genai import types
    except ImportError:
        raise AudioError("google-genai is not installed; it comes with: pip install google-genai") from None
    if not any(os.environ.get(key) for key in KEYS):
        raise AudioError(f"Lyria RealTime is a hosted service and needs a key in {' or '.join(KEYS)}")
    return LyriaSource(genai.Client(http_options={"api_version": "v1alpha"}), types)


def _samples(pcm: bytes) -> Stereo:
    """Read 16-bit little-endian stereo, shape (frames, 2)."""
    return (np.frombuffer(pcm, dtype="<i2").reshape(-1, 2) / 32_768).astype(np.float32)
