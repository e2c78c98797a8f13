"""The session's sound: a WAV that is valid while it grows, and a FLAC made from it at the end."""

from __future__ import annotations

import errno
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import AudioError, MissingExtra, RecordingError
from affectlab.files import writing
from affectlab.session.growing_file import GrowingFile

SAMPLE_RATE = 48_000
CHANNELS = 2
_FRAME_BYTES = 2 * CHANNELS
_HEADER_BYTES = 44
_MAX_DATA_BYTES = 2**32 - _HEADER_BYTES
_BLOCK_FRAMES = 10 * SAMPLE_RATE
_LITTLE_ROOM_BYTES = 2**20


class WavFile:
    """A 48 kHz, stereo, 16-bit WAV file whose header tells the truth after every `flush`.

    Raises
    ------
    DiskFull, RecordingError
        From every method that writes; the file then holds everything up to the last flush.
    """

    def __init__(self, path: Path) -> None:
        self._file = GrowingFile(path)
        self._pending = bytearray()
        self._file.append(_header(0))

    def write(self, pcm: bytes) -> None:
        """Add interleaved little-endian 16-bit frames; they reach the file at the next flush."""
        self._pending += pcm

    def flush(self) -> None:
        if not self._pending:
            return
        data_bytes = self._file.size - _HEADER_BYTES + len(self._pending)
        if data_bytes > _MAX_DATA_BYTES:
            raise RecordingError(f"{self._file.path} has reached the 4 GiB a WAV file can hold (6.2 hours)")
        content, self._pending = self._pending, bytearray()
        self._file.append(content)
        self._file.patch(0, _header(data_bytes))

    def sync(self) -> None:
        self._file.sync()

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._file.close()


def convert_to_flac(wav: Path) -> Path:
    """Replace a WAV file by a FLAC file that holds exactly the same samples.

    The WAV is removed only after the FLAC has been read back and found equal.

    Raises
    ------
    DiskFull, RecordingError, AudioError
        If the FLAC cannot be written or differs; the WAV is then left as it was.
    """
    flac = wav.with_suffix(".flac")
    with writing(flac) as temporary:
        _encode(wav, temporary)
        if not _same_samples(wav, temporary):
            raise AudioError(f"{flac} did not come out equal to {wav.name}; the WAV file was kept")
    wav.unlink()
    return flac


def _encode(wav: Path, flac: Path) -> None:
    soundfile = _soundfile()
    try:
        with (
            soundfile.SoundFile(wav) as source,
            soundfile.SoundFile(
                flac, "w", source.samplerate, source.channels, "PCM_16", format="FLAC"
            ) as target,
        ):
            for block in source.blocks(_BLOCK_FRAMES, dtype="int16"):
                target.write(block)
    except soundfile.LibsndfileError as error:
        # The library does not tell a full disk from other failures.
        if shutil.disk_usage(flac.parent).free < _LITTLE_ROOM_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise AudioError(f"cannot convert {wav} to FLAC: {error}; the WAV file was kept") from error


def _same_samples(one: Path, other: Path) -> bool:
    soundfile = _soundfile()
    with soundfile.SoundFile(one) as first, soundfile.SoundFile(other) as second:
        if first.frames != second.frames:
            return False
        while len(block := first.read(_BLOCK_FRAMES, dtype="int16")):
            if not np.array_equal(block, second.read(_BLOCK_FRAMES, dtype="int16")):
                return False
    return True


def sound_seconds(path: Path) -> float:
    """Return how long a WAV or FLAC file sounds.

    Raises
    ------
    AudioError
        If the file is not sound that can be read.
    """
    with _reading(path) as file:
        return float(file.frames / file.samplerate)


def level_curve(path: Path, *, seconds: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure root mean square and peak of consecutive stretches of a sound file.

    Parameters
    ----------
    path
        A WAV or FLAC file.
    seconds
        Length of a stretch; the last one may be shorter.

    Returns
    -------
    rms, peak
        Shape (n_stretches,), full scale is 1; both channels together.

    Raises
    ------
    AudioError
        If the file is not sound that can be read.
    """
    rms, peak = [], []
    with _reading(path) as file:
        for block in file.blocks(max(1, round(seconds * file.samplerate)), dtype="float32"):
            flat = block.ravel()
            rms.append(float(np.sqrt(np.dot(flat, flat) / len(flat))))
            peak.append(float(np.max(np.abs(flat))))
    return np.array(rms), np.array(peak)


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    soundfile = _soundfile()
    try:
        with soundfile.SoundFile(path) as file:
            yield file
    except soundfile.LibsndfileError as error:
        raise AudioError(f"cannot read {path} as sound: {error}") from error


def _soundfile() -> Any:
    try:
        import soundfile
    except ImportError:
        raise MissingExtra("soundfile", "live") from None
    return soundfile


def _header(data_bytes: int) -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        _HEADER_BYTES - 8 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        CHANNELS,
        SAMPLE_RATE,
        SAMPLE_RATE * _FRAME_BYTES,
        _FRAME_BYTES,
        16,
        b"data",
        data_bytes,
    )
