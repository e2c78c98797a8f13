"""What a generator of sound offers: chunks made ahead of time, read as they are needed."""

from __future__ import annotations

from typing import Protocol

from affectlab.music.pcm import Stereo
from affectlab.music.score import MusicControl


class SoundSource(Protocol):
    """Makes sound piece by piece, each the continuation of the one before; called by one thread only."""

    name: str

    def next_chunk(self, control: MusicControl) -> Stereo:
        """Return what comes next under `control`, shape (frames, 2), at 48 kHz; may take its time."""
        ...

    def close(self) -> None:
        """Let go of models and connections; the source is not asked again."""
        ...


class SoundStream(Protocol):
    """Sound that was made ahead and is read without waiting for it to be made."""

    name: str

    @property
    def buffered(self) -> int:
        """Frames that can be read now."""
        ...

    @property
    def failures(self) -> int:
        """How often the generator failed."""
        ...

    def steer(self, control: MusicControl) -> None:
        """Make everything from the next chunk on under `control`."""
        ...

    def wait(self, frames: int) -> None:
        """Wait for `frames` frames where nobody listens, as a stream that is told to be patient does."""
        ...

    def read(self, frames: int) -> Stereo:
        """Return the next frames, `frames` of them or as many as there are; shape (n, 2), at 48 kHz."""
        ...

    def heard(self) -> MusicControl | None:
        """Return what the frames read last were made under, None before the first."""
        ...

    def close(self) -> None:
        """Stop making sound."""
        ...
