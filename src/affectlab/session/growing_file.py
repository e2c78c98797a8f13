"""A file that grows while a session runs and always ends in something whole."""

from __future__ import annotations

import os
from pathlib import Path

from affectlab.errors import RecordingError
from affectlab.files import translated


class GrowingFile:
    """A new file, readable by its owner only, to which each `append` is all or nothing.

    Appends go straight to the operating system, so they outlive the process.

    Raises
    ------
    DiskFull, RecordingError
        From every method that writes; the file then ends where the last good append ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 0
        with translated(path):
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    @property
    def size(self) -> int:
        """Bytes appended so far."""
        return self._size

    def append(self, content: bytes | bytearray) -> None:
        try:
            with translated(self.path):
                _write_at(self._handle, content, self._size)
        except RecordingError:
            with translated(self.path):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(content)

    def patch(self, offset: int, content: bytes) -> None:
        """Replace bytes that were appended before."""
        with translated(self.path):
            _write_at(self._handle, content, offset)

    def sync(self) -> None:
        """Ask the disk to keep what was appended, come what may to the machine."""
        with translated(self.path):
            os.fdatasync(self._handle)

    def close(self) -> None:
        os.close(self._handle)


def _write_at(handle: int, content: bytes | bytearray, offset: int) -> None:
    """Write all of `content`; the system may take it in pieces when room runs out."""
    rest = memoryview(content)
    while rest:
        written = os.pwrite(handle, rest, offset)
        rest, offset = rest[written:], offset + written
