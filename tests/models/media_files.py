"""Small media files whose content is known picture by picture and sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from affectlab.models import Media, MediaKind

LEVEL_STEP = 4
"""Grey levels from one picture to the next."""


def media(path: Path, kind: MediaKind) -> Media:
    """Name `path` without hashing it."""
    return Media(kind, path, path.name)


def grey(level: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, np.uint8)


def write_clip(
    path: Path,
    times: Sequence[float],
    *,
    sound_seconds: float | None = None,
    codec: str = "mpeg4",
    rotation: float = 0,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    key_every: int = 12,
) -> Path:
    """Write one picture per time stamp, each `LEVEL_STEP` lighter than the one before, and noise as sound."""
    shown = pictures or [grey(index * LEVEL_STEP) for index in range(len(times))]
    # The header stands first, so that a clip that was cut can still be opened.
    options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        video = container.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = shown[0].shape[1], shown[0].shape[0], "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        video.gop_size = key_every
        video.bit_rate = 4_000_000
        if rotation:
            video.set_display_rotation(rotation)
        audio = container.add_stream("aac", rate=16000) if sound_seconds else None
        for time, picture in zip(times, shown, strict=True):
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio is not None and sound_seconds:
            noise = np.random.default_rng(0).normal(0, 3000, round(16000 * sound_seconds)).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(noise[None], format="s16", layout="mono")
            frame.rate, frame.pts = 16000, 0
            container.mux(audio.encode(frame))
            container.mux(audio.encode())
    return path


def write_sound(path: Path, channels: NDArray[np.float64], rate: int) -> Path:
    """Write `channels`, shape (channels, samples), 16 bits for .wav and MP3 for .mp3."""
    data = (np.clip(channels, -1, 1) * 32767).astype(np.int16)
    layout = {1: "mono", 2: "stereo"}[len(data)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame" if path.suffix == ".mp3" else "pcm_s16le", rate=rate)
        stream.layout = layout
        interleaved = np.ascontiguousarray(data.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.rate, frame.pts = rate, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
