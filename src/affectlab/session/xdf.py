"""Extensible Data Format: EEG and markers on one clock in a file that survives a crash.

Layout after the XDF 1.0 specification (https://github.com/sccn/xdf/wiki/Specifications): the magic code,
then chunks of ``[length of length][length][tag][content]``, little-endian throughout.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import MissingExtra, RecordingError, UnreadableFile
from affectlab.session.growing_file import GrowingFile

_MAGIC = b"XDF:"
_FILE_HEADER, _STREAM_HEADER, _SAMPLES, _CLOCK_OFFSET, _BOUNDARY, _STREAM_FOOTER = range(1, 7)
_BOUNDARY_ID = bytes.fromhex("43a546dccbf5410fb30ed5467383cbe4")
_FLUSH_BYTES = 2**16
_LENGTH_FORMATS = {1: "<B", 4: "<I", 8: "<Q"}


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """What a stream holds.

    Parameters
    ----------
    name, type
        LSL name and content type ("EEG", "Markers").
    channels
        Labels, at least one.
    sfreq
        Nominal samples per second; 0 for irregular streams.
    format
        "float32" or "string".
    unit
        Unit of every channel, "microvolts" for EEG.
    source_id
        LSL source id, None when the source has none.
    """

    name: str
    type: str
    channels: tuple[str, ...]
    sfreq: float
    format: Literal["float32", "string"]
    unit: str = ""
    source_id: str | None = None


@dataclass(slots=True)
class _Stream:
    header: StreamHeader
    layout: np.dtype[np.void]
    count: int = 0
    pending: int = 0
    first: float | None = None
    last: float | None = None
    offsets: list[tuple[float, float]] = field(default_factory=list)

    def note(self, times: NDArray[np.float64]) -> None:
        self.pending += len(times)
        self.first = float(times[0]) if self.first is None else self.first
        self.last = float(times[-1])


class XdfWriter:
    """Writes an XDF file of several streams, append-only.

    Samples are gathered in memory and reach the file, in one piece and followed by a boundary chunk, at
    each `flush`; call it about every half second, and a killed process loses no more than that. Much data
    in little time, as when a session runs faster than real time, is flushed by itself.

    Parameters
    ----------
    path
        A file that does not exist yet.

    Raises
    ------
    DiskFull, RecordingError
        From every method that writes; the file then ends with the last whole chunk.
    """

    def __init__(self, path: Path) -> None:
        self._file = GrowingFile(path)
        self._streams: dict[int, _Stream] = {}
        created = ElementTree.Element("info")
        _add(created, "version", "1.0")
        _add(created, "datetime", datetime.now(UTC).isoformat(timespec="seconds"))
        self._pending = bytearray(_MAGIC + _chunk(_FILE_HEADER, _xml(created)))
        self.flush()

    def add_stream(self, header: StreamHeader) -> int:
        """Declare a stream and return its id."""
        stream_id = len(self._streams) + 1
        layout = np.dtype([("bytes", "u1"), ("time", "<f8"), ("values", "<f4", (len(header.channels),))])
        self._streams[stream_id] = _Stream(header, layout)
        self._pending += _chunk(_STREAM_HEADER, struct.pack("<I", stream_id) + _xml(_describe(header)))
        self.flush()
        return stream_id

    def samples(self, stream_id: int, data: NDArray[np.float32], times: NDArray[np.float64]) -> None:
        """Add samples of a numeric stream.

        Parameters
        ----------
        data
            Shape (n_samples, n_channels), in the stream's unit; NaN allowed.
        times
            Shape (n_samples,), seconds.
        """
        stream = self._streams[stream_id]
        expected = (len(times), len(stream.header.channels))
        if data.shape != expected:
            raise RecordingError(f"samples of stream '{stream.header.name}' are {data.shape}, not {expected}")
        if not len(times):
            return
        packed = np.empty(len(times), stream.layout)
        packed["bytes"], packed["time"], packed["values"] = 8, times, data
        content = struct.pack("<IBI", stream_id, 4, len(times)) + packed.tobytes()
        self._pending += _chunk(_SAMPLES, content)
        stream.note(times)
        if len(self._pending) >= _FLUSH_BYTES:
            self.flush()

    def marker(self, stream_id: int, text: str, time: float) -> None:
        """Add one sample of a string stream with one channel."""
        encoded = text.encode()
        content = struct.pack("<IBBBdBI", stream_id, 1, 1, 8, time, 4, len(encoded)) + encoded
        self._pending += _chunk(_SAMPLES, content)
        self._streams[stream_id].note(np.array([time]))

    def clock_offset(self, stream_id: int, time: float, offset: float) -> None:
        """Say that at `time` the stream's clock plus `offset` seconds is the common clock."""
        self._pending += _chunk(_CLOCK_OFFSET, struct.pack("<Idd", stream_id, time, offset))
        self._streams[stream_id].offsets.append((time, offset))

    def count(self, stream_id: int) -> int:
        """Return how many samples of a stream are in the file."""
        return self._streams[stream_id].count

    def flush(self) -> None:
        """Hand everything gathered so far to the operating system."""
        if not self._pending:
            return
        content, self._pending = self._pending + _chunk(_BOUNDARY, _BOUNDARY_ID), bytearray()
        self._file.append(content)
        for stream in self._streams.values():
            stream.count, stream.pending = stream.count + stream.pending, 0

    def sync(self) -> None:
        self._file.sync()

    def close(self) -> None:
        """Write what is left and the stream footers."""
        try:
            self.flush()
            for stream_id, stream in self._streams.items():
                self._pending += _chunk(_STREAM_FOOTER, struct.pack("<I", stream_id) + _xml(_footer(stream)))
            self.flush()
        finally:
            self._file.close()


def read_xdf(path: Path) -> list[dict[str, Any]]:
    """Read every stream of an XDF file with `pyxdf`, time stamps as recorded.

    A chunk that was cut off at the end of the file is left out: `pyxdf` raises on some of these and fills
    a half-written sample with stale numbers on others.

    Raises
    ------
    UnreadableFile
        If the file is missing or not XDF.
    """
    try:
        import pyxdf
    except ImportError:
        raise MissingExtra("pyxdf", "live") from None
    whole = whole_length(path)
    source: Any = str(path)
    if whole < path.stat().st_size:
        with path.open("rb") as file:
            source = io.BytesIO(file.read(whole))
    try:
        streams, _ = pyxdf.load_xdf(source, synchronize_clocks=False, dejitter_timestamps=False)
    except (OSError, ValueError, KeyError, SyntaxError, struct.error) as error:
        raise UnreadableFile(f"{path} is damaged and cannot be read as XDF: {error}") from error
    return list(streams)


def whole_length(path: Path) -> int:
    """Return the number of bytes up to the end of the last whole chunk.

    Raises
    ------
    UnreadableFile
        If the file is missing or not XDF.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise UnreadableFile(f"{path} is not an XDF file: it does not begin with 'XDF:'")
            return _last_whole_chunk(file, path.stat().st_size)
    except OSError as error:
        raise UnreadableFile(f"cannot read {path}: {error.strerror}; expected an XDF file") from None


def _last_whole_chunk(file: BinaryIO, size: int) -> int:
    end = file.tell()
    while (next_end := _chunk_end(file)) is not None and next_end <= size:
        end = next_end
        file.seek(end)
    return end


def _chunk_end(file: BinaryIO) -> int | None:
    prefix = file.read(1)
    layout = _LENGTH_FORMATS.get(prefix[0]) if prefix else None
    if layout is None:
        return None
    length = file.read(struct.calcsize(layout))
    if len(length) < struct.calcsize(layout):
        return None
    return file.tell() + int(struct.unpack(layout, length)[0])


def _chunk(tag: int, content: bytes) -> bytes:
    return struct.pack("<BIH", 4, len(content) + 2, tag) + content


def _describe(header: StreamHeader) -> ElementTree.Element:
    info = ElementTree.Element("info")
    _add(info, "name", header.name)
    _add(info, "type", header.type)
    _add(info, "channel_count", str(len(header.channels)))
    _add(info, "nominal_srate", repr(float(header.sfreq)))
    _add(info, "channel_format", header.format)
    _add(info, "source_id", header.source_id or "")
    channels = _add(_add(info, "desc"), "channels")
    for label in header.channels:
        channel = _add(channels, "channel")
        _add(channel, "label", label)
        _add(channel, "unit", header.unit)
        _add(channel, "type", header.type)
    return info


def _footer(stream: _Stream) -> ElementTree.Element:
    info = ElementTree.Element("info")
    if stream.first is not None:
        _add(info, "first_timestamp", repr(stream.first))
        _add(info, "last_timestamp", repr(stream.last))
    _add(info, "sample_count", str(stream.count))
    offsets = _add(info, "clock_offsets")
    for time, value in stream.offsets:
        offset = _add(offsets, "offset")
        _add(offset, "time", repr(time))
        _add(offset, "value", repr(value))
    return info


def _add(parent: ElementTree.Element, tag: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag)
    # XML 1.0 cannot hold control characters, and a header that does not parse loses the whole file.
    child.text = None if text is None else "".join(c if c.isprintable() else "?" for c in text)
    return child


def _xml(root: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def channel_labels(stream: dict[str, Any]) -> Sequence[str]:
    """Return the channel labels of a stream read by `read_xdf`."""
    return tuple(str(c["label"][0]) for c in stream["info"]["desc"][0]["channels"][0]["channel"])
