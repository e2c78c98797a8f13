"""The files of one session while it runs; used by one thread only."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.errors import RecordingError
from affectlab.session.audio_file import WavFile
from affectlab.session.events import STREAMS, Event
from affectlab.session.growing_file import GrowingFile
from affectlab.session.xdf import StreamHeader, XdfWriter
from affectlab.signals.window import Chunk

EEG_FILE, AUDIO_FILE, FLAC_FILE = "eeg.xdf", "audio.wav", "audio.flac"
MANIFEST_FILE, SUMMARY_FILE = "manifest.json", "summary.json"
MARKED_STREAMS = frozenset({"phases", "plans", "choices", "controls", "notices", "page"})
"""Event streams that also appear as markers in the XDF file; the others come too often to be markers."""

_CLOCK_SECONDS = 5.0


class SessionFiles:
    """Every file that grows during a session.

    Raises
    ------
    DiskFull, RecordingError
        From every method; each file then ends with the last whole thing written to it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._audio: WavFile | None = None
        self._eeg: int | None = None
        self._clock_told = -math.inf
        self._open = ExitStack()
        self._xdf = XdfWriter(folder / EEG_FILE)
        self._open.callback(self._xdf.close)
        self._markers = self._xdf.add_stream(
            StreamHeader("affectlab-events", "Markers", ("event",), 0.0, "string")
        )
        self._lines = {stream: self._open_lines(stream) for stream in STREAMS}

    @property
    def samples(self) -> int:
        """EEG samples that are in the file."""
        return 0 if self._eeg is None else self._xdf.count(self._eeg)

    def open_eeg(self, header: StreamHeader) -> None:
        if self._eeg is not None:
            raise RecordingError(
                f"an EEG stream is open already; '{header.name}' cannot be recorded beside it"
            )
        self._eeg = self._xdf.add_stream(header)

    def eeg(self, chunk: Chunk) -> None:
        if self._eeg is None:
            raise RecordingError("EEG arrived before its stream was opened; call open_eeg first")
        self._xdf.samples(self._eeg, chunk.data, chunk.times)
        if len(chunk.times) and chunk.times[-1] - self._clock_told >= _CLOCK_SECONDS:
            self._tell_clock(float(chunk.times[-1]))

    def event(self, event: Event) -> None:
        record = event.record()
        self._lines[event.stream].append(f"{to_json(record)}\n".encode())
        if event.stream in MARKED_STREAMS:
            self._xdf.marker(self._markers, to_json({"stream": event.stream, **record}), event.time)

    def audio(self, pcm: bytes) -> None:
        if self._audio is None:
            self._audio = WavFile(self._folder / AUDIO_FILE)
            self._open.callback(self._audio.close)
        self._audio.write(pcm)

    def flush(self) -> None:
        self._xdf.flush()
        if self._audio is not None:
            self._audio.flush()

    def sync(self) -> None:
        """Ask the disk to keep everything flushed so far."""
        self._xdf.sync()
        if self._audio is not None:
            self._audio.sync()
        for lines in self._lines.values():
            lines.sync()

    def close(self) -> None:
        """Write what is left and close every file, even when some of them cannot be written."""
        self._open.close()

    def _tell_clock(self, time: float) -> None:
        # Both streams carry session time; readers that align streams by clock offsets must be told so.
        self._clock_told = time
        for stream_id in (self._markers, self._eeg):
            if stream_id is not None:
                self._xdf.clock_offset(stream_id, time, 0.0)

    def _open_lines(self, stream: str) -> GrowingFile:
        lines = GrowingFile(self._folder / f"{stream}.jsonl")
        self._open.callback(lines.close)
        return lines


def to_json(content: Any) -> str:
    """Write one line of standard JSON: NumPy values as plain ones, numbers that are not finite as null."""
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(_plain(content), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)
