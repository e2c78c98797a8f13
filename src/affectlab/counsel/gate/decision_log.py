"""Every decision of the gate, one JSON line each, on this machine only."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectlab.errors import CounselError, RecordingError
from affectlab.files import translated


class DecisionLog:
    """A JSON Lines file that is only ever appended to, readable by its owner alone.

    Each line is one write followed by a sync, so a killed process loses none that was decided. A line that
    a crash of the machine tore is closed off when the file is opened again.

    Parameters
    ----------
    path
        The file; made if need be.
    keep_text
        Keep the words themselves. Without it a line holds a hash of them under a key that is drawn when the
        log is opened and kept nowhere: equal words of one run can be recognised, and none can be guessed.

    Raises
    ------
    CounselError
        If the file cannot be opened for appending.
    """

    def __init__(self, path: Path, *, keep_text: bool = False) -> None:
        self._path = path
        self._keep_text = keep_text
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise CounselError(f"cannot open the decision log {path}: {error.strerror or error}") from error
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            os.write(self._handle, b"\n")

    def append(self, event: str, text: str, about: Mapping[str, Any]) -> None:
        """Append one decision about `text`.

        Raises
        ------
        DiskFull, RecordingError
            If it cannot be written down.
        """
        words = text.encode("utf-8", "surrogatepass")
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            **about,
            "text_hash": hashlib.blake2b(words, key=self._key, digest_size=16).hexdigest(),
        }
        if self._keep_text:
            line["text"] = text
        content = json.dumps(line, ensure_ascii=True).encode() + b"\n"
        with self._lock, translated(self._path):
            if self._handle < 0:
                raise RecordingError(f"the decision log {self._path} is closed; open the gate again")
            if os.write(self._handle, content) != len(content):
                # A torn line is ended, so that the next one is whole.
                os.write(self._handle, b"\n")
                raise RecordingError(f"no room left to write {self._path}; free some space")
            os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
