"""A thread that keeps ahead of the listener."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import Final

import numpy as np

from affectlab.errors import InvalidData
from affectlab.music.pcm import SFREQ_AUDIO, Stereo, without_nonfinite
from affectlab.music.score import MusicControl
from affectlab.music.sounding.stream import SoundSource

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0

_logger = logging.getLogger(__name__)


class WorkedStream:
    """A `SoundStream` whose sound a thread of its own has made ahead of time.

    The thread begins with the first control. It asks for a chunk whenever less than `ahead` seconds are left,
    always under the control given last. A source that fails is asked again after 1 s, then 2, 4 and so on up
    to 30 s; what was made before stays readable.

    Parameters
    ----------
    source
        What makes the sound.
    ahead
        Seconds of sound below which the next chunk is made. More is safer and later: a change is heard when
        what was made before it has been played.
    patience
        Seconds that `wait` waits for sound that is not there yet: 0 where a listener waits, more where the
        session runs faster than time.
    """

    def __init__(self, source: SoundSource, *, ahead: float = 4.0, patience: float = 0.0) -> None:
        self.name = source.name
        self.failures = 0
        self._source = source
        self._ahead = round(ahead * SFREQ_AUDIO)
        self._patience = patience
        self._control: MusicControl | None = None
        self._heard: MusicControl | None = None
        self._chunks: deque[tuple[Stereo, MusicControl]] = deque()
        self._buffered = 0
        self._closed = self._failing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"sound of {self.name}", daemon=True)

    @property
    def buffered(self) -> int:
        """Frames that can be read now."""
        return self._buffered

    def steer(self, control: MusicControl) -> None:
        """Make everything from the next chunk on under `control`; the first control begins the work."""
        begins = self._control is None
        self._control = control
        if begins and not self._closed:
            self._thread.start()

    def wait(self, frames: int) -> None:
        """Wait until `frames` frames can be read, as long as patience lasts and the source does not fail."""
        if self._patience and self._control is not None:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or self._failing or self._buffered >= frames, self._patience
                )

    def read(self, frames: int) -> Stereo:
        """Return the next frames, as many as there are up to `frames`, shape (n, 2)."""
        parts: list[Stereo] = []
        with self._changed:
            wanted = min(frames, self._buffered)
            while wanted:
                part, self._heard = self._take(wanted)
                parts.append(part)
                wanted -= len(part)
            self._changed.notify_all()
        return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)

    def heard(self) -> MusicControl | None:
        """Return what the frames read last were made under, None before the first."""
        return self._heard

    def close(self) -> None:
        """End the thread; waits for the chunk in the making, which is thrown away."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        elif self._control is None:
            self._source.close()

    def _take(self, frames: int) -> tuple[Stereo, MusicControl]:
        samples, control = self._chunks.popleft()
        if len(samples) > frames:
            self._chunks.appendleft((samples[frames:], control))
        taken = samples[:frames]
        self._buffered -= len(taken)
        return taken, control

    def _work(self) -> None:
        pause = _FIRST_PAUSE
        while self._wait_for_room():
            control = self._control
            if control is None:
                raise AssertionError("the thread begins with the first control")
            try:
                chunk = checked_chunk(self._source.next_chunk(control))
            except Exception as error:  # noqa: BLE001 - whatever a generator does, the music must go on
                self._fail(error, pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            self._put(chunk, control)
        self._source.close()

    def _wait_for_room(self) -> bool:
        """Return True when a chunk is wanted, False when the stream is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._buffered < self._ahead)
            return not self._closed

    def _put(self, chunk: Stereo, control: MusicControl) -> None:
        with self._changed:
            if not self._closed:
                self._chunks.append((chunk, control))
                self._buffered += len(chunk)
            self._failing = False
            self._changed.notify_all()

    def _fail(self, error: Exception, pause: float) -> None:
        self.failures += 1
        _logger.warning(
            "%s failed (%s: %s); asked again in %g s", self.name, type(error).__name__, error, pause
        )
        with self._changed:
            self._failing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed, pause)


def checked_chunk(chunk: Stereo) -> Stereo:
    """Return a chunk as float32 with silence where it was not finite.

    Raises
    ------
    InvalidData
        If it has no frames or is not stereo.
    """
    samples = np.asarray(chunk, dtype=np.float32)
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise InvalidData(f"a chunk of sound has shape {samples.shape}; expected (frames, 2) with frames > 0")
    return without_nonfinite(samples)[0]
