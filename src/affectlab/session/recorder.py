"""Records a session as it happens, without ever making the session wait for the disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Lock, Thread
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import AffectlabError, DiskFull, RecordingError
from affectlab.files import translated, write_json
from affectlab.session.audio_file import CHANNELS, convert_to_flac
from affectlab.session.events import Event
from affectlab.session.session_files import AUDIO_FILE, MANIFEST_FILE, SUMMARY_FILE, SessionFiles, to_json
from affectlab.session.xdf import StreamHeader
from affectlab.signals.window import Chunk

MIN_FREE_BYTES = 200 * 2**20
FLUSH_SECONDS = 0.5
SYNC_SECONDS = 5.0
QUEUE_JOBS = 16_384
"""A minute and more of EEG, sound and events; only a disk that stands still that long fills it."""

_COMMANDS = ("session run", "studio")

Job = Callable[[SessionFiles], None]


class SessionRecorder:
    """Writes one session into one folder.

    A thread of its own does the writing. Once `begin` has returned, nothing here raises for the disk's
    sake: the first failure is kept in `failure`, every file is closed whole, and what comes later is
    dropped and counted.

    Parameters
    ----------
    folder
        Where to record; must be empty or not exist yet.
    patience
        Seconds a call may wait when the disk cannot keep up, before the recording is given up. 0 where
        sound is at stake; more where a session runs faster than real time and can wait.
    """

    def __init__(self, folder: Path, *, patience: float = 0.0) -> None:
        self.folder = folder
        self._patience = patience
        self._queue: Queue[Job | None] = Queue(QUEUE_JOBS)
        self._files: SessionFiles | None = None
        self._thread: Thread | None = None
        self._failure: RecordingError | None = None
        self._dropped = 0
        self._stopped = self._ended = False
        self._lock = Lock()

    @property
    def samples_recorded(self) -> int:
        """EEG samples that are in the file; trails the session by up to half a second while it runs."""
        return self._files.samples if self._files else 0

    @property
    def failure(self) -> RecordingError | None:
        """What stopped the recording, or None."""
        return self._failure

    @property
    def dropped(self) -> int:
        """Chunks, events and blocks of sound that came after the failure or the end and are not recorded."""
        return self._dropped

    def begin(self, manifest: Mapping[str, Any]) -> None:
        """Make the folder, write the manifest and start recording.

        Raises
        ------
        DiskFull
            If less than 200 MB are free.
        RecordingError
            If the folder is not empty or cannot be written.
        """
        require_fresh_folder(self.folder)
        with _private_folder(self.folder):
            _require_room(self.folder)
            write_json(self.folder / MANIFEST_FILE, manifest)
            self._files = SessionFiles(self.folder)
        # A session that dies without `abandon` must not be kept from exiting by its recorder.
        self._thread = Thread(target=self._run, args=(self._files,), name="recorder", daemon=True)
        self._thread.start()

    def open_eeg(self, name: str, channels: tuple[str, ...], sfreq: float, source_id: str | None) -> None:
        """Declare the EEG stream: LSL name, channel labels, samples per second and LSL source id."""
        header = StreamHeader(name, "EEG", channels, sfreq, "float32", "microvolts", source_id)
        self._put(lambda files: files.open_eeg(header))

    def eeg(self, chunk: Chunk) -> None:
        """Record EEG as it came, in microvolts, stamped with session seconds."""
        copy = Chunk(chunk.data.copy(), chunk.times.copy())
        self._put(lambda files: files.eeg(copy))

    def event(self, event: Event) -> None:
        """Record an event as one line of its stream's file."""
        self._put(lambda files: files.event(event))

    def audio(self, pcm: NDArray[np.int16]) -> None:
        """Record sound as it was sent out: 48 kHz, shape (n_frames, 2)."""
        if pcm.dtype != np.int16 or pcm.ndim != 2 or pcm.shape[1] != CHANNELS:
            raise RecordingError(f"sound must be int16 of shape (frames, 2), got {pcm.dtype} {pcm.shape}")
        if frames := pcm.astype("<i2", copy=False).tobytes():
            self._put(lambda files: files.audio(frames))

    def stop(self) -> None:
        """Write everything out and close the files, so that `samples_recorded` is final for the summary.

        What comes later is dropped and counted. Safe to call at any time; `finish` or `abandon` is still due.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopped = True
            self._queue.put(None)
            thread.join()

    def finish(self, summary: Mapping[str, Any]) -> None:
        """End the recording: close every file, write the summary and turn the WAV into FLAC.

        After a failure neither summary nor FLAC is written, and the session reads as interrupted. When
        only the FLAC fails, the session is whole, with its WAV.
        """
        self.stop()
        if self._files is None or self._ended or self._failure is not None:
            return
        self._ended = True
        try:
            write_json(self.folder / SUMMARY_FILE, json.loads(to_json(summary)))
            if (wav := self.folder / AUDIO_FILE).exists():
                convert_to_flac(wav)
        except AffectlabError as error:
            self._fail(error)

    def abandon(self) -> None:
        """Close every file and leave the session as interrupted; safe to call at any time."""
        self.stop()
        self._ended = True

    def _put(self, job: Job) -> None:
        if self._failure is None and not self._stopped:
            with suppress(Full):
                self._queue.put(job, block=self._patience > 0, timeout=self._patience)
                return
            self._fail(RecordingError(f"the disk of {self.folder} is too slow; recording stopped"))
        with self._lock:
            self._dropped += 1

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if self._failure is None:
                self._failure = _as_recording_error(error, self.folder)

    def _run(self, files: SessionFiles) -> None:
        """Do the jobs in order; after a write that failed, close the files and count the rest."""
        try:
            self._work(files)
            files.close()
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to; `failure` tells it
            self._fail(error)
            # The first failure is the one to tell; closing on a full disk fails again for the same reason.
            with suppress(RecordingError):
                files.close()
            self._drain()

    def _work(self, files: SessionFiles) -> None:
        flush = _Every(FLUSH_SECONDS, files.flush)
        sync = _Every(SYNC_SECONDS, files.sync)
        while (job := self._next()) is not None:
            job(files)
            flush.when_due()
            sync.when_due()

    def _next(self) -> Job | None:
        try:
            return self._queue.get(timeout=FLUSH_SECONDS)
        except Empty:
            return _nothing

    def _drain(self) -> None:
        while self._queue.get() is not None:
            with self._lock:
                self._dropped += 1


class _Every:
    """Calls `action` when at least `seconds` of real time have gone by since the last call."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds, self._action = seconds, action
        self._due = monotonic() + seconds

    def when_due(self) -> None:
        if monotonic() >= self._due:
            self._action()
            self._due = monotonic() + self._seconds


def _nothing(files: SessionFiles) -> None:
    """Stand in for a job while none comes, so that flushing goes on."""


def _as_recording_error(error: Exception, folder: Path) -> RecordingError:
    if isinstance(error, RecordingError):
        return error
    failure = RecordingError(f"recording into {folder} stopped: {error}")
    failure.__cause__ = error
    return failure


def require_fresh_folder(folder: Path) -> None:
    """Raise `RecordingError` unless a session can be recorded into `folder`: it is empty or not there."""
    with translated(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RecordingError(f"{folder} is not an empty folder; choose another --out")


@contextmanager
def _private_folder(folder: Path) -> Iterator[None]:
    """Make `folder` its owner's alone; when the block fails, leave it as it was: absent or empty."""
    there = folder.exists()
    with translated(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    try:
        yield
    except BaseException:
        for file in folder.iterdir():
            file.unlink()
        if not there:
            folder.rmdir()
        raise


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE_BYTES:
        raise DiskFull(
            f"only {free / 2**20:.0f} MB are free at {folder} and a session needs "
            f"{MIN_FREE_BYTES / 2**20:.0f} MB; free some space or choose another --out"
        )


def delete_session(folder: Path) -> None:
    """Remove a session folder with everything in it.

    Raises
    ------
    RecordingError
        If `folder` is not a session folder, or cannot be removed.
    """
    require_session(folder)
    with translated(folder):
        # The manifest goes last: a removal that is cut short can be taken up again.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == MANIFEST_FILE):
            remove = partial(shutil.rmtree, path) if path.is_dir() and not path.is_symlink() else path.unlink
            remove()
        folder.rmdir()


def require_session(folder: Path) -> None:
    """Raise `RecordingError` unless `folder` is one that a session was recorded into."""
    if folder.is_symlink() or not _is_session(folder):
        raise RecordingError(
            f"{folder} is not a session folder (no {MANIFEST_FILE} of a session); nothing removed"
        )


def _is_session(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and str(manifest.get("command", "")).startswith(_COMMANDS)
