"""Media as servers take them: encoded and written out inside the request."""

from __future__ import annotations

import io
import wave
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile
from affectlab.models._container import survey
from affectlab.models._own_bytes import own_bytes
from affectlab.models.media import MediaReader
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Media, MediaKind, Part, Quote, Request

AUDIO_RATE = 16_000
JPEG_QUALITY = 95

_TYPES: dict[MediaKind, str] = {"image": "image/jpeg", "audio": "audio/wav", "video": "video/mp4"}
_IMAGES = "the file's own bytes, else JPEG"


@dataclass(frozen=True, slots=True)
class Words:
    """Instructions and quotes that follow each other."""

    text: str


@dataclass(frozen=True, slots=True)
class Blob:
    """An encoded picture, sound (WAV) or silent video (MP4).

    Parameters
    ----------
    kind
        What it is.
    content
        Base64.
    type
        Its media type; that of the kind where it is empty, which for pictures is JPEG.
    """

    kind: MediaKind
    content: str
    type: str = ""

    @property
    def uri(self) -> str:
        """The content as a ``data:`` address."""
        return f"data:{self.type or _TYPES[self.kind]};base64,{self.content}"


Piece: TypeAlias = Words | Blob


class Inliner:
    """Encodes requests: sound as 16 kHz mono WAV, video as its pictures in order.

    A picture file goes byte for byte where servers show it as it is meant and it need not be shrunk (see
    `affectlab.models._own_bytes.own_bytes`); any other picture goes as JPEG.

    Parameters
    ----------
    options
        Number and size of pictures, and how much decoded media is kept.
    video
        Send videos whole, without their sound, in place of their pictures.
    """

    def __init__(self, options: ModelOptions, *, video: bool = False) -> None:
        self._reader = MediaReader(options.media_cache)
        self._frames, self._longest_side = options.frames, options.longest_side
        self._video = video

    @property
    def settings(self) -> dict[str, int | str | None]:
        """What of the encoding decides answers."""
        common: dict[str, int | str | None] = {
            "longest_side": self._longest_side,
            "audio_rate": AUDIO_RATE,
            "jpeg_quality": JPEG_QUALITY,
            "images": _IMAGES,
        }
        if self._video:
            return {**common, "video_as": "video"}
        return {**common, "video_as": "frames", "frames": self._frames}

    def pieces(self, request: Request) -> tuple[Piece, ...]:
        """Encode the parts of `request`, neighbouring words joined.

        Raises
        ------
        UnreadableFile
            If a file cannot be decoded.
        """
        return tuple(_joined([piece for part in request.parts for piece in self._encoded(part)]))

    def _encoded(self, part: Part) -> Iterator[Piece]:
        if isinstance(part, str):
            yield Words(part)
        elif isinstance(part, Quote):
            yield Words(part.text)
        else:
            yield from self._blobs(part)

    def _blobs(self, media: Media) -> Iterator[Blob]:
        if media.kind == "audio":
            yield Blob("audio", _base64(wav(self._reader.audio(media, AUDIO_RATE), AUDIO_RATE)))
        elif media.kind == "image":
            yield self._picture(media)
        elif self._video:
            yield Blob("video", _base64(silent_mp4(media.path)))
        else:
            for picture in self._reader.video(media, self._frames, self._longest_side).pictures:
                yield Blob("image", _base64(jpeg(picture)))

    def _picture(self, media: Media) -> Blob:
        # Decoded even where the file goes as it is, so that one cut short fails here and not at the server.
        picture = self._reader.image(media, self._longest_side)
        own = own_bytes(media.path, self._longest_side)
        if own is None:
            return Blob("image", _base64(jpeg(picture)))
        return Blob("image", _base64(own.content), own.type)


def wav(sound: NDArray[np.float32], rate: int) -> bytes:
    """Encode one channel in [-1, 1], shape (n,), as 16-bit WAV; louder samples are cut."""
    levels = np.round(np.clip(sound, -1, 1) * 32767).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(levels.tobytes())
    return buffer.getvalue()


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Encode RGB, shape (height, width, 3), as JPEG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def silent_mp4(path: Path) -> bytes:
    """Take the pictures out of a video as they are, without the sound, which is a modality of its own.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged, cut off, or its pictures do not fit into MP4.
    """
    survey(path, "video")
    import av

    buffer = io.BytesIO()
    try:
        with av.open(path) as source, av.open(buffer, "w", format="mp4") as target:
            pictures = source.streams.video[0]
            copied = target.add_stream_from_template(pictures)
            for packet in source.demux(pictures):
                # The last packet of a track is empty and has no time.
                if packet.dts is not None:
                    packet.stream = copied
                    target.mux(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise UnreadableFile(f"{path} cannot be sent as MP4 ({error}); send it as frames") from error
    return buffer.getvalue()


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    words = ""
    for piece in pieces:
        if isinstance(piece, Words):
            words += piece.text
            continue
        if words:
            yield Words(words)
        words = ""
        yield piece
    if words:
        yield Words(words)


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")
