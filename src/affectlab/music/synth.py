"""The built-in synthesiser: nothing but NumPy and SciPy, for machines without a SoundFont."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from affectlab.music.note_table import NoteTable
from affectlab.music.pcm import SFREQ_AUDIO, Stereo
from affectlab.music.reverb import Reverb
from affectlab.music.score import Note
from affectlab.music.timbre import layer_of, timbre_of

Mono = NDArray[np.float32]

_CACHE_BYTES: Final = 32 * 2**20
POLYPHONY: Final = 64
_REVERB_LEVEL: Final = 0.14
VELOCITY_EXPONENT: Final = 1.5
# Position from -1 (left) to 1 (right); parts without an entry sound from the centre.
_PLACES: Final = {"": 0.0, "melody": 0.25, "harmony": -0.35, "bass": 0.0, "pad": 0.2}
_BUSES: Final = {part: index for index, part in enumerate(_PLACES)}


def _panning() -> NDArray[np.float32]:
    """Constant-power gains per bus, shape (2, n_buses)."""
    angle = (np.array(list(_PLACES.values())) + 1) * np.pi / 4
    return np.asarray(np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)]), dtype=np.float32)


@cache
def _fade_in(frames: int) -> Mono:
    """Rise from zero towards one along a raised cosine."""
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32)


@cache
def _fade_out(frames: int) -> Mono:
    """Fall from one to zero along a raised cosine."""
    return _fade_in(frames)[::-1].copy()


@dataclass(slots=True)
class _Voice:
    """A note that sounds: `start` and `end` are frames since the first block, `end` where it is let go."""

    table: NoteTable
    bus: int
    gain: float
    start: int
    end: int
    attack: int
    release: int

    @property
    def last(self) -> int:
        """The frame by which it is silent."""
        silent = self.end + self.release
        return silent if self.table.loops else min(silent, self.start + self.table.frames)

    def mix(self, into: Mono, position: int) -> None:
        """Add the sound from frame `position` to `into`, shape (frames,)."""
        begin = max(position, self.start)
        frames = min(position + len(into), self.last) - begin
        if frames > 0:
            sound = self.table.read(begin - self.start, frames)
            into[begin - position : begin - position + frames] += sound * self._envelope(begin, frames)

    def _envelope(self, begin: int, frames: int) -> Mono | np.float32:
        """Gain over the frames from `begin`: one number while neither fading in nor out."""
        risen, fallen = begin - self.start, begin + frames - self.end
        if risen >= self.attack and fallen <= 0:
            return np.float32(self.gain)
        envelope = np.full(frames, self.gain, dtype=np.float32)
        rising = _fade_in(self.attack)[risen : risen + frames]
        envelope[: len(rising)] *= rising
        if fallen > 0:
            falling = _fade_out(self.release)[max(fallen - frames, 0) : fallen]
            envelope[frames - len(falling) :] *= falling
        return envelope


class BuiltinSynth:
    """Play notes with synthetic instruments that need no file and no library.

    General MIDI programs are played by nine families of soft timbres. Notes begin and end on their frame.
    The sound of a note is computed once, while it is first played, and kept for the next time. The same
    seed and notes give the same sound.

    Parameters
    ----------
    seed
        Of the partials' phases.
    """

    name = "builtin"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._position = 0
        self._voices: list[_Voice] = []
        self._tables: OrderedDict[tuple[str, int, int], NoteTable] = OrderedDict()
        self._panning = _panning()
        self._reverb = Reverb()

    def schedule(self, note: Note, start_frame: int) -> None:
        """Play `note` from `start_frame`, counted since the first block; late notes begin at once."""
        timbre = timbre_of(note.program)
        start = max(start_frame, self._position)
        self._voices.append(
            _Voice(
                table=self._table(note),
                bus=_BUSES.get(note.part, 0),
                gain=(note.velocity / 127) ** VELOCITY_EXPONENT,
                start=start,
                end=max(start_frame + round(note.duration * SFREQ_AUDIO), start + 1),
                attack=round(timbre.attack * SFREQ_AUDIO),
                release=round(timbre.release * SFREQ_AUDIO),
            )
        )

    def render(self, frames: int) -> Stereo:
        """Return the next `frames` frames, shape (frames, 2), nominally within [-1, 1]."""
        self._limit_polyphony()
        buses = np.zeros((len(_BUSES), frames), dtype=np.float32)
        for voice in self._voices:
            voice.mix(buses[voice.bus], self._position)
        self._position += frames
        self._voices = [voice for voice in self._voices if voice.last > self._position]
        dry = (self._panning @ buses).T
        return np.asarray(dry + np.float32(_REVERB_LEVEL) * self._reverb.process(dry), dtype=np.float32)

    def release_all(self) -> None:
        """Let every sounding note fade and forget those scheduled."""
        self._voices = [voice for voice in self._voices if voice.start < self._position]
        for voice in self._voices:
            voice.end = min(voice.end, self._position)

    def _limit_polyphony(self) -> None:
        """Let the oldest voices fade when there are too many."""
        held = [voice for voice in self._voices if voice.start <= self._position < voice.end]
        for voice in held[: max(len(held) - POLYPHONY, 0)]:
            voice.end = self._position

    def _table(self, note: Note) -> NoteTable:
        timbre, layer = timbre_of(note.program), layer_of(note.velocity)
        key = (timbre.name, note.pitch, layer)
        if key not in self._tables:
            self._tables[key] = NoteTable(timbre, note.pitch, layer, self._seed)
            self._forget()
        self._tables.move_to_end(key)
        return self._tables[key]

    def _forget(self) -> None:
        """Drop the tables unused for longest; voices that play them keep theirs."""
        held = sum(table.nbytes for table in self._tables.values())
        while held > _CACHE_BYTES and len(self._tables) > 1:
            held -= self._tables.popitem(last=False)[1].nbytes
