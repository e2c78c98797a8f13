"""What composers write and synthesisers play: controls in, beats of notes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Aim:
    """What one of the beats to come should express.

    Parameters
    ----------
    valence, arousal
        Each in [-1, 1].
    dynamics
        Loudness in [0, 1], or None to let arousal decide.
    """

    valence: float
    arousal: float
    dynamics: float | None = None


@dataclass(frozen=True, slots=True)
class MusicControl:
    """What the music should express from the next beat on.

    Parameters
    ----------
    valence, arousal
        Target of the music itself, each in [-1, 1].
    tempo_bpm
        Beats per minute, or None to let arousal decide.
    density
        Texture density in [0, 1] (0 sparse, 1 busy), or None to let arousal decide.
    dynamics
        Loudness in [0, 1] (0 very soft, 1 strong), or None to let arousal decide.
    instruments
        Names of General MIDI sounds the plan asks for; empty lets the composer choose.
    felt
        Valence and arousal the listener is estimated to feel, or None while that is unknown.
    ahead
        What the beats after the next should express, as far as it is planned; beyond, the target stays.
    """

    valence: float
    arousal: float
    tempo_bpm: float | None = None
    density: float | None = None
    dynamics: float | None = None
    instruments: tuple[str, ...] = ()
    felt: tuple[float, float] | None = None
    ahead: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One note of a beat.

    Parameters
    ----------
    offset
        Seconds after the beginning of the beat, in [0, duration of the beat).
    duration
        Sounding seconds, > 0; may reach past the end of the beat.
    pitch
        MIDI number, 21 to 108.
    velocity
        1 to 127.
    part
        Name of the part that plays it ("melody", "harmony", "bass", "pad").
    program
        General MIDI program, 0 to 127.
    """

    offset: float
    duration: float
    pitch: int
    velocity: int
    part: str
    program: int


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat of music, with what it realises of the control.

    Parameters
    ----------
    duration
        Seconds, 60 / tempo.
    notes
        The notes that begin in this beat.
    bar, beat
        Counted from 0; `beat` within the bar.
    valence, arousal
        What the written music expresses, each in [-1, 1]: the control after its slewing limits.
    tempo_bpm, density, dynamics
        As realised.
    facts
        What a researcher wants to see: key, mode, chord, section, instruments.
    """

    duration: float
    notes: tuple[Note, ...]
    bar: int
    beat: int
    valence: float
    arousal: float
    tempo_bpm: float
    density: float
    dynamics: float
    facts: dict[str, str] = field(default_factory=dict)


class Composer(Protocol):
    """Writes music beat by beat, just in time."""

    name: str

    def next_beat(self, control: MusicControl) -> Beat:
        """Write the next beat under `control`; the same seed and controls give the same music."""
        ...


class Synthesiser(Protocol):
    """Turns notes into stereo sound, block by block, at 48 kHz."""

    name: str

    def schedule(self, note: Note, start_frame: int) -> None:
        """Play `note` from `start_frame`, counted in frames since the first rendered block."""
        ...

    def render(self, frames: int) -> NDArray[np.float32]:
        """Return the next `frames` frames, shape (frames, 2), nominally within [-1, 1]."""
        ...

    def release_all(self) -> None:
        """Let every sounding note fade and forget those scheduled."""
        ...
