"""A composer and a synthesiser that never raise: failures inside them are counted, and the music goes on."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final, Protocol, runtime_checkable

import numpy as np

from affectlab.errors import InvalidData
from affectlab.music.pcm import Stereo
from affectlab.music.score import Beat, Composer, MusicControl, Note, Synthesiser

_BEAT_SECONDS: Final = (0.1, 10.0)
_LONGEST_NOTE: Final = 120.0
_SOFTER: Final = 0.8
_SOFTEST_VELOCITY: Final = 10
_LEADING_PARTS: Final = frozenset({"melody"})

_logger = logging.getLogger(__name__)


def check_beat(beat: Beat) -> Beat:
    """Return `beat` if it can be played.

    Raises
    ------
    InvalidData
        If a duration, offset, pitch, velocity or program is out of range.
    """
    shortest, longest = _BEAT_SECONDS
    if not shortest <= beat.duration <= longest:
        raise InvalidData(f"a beat must last {shortest} to {longest} s, got {beat.duration}")
    for note in beat.notes:
        if not _playable(note):
            raise InvalidData(f"a note of bar {beat.bar}, beat {beat.beat} is out of range: {note}")
    return beat


def _playable(note: Note) -> bool:
    timed = 0 <= note.offset <= _BEAT_SECONDS[1] and 0 < note.duration <= _LONGEST_NOTE
    return timed and 21 <= note.pitch <= 108 and 1 <= note.velocity <= 127 and 0 <= note.program <= 127


@runtime_checkable
class Closing(Protocol):
    """A composer or synthesiser that holds a thread, a model or a connection."""

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        ...


class SteadyComposer:
    """Answer with the composer's beat, or hold its last chord, softer each time, while it fails.

    Parameters
    ----------
    composer
        The composer that may fail.
    """

    def __init__(self, composer: Composer) -> None:
        self.name = composer.name
        self.failures = 0
        self.failure: str | None = None
        self._composer = composer
        self._held = Beat(1.0, (), 0, 0, 0.0, 0.0, 60.0, 0.0, 0.0)

    def close(self) -> None:
        """Let go of what the composer holds."""
        _close(self._composer)

    def next_beat(self, control: MusicControl) -> Beat:
        """Return the next beat; `failure` then tells what went wrong, None when nothing did."""
        try:
            beat = check_beat(self._composer.next_beat(control))
        except Exception as error:  # noqa: BLE001 - whatever a composer does, the listener must not hear it
            return self._hold(error)
        self.failure = None
        self._held = self._chord(beat)
        return beat

    def _chord(self, beat: Beat) -> Beat:
        """Return what to hold after `beat`: its accompaniment, or the chord before when it has none."""
        chord = tuple(
            replace(note, offset=0.0, duration=beat.duration)
            for note in beat.notes
            if note.part not in _LEADING_PARTS
        )
        return replace(beat, notes=chord or self._held.notes)

    def _hold(self, error: Exception) -> Beat:
        if self.failure is None:
            _logger.warning("composer %s failed; its last chord is held", self.name, exc_info=error)
        self.failures += 1
        self.failure = f"{type(error).__name__}: {error}"
        softer = (replace(note, velocity=int(note.velocity * _SOFTER)) for note in self._held.notes)
        notes = tuple(note for note in softer if note.velocity >= _SOFTEST_VELOCITY)
        self._held = replace(self._held, notes=notes)
        return replace(self._held, facts={**self._held.facts, "failure": self.failure})


class SteadySynthesiser:
    """Answer with the synthesiser's sound, or with silence while it fails.

    Parameters
    ----------
    synthesiser
        The synthesiser that may fail.
    """

    def __init__(self, synthesiser: Synthesiser) -> None:
        self.name = synthesiser.name
        self.failures = 0
        self._synthesiser = synthesiser

    def close(self) -> None:
        """Let go of what the synthesiser holds."""
        _close(self._synthesiser)

    def schedule(self, note: Note, start_frame: int) -> None:
        """Play `note` from `start_frame`; a note that is refused stays silent."""
        try:
            self._synthesiser.schedule(note, start_frame)
        except Exception as error:  # noqa: BLE001 - one note less is better than no sound
            self._count(error)

    def render(self, frames: int) -> Stereo:
        """Return the next `frames` frames, shape (frames, 2)."""
        try:
            return self._synthesiser.render(frames)
        except Exception as error:  # noqa: BLE001 - silence is better than no sound at all from now on
            self._count(error)
            return np.zeros((frames, 2), dtype=np.float32)

    def release_all(self) -> None:
        """Let every sounding note fade and forget those scheduled."""
        try:
            self._synthesiser.release_all()
        except Exception as error:  # noqa: BLE001 - the engine fades the sound out in any case
            self._count(error)

    def _count(self, error: Exception) -> None:
        if self.failures == 0:
            _logger.warning("synthesiser %s failed; silence instead", self.name, exc_info=error)
        self.failures += 1


def _close(part: Composer | Synthesiser) -> None:
    if isinstance(part, Closing):
        part.close()
