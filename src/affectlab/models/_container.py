"""Containers of sound and pictures: what is in them, whether they are whole, and their frames in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from affectlab.errors import MissingExtra, UnreadableFile

if TYPE_CHECKING:
    from av.container import InputContainer

Track = Literal["audio", "video"]

TAIL = 0.1
"""Seconds that may be missing at the end, or a frame where frames are longer."""

_NAMES: dict[Track, str] = {"audio": "sound", "video": "pictures"}
_REMEDY = "copy or download it again"
# Containers that write their length down; elsewhere FFmpeg estimates it from the bit rate.
_DECLARE_LENGTH = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "flv", "flac"})
# FFmpeg would draw a text as a terminal shows it, and fetch what a play list names.
_NO_MEDIA = frozenset({"tty", "concat", "hls", "dash", "imf"})
_MP3_LENGTH_TAGS = (b"Xing", b"Info")


@dataclass(frozen=True, slots=True)
class Extent:
    """From where to where a track goes, in seconds on the container's clock."""

    start: float
    end: float

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(slots=True)
class _Track:
    """What the packets of one track say, gathered as they pass."""

    start: float = float("inf")
    last: float = float("-inf")
    end: float = float("-inf")
    packets: int = 0

    def add(self, time: float, duration: float) -> None:
        self.start, self.last = min(self.start, time), max(self.last, time)
        self.end = max(self.end, time + duration)
        self.packets += 1

    @property
    def step(self) -> float:
        """Mean seconds from packet to packet; the last packet's length where it does not say."""
        return (self.last - self.start) / (self.packets - 1) if self.packets > 1 else 0.0

    @property
    def extent(self) -> Extent:
        return Extent(self.start, self.end if self.end > self.last else self.last + self.step)


def require_content(path: Path) -> None:
    """Raise `UnreadableFile` unless `path` is a file that holds anything."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror}); {_REMEDY}") from error
    if not path.is_file():
        raise UnreadableFile(f"{path} is a folder; expected a media file")
    if size == 0:
        raise UnreadableFile(f"{path} is empty (0 bytes); {_REMEDY}")


def survey(path: Path, track: Track) -> Extent:
    """Find where `track` begins and ends, without decoding it.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty or no media file, has no such track, or was cut off: its packets end
        more than `TAIL` before the length that its header declares.
    """
    require_content(path)
    with _opened(path) as container:
        wanted = _stream(container, track, path)
        tracks: dict[int, _Track] = {}
        for packet in _packets(path, container, [*container.streams.audio, *container.streams.video]):
            stamp = packet.dts if packet.pts is None else packet.pts
            # Half a packet at the end of a cut file decodes to nothing.
            if stamp is not None and packet.time_base is not None and not packet.is_corrupt:
                base = float(packet.time_base)
                found = tracks.setdefault(packet.stream.index, _Track())
                found.add(stamp * base, (packet.duration or 0) * base)
        if wanted.index not in tracks:
            raise UnreadableFile(f"{path} has {_NAMES[track]} announced but none inside; {_REMEDY}")
        _require_whole(path, container, wanted, tracks)
        return tracks[wanted.index].extent


def frames(path: Path, track: Track, extent: Extent) -> Iterator[Any]:
    """Decode `track`, frame by frame in the order of presentation.

    Packets before the first frame that can be decoded are passed over, because a clip cut out of a longer
    recording may begin between key frames. So is damage in the last moments, `TAIL`.

    Raises
    ------
    UnreadableFile
        If anything between them cannot be decoded, or nothing can.
    """
    from av.error import InvalidDataError

    begun = False
    with _opened(path) as container:
        stream = _stream(container, track, path)
        stream.thread_type = "AUTO"
        for packet in _packets(path, container, [stream]):
            try:
                decoded = packet.decode()
            except InvalidDataError as error:
                at = extent.end if packet.pts is None else float(packet.pts * packet.time_base)
                if begun and at < extent.end - TAIL:
                    raise UnreadableFile(
                        f"{path} is damaged {at - extent.start:.2f} s in; {_REMEDY}"
                    ) from error
                continue
            begun |= bool(decoded)
            yield from decoded
    if not begun:
        raise UnreadableFile(f"{path}: none of its {_NAMES[track]} can be decoded; {_REMEDY}")


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    try:
        import av
    except ImportError as error:
        raise MissingExtra("av", "bench") from error
    try:
        # With the protocol named, no file name is taken for an address.
        with av.open(f"file:{path}", metadata_errors="replace") as container:
            if container.format.name in _NO_MEDIA:
                raise UnreadableFile(f"{path} is a text or a play list; expected a media file")
            yield container
    except (av.error.FFmpegError, OSError) as error:
        raise UnreadableFile(f"{path} is no readable media file ({error.strerror}); {_REMEDY}") from error


def _packets(path: Path, container: InputContainer, streams: list[Any]) -> Iterator[Any]:
    try:
        yield from container.demux(streams)
    except IndexError as error:
        # What PyAV says when a damaged byte makes FFmpeg find a new track on the way.
        raise UnreadableFile(f"{path} is damaged: a new track begins on the way; {_REMEDY}") from error


def _stream(container: InputContainer, track: Track, path: Path) -> Any:
    from av.stream import Disposition

    found = container.streams.audio if track == "audio" else container.streams.video
    # The picture on the cover of a song is no moving picture.
    streams = [one for one in found if not one.disposition & Disposition.attached_pic]
    if not streams:
        raise UnreadableFile(f"{path} has no {_NAMES[track]}; expected a file with a track of {track}")
    if streams[0].codec_context is None:
        raise UnreadableFile(f"{path} has {_NAMES[track]} in a coding that FFmpeg cannot decode; convert it")
    return streams[0]


def _require_whole(path: Path, container: InputContainer, wanted: Any, tracks: Mapping[int, _Track]) -> None:
    if _is_cut_riff(path):
        raise UnreadableFile(f"{path} was cut off: its header announces more bytes; {_REMEDY}")
    if not _declares_length(path, container.format.name):
        return
    ends = max(track.extent.end for track in tracks.values()) - (container.start_time or 0) / 1e6
    _require_length(path, ends, (container.duration or 0) / 1e6, max(track.step for track in tracks.values()))
    track = tracks[wanted.index]
    _require_length(path, track.extent.duration, float((wanted.duration or 0) * wanted.time_base), track.step)


def _require_length(path: Path, there: float, declared: float, step: float) -> None:
    if there < declared - max(TAIL, step):
        raise UnreadableFile(f"{path} was cut off: {there:.2f} s of {declared:.2f} s are there; {_REMEDY}")


def _declares_length(path: Path, container: str) -> bool:
    if container == "flv":
        # Lengths in FLV headers are often wrong, but a file that ends with a whole tag was not cut.
        return not _ends_with_whole_tag(path)
    if container == "mp3":
        with path.open("rb") as file:
            head = file.read(1 << 16)
        return any(tag in head for tag in _MP3_LENGTH_TAGS)
    return container in _DECLARE_LENGTH


def _is_cut_riff(path: Path) -> bool:
    """Say whether a WAV or AVI file is shorter than its header says; writers to pipes leave that open.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft 1991), section 2.
    """
    with path.open("rb") as file:
        head = file.read(8)
        size = file.seek(0, 2)
    announced = int.from_bytes(head[4:], "little")
    return head[:4] == b"RIFF" and announced != 0xFFFFFFFF and size < announced + 8


def _ends_with_whole_tag(path: Path) -> bool:
    """Say whether an FLV file's last word points back to a tag of just that size.

    Source: Adobe Flash Video File Format Specification 10.1, annexes E.3 and E.4.1.
    """
    with path.open("rb") as file:
        end = file.seek(-4, 2)
        size = int.from_bytes(file.read(4))
        if not 11 <= size <= end:
            return False
        file.seek(end - size)
        header = file.read(4)
    return header[0] & 0x1F in {8, 9, 18} and int.from_bytes(header[1:]) == size - 11
