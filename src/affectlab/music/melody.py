"""The melody's pitches: each is chosen when it sounds, under the rules of a singable line."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.music.harmony import Chord
from affectlab.music.line import Line, Planned
from affectlab.music.modes import Scale
from affectlab.music.voicing import are_parallel

HIGHEST = 88
LEAP = 3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a melody note must agree with.

    Parameters
    ----------
    chord
        Sounding now.
    floor
        Highest accompanying voice, MIDI; the melody stays above it.
    bass
        Bass before and now when it moves with this note, else None.
    moves_on
        Whether another note of the melody follows in the same chord.
    """

    chord: Chord
    floor: int
    bass: tuple[int, int] | None
    moves_on: bool


class MelodyVoice:
    """Chooses pitches one by one, remembering what it sang.

    A phrase has one highest note. Strong beats take chord tones, save suspensions; other tones of the scale
    are entered and left by step. A leap is answered by a step or third the other way.
    """

    def __init__(self) -> None:
        self._pitch: int | None = None
        self._position = 0
        self._move = 0
        self._base = 0
        self._apex = 0
        self._top = 0
        self._climax_done = False
        self._resolution: int | None = None
        self._bound_by_step = False

    @property
    def pitch(self) -> int | None:
        """The last pitch, MIDI; None before the first."""
        return self._pitch

    def begin_phrase(self, line: Line, scale: Scale, register: float) -> None:
        """Start a phrase around a register (MIDI number), after a breath that frees the next leap."""
        self._base = scale.nearest(register)
        self._apex = self._base + line.summit + 1
        self._top = -1
        self._climax_done = False
        self._move, self._bound_by_step, self._resolution = 0, False, None

    def sing(self, note: Planned, around: Surroundings) -> int:
        """Choose and remember the pitch of a planned note."""
        scale = around.chord.scale
        target = self._apex if note.role == "climax" else self._base + note.step
        if self._pitch is None:
            self._position = scale.nearest(scale.pitch(target))
        else:
            self._position = scale.nearest(self._pitch)
        options = range(self._position - 8, self._position + 9)
        position = min(options, key=lambda p: self._cost(p, target, note, around))
        self._remember(position, note, around)
        return scale.pitch(position)

    def _remember(self, position: int, note: Planned, around: Surroundings) -> None:
        consonant = position % 7 in around.chord.degrees
        held = note.role == "suspension" and not consonant
        self._move = 0 if self._pitch is None else position - self._position
        self._resolution = position - 1 if held else None
        self._bound_by_step = not consonant
        self._position, self._pitch = position, around.chord.scale.pitch(position)
        self._top = max(self._top, position)
        if note.role == "climax":
            self._climax_done, self._apex = True, position

    def _cost(self, position: int, target: int, note: Planned, around: Surroundings) -> float:
        pitch = around.chord.scale.pitch(position)
        cost = float(abs(position - target))
        cost += 1e6 * (
            around.bass is not None
            and self._pitch is not None
            and are_parallel(around.bass, (self._pitch, pitch))
        )
        cost += 1e5 * (pitch <= around.floor or pitch > HIGHEST)
        cost += self._summit_cost(position, note)
        cost += self._harmony_cost(position, note, around)
        return cost + self._motion_cost(position) + self._ending_cost(position, note)

    def _summit_cost(self, position: int, note: Planned) -> float:
        if note.role == "climax":
            return 1e5 * (position <= self._top) + 0.5 * max(self._apex - position, 0)
        return 1e5 * (position >= self._apex)

    def _harmony_cost(self, position: int, note: Planned, around: Surroundings) -> float:
        if position % 7 in around.chord.degrees:
            return 0.0
        move = position - self._position
        if note.role == "suspension" and around.moves_on and move == 0 and self._pitch is not None:
            return -3.0 if (position - 1) % 7 in around.chord.degrees else 1e4
        if note.strong or note.role in {"climax", "cadence"} or not around.moves_on:
            return 1e4
        return 0.3 if abs(move) == 1 else 1e4

    def _motion_cost(self, position: int) -> float:
        if self._pitch is None:
            return 0.0
        move = position - self._position
        cost = 1e3 * (self._resolution is not None and position != self._resolution)
        cost += 1e3 * (self._bound_by_step and abs(move) > 1)
        if abs(self._move) >= LEAP:
            cost += 2e2 * (move * self._move >= 0) + 3e1 * (abs(move) > 1) + 2e2 * (abs(move) > 2)
        cost += 2.0 * (move == 0) + 1.5 * max(abs(move) - 2, 0) ** 2 + 5e2 * (abs(move) > 5)
        return cost

    def _ending_cost(self, position: int, note: Planned) -> float:
        if note.role != "cadence":
            return 0.0
        return {0: 0.0, 2: 1.0, 4: 1.5}.get(position % 7, 1.5)
