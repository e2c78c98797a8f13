"""Pictures and sound into files."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra
from affectlab.files import writing

if TYPE_CHECKING:
    from types import ModuleType


def write_video(path: Path, pictures: NDArray[np.uint8], fps: int) -> None:
    """Write an H.264 MP4; equal pictures give equal bytes with the same libraries.

    Parameters
    ----------
    pictures
        Shape (n, height, width, 3), RGB; height and width even.
    fps
        Pictures per second.

    Raises
    ------
    MissingExtra
        If PyAV is not installed.
    """
    av = _av()
    # x264's macroblock tree reads memory it never wrote at sizes that are no multiple of its vectors, so that
    # bytes differ from run to run; without it they do not.
    options = {"crf": "23", "preset": "veryfast", "x264-params": "mbtree=0"}
    with writing(path) as temporary, av.open(str(temporary), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps), options=options)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        # With more threads the rate control's guesses, and so the bytes, depend on which is done first.
        stream.codec_context.thread_count = 1
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def write_audio(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Write a 16-bit mono WAV.

    Parameters
    ----------
    samples
        Shape (n,), in [-1, 1].
    rate
        Samples per second.
    """
    pcm = np.round(np.clip(samples, -1, 1) * 32767).astype("<i2")
    with writing(path) as temporary, wave.open(str(temporary), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())


def _av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise MissingExtra("av", "bench") from error
    return av
