"""Pictures, sound and video as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra, UnreadableFile
from affectlab.models._container import frames as decoded
from affectlab.models._container import require_content, survey
from affectlab.models.protocol import Media

Picture = NDArray[np.uint8]
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrames:
    """Pictures taken from a video.

    Parameters
    ----------
    pictures
        Shape (n, height, width, 3), RGB.
    times
        Shape (n,), seconds from the first picture of the video to each of these; a picture repeats where
        the video has fewer than were asked for.
    duration
        Seconds from the first picture to the end of the last.
    """

    pictures: Picture
    times: NDArray[np.float64]
    duration: float


def read_image(media: Media, longest_side: int | None = None) -> Picture:
    """Decode a picture as RGB, shape (height, width, 3), upright; transparent parts become white.

    Parameters
    ----------
    media
        A file of any format that Pillow reads; of an animation, the first picture.
    longest_side
        Pixels that the longer side is shrunk to; a smaller picture stays as it is.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, no picture, or cut off.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise MissingExtra("pillow", "bench") from error
    require_content(media.path)
    try:
        with Image.open(media.path) as image:
            if longest_side is not None:
                image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
            return np.array(_opaque(ImageOps.exif_transpose(image)), dtype=np.uint8)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        why = _line(error, media.path)
        raise UnreadableFile(
            f"{media.path} is no readable picture ({why}); copy or download it again"
        ) from error


def read_audio(media: Media, rate: int = 16000) -> Sound:
    """Decode the sound of a file as one channel, shape (n,), about [-1, 1]: the mean of its channels.

    Parameters
    ----------
    media
        A file of any format that FFmpeg reads, with or without pictures.
    rate
        Samples per second to resample to.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, no media file, without sound, damaged or cut off. A format that does
        not declare its length (an MPEG stream, MP3 without a Xing tag) cannot show that it was cut.
    """
    blocks = list(_resampled(media.path, rate))
    return np.concatenate(blocks).astype(np.float32, copy=False)


def read_video(media: Media, frames: int = 8, longest_side: int | None = None) -> VideoFrames:
    """Decode the pictures nearest the middles of `frames` equal parts of a video, upright.

    Parameters
    ----------
    media
        A file of any format that FFmpeg reads. Lengths and frame rates are taken from the pictures' own time
        stamps, never from the header.
    frames
        Number of pictures, at least 1.
    longest_side
        Pixels that the longer side is shrunk to; smaller pictures stay as they are.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, no media file, without pictures, damaged or cut off.
    """
    extent = survey(media.path, "video")
    middles = extent.start + extent.duration * (np.arange(frames) + 0.5) / frames
    chosen = list(_nearest(decoded(media.path, "video", extent), middles, extent.start))
    size = _fitted(chosen[0][1].width, chosen[0][1].height, longest_side)
    distinct = {time: _upright(frame, size) for time, frame in chosen}
    times = np.array([time for time, _ in chosen])
    return VideoFrames(np.stack([distinct[time] for time in times]), times - extent.start, extent.duration)


def _resampled(path: Path, rate: int) -> Iterator[Sound]:
    extent = survey(path, "audio")
    from av.audio.resampler import AudioResampler

    resampler = AudioResampler(format="fltp", rate=rate)
    try:
        for frame in (*decoded(path, "audio", extent), None):
            # The resampler's own way down to one channel weighs channels by where they stand.
            yield from (block.to_ndarray().mean(axis=0) for block in resampler.resample(frame))
    except ValueError as error:
        raise UnreadableFile(f"{path}: its sound changes format on the way ({error}); convert it") from error


def _nearest(
    frames: Iterable[Any], middles: NDArray[np.float64], start: float
) -> Iterator[tuple[float, Any]]:
    """Yield, for each of the ascending `middles`, the frame nearest to it, with its time."""
    waiting = list(middles[::-1])
    before: tuple[float, Any] | None = None
    for frame in frames:
        time = _time(frame, start if before is None else before[0])
        while before is not None and waiting and waiting[-1] - before[0] <= time - waiting[-1]:
            waiting.pop()
            yield before
        if not waiting:
            return
        before = time, frame
    if before is not None:
        yield from (before for _ in waiting)


def _time(frame: Any, otherwise: float) -> float:
    stamp = frame.dts if frame.pts is None else frame.pts
    return otherwise if stamp is None else float(stamp * frame.time_base)


def _upright(frame: Any, size: tuple[int, int]) -> Picture:
    width, height = size
    picture = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _fitted(width: int, height: int, longest_side: int | None) -> tuple[int, int]:
    scale = min(1.0, (longest_side or max(width, height)) / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _opaque(image: Any) -> Any:
    from PIL import Image

    if image.mode == "I" or image.mode.startswith("I;16"):
        # Pillow cuts 16 bits off at 255 when it converts them.
        levels = np.clip(np.asarray(image).astype(float) / 256, 0, 255)
        return Image.fromarray(levels.astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")


def _line(error: Exception, path: Path) -> str:
    return " ".join(str(error).replace(str(path), "it").split())
