"""The melody's pitches: each is chosen when it sounds, under the rules of a singable line."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.music.harmony import Chord
from affectlab.music.line import Line, Planned
from affectlab.music.modes import Scale
from affectlab.music.voicing import UPPER_RANGE, are_parallel

HIGHEST = 88
LEAP = 3
# A fourth always holds a chord tone: the climax leaves that much room over the accompaniment, and the other
# notes that much under the top of the range.
LOWEST_CLIMAX = UPPER_RANGE[1] + 6
HIGHEST_APEX = HIGHEST - 5


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
        self._move = 1
        self._rested = True
        self._tonic = 0
        self._base = 0
        self._apex = 0
        self._top = 0
        self._resolution: int | None = None
        self._bound_by_step = False

    def begin_phrase(self, line: Line, scale: Scale, register: float) -> None:
        """Start a phrase around a register (MIDI number), after a breath that frees the next leap."""
        self._tonic, self._base = scale.tonic, scale.nearest(register)
        planned = scale.pitch(self._base + line.summit + 1)
        self._apex = min(max(planned, LOWEST_CLIMAX + 2), HIGHEST_APEX)
        self._top = scale.pitch(self._base) - 1
        self.breathe()

    def breathe(self) -> None:
        """Take a breath: what comes next owes nothing to the last interval."""
        self._move, self._rested, self._bound_by_step, self._resolution = 1, True, False, None

    def sing(self, note: Planned, around: Surroundings) -> int:
        """Choose and remember the pitch of a planned note."""
        scale = around.chord.scale
        self._enter_key(scale)
        target = self._base + note.step
        if note.role == "climax":
            target = max(target, scale.nearest(self._top) + 1)
        self._position = scale.nearest(scale.pitch(target) if self._pitch is None else self._pitch)
        options = range(self._position - 8, self._position + 9)
        position = min(options, key=lambda p: self._cost(p, target, note, around))
        self._remember(position, note, around)
        return scale.pitch(position)

    def _enter_key(self, scale: Scale) -> None:
        """Count positions from the tonic of `scale`, keeping the register."""
        if scale.tonic != self._tonic:
            self._base += scale.nearest(12 * 5 + self._tonic) - 7 * 5
            self._tonic = scale.tonic

    def _remember(self, position: int, note: Planned, around: Surroundings) -> None:
        consonant = position % 7 in around.chord.degrees
        held = note.role == "suspension" and not consonant
        self._move = 1 if self._rested else position - self._position
        self._rested = False
        self._resolution = position - 1 if held else None
        self._bound_by_step = not consonant
        self._position, self._pitch = position, around.chord.scale.pitch(position)
        self._top = max(self._top, self._pitch)
        if note.role == "climax":
            self._apex = self._pitch

    def _cost(self, position: int, target: int, note: Planned, around: Surroundings) -> float:
        pitch = around.chord.scale.pitch(position)
        cost = float(abs(position - target))
        cost += 1e6 * (
            around.bass is not None
            and self._pitch is not None
            and are_parallel(around.bass, (self._pitch, pitch))
        )
        cost += 1e5 * (pitch <= around.floor or pitch > HIGHEST)
        cost += self._summit_cost(pitch, note)
        cost += self._harmony_cost(position, note, around)
        return cost + self._motion_cost(position, around) + self._ending_cost(position, note)

    def _summit_cost(self, pitch: int, note: Planned) -> float:
        """Return a prohibitive cost for a climax that is not the highest note, or another note that is."""
        if note.role == "climax":
            return 1e5 * (pitch <= self._top or pitch < LOWEST_CLIMAX)
        return 1e5 * (pitch >= self._apex)

    def _harmony_cost(self, position: int, note: Planned, around: Surroundings) -> float:
        if position % 7 in around.chord.degrees:
            return 0.0
        move = position - self._position
        if self._pitch is None or note.role in {"climax", "cadence"}:
            return 1e4
        if note.role == "suspension" and move == 0 and around.moves_on:
            return -3.0 if (position - 1) % 7 in around.chord.degrees else 1e4
        if abs(move) == 1 and self._recovers(move):
            return 2.0
        return 0.3 if abs(move) == 1 and around.moves_on and not note.strong else 1e4

    def _motion_cost(self, position: int, around: Surroundings) -> float:
        if self._pitch is None:
            return 0.0
        move = position - self._position
        cost = 1e3 * (self._resolution is not None and position != self._resolution)
        cost += 1e3 * (self._bound_by_step and abs(move) > 1)
        if abs(self._move) >= LEAP:
            cost += 3e2 * (not self._recovers(move)) + 1e2 * max(abs(move) - 1, 0)
        if abs(move) >= LEAP and not self._rested:
            cost += 6.0 + 6.0 * (not around.moves_on)
        cost += (4.0 if self._move == 0 else 2.0) * (move == 0)
        return cost + 1.5 * max(abs(move) - 2, 0) ** 2 + 5e2 * (abs(move) > 5)

    def _recovers(self, move: int) -> bool:
        """Whether a move answers the leap before it by going the other way."""
        return abs(self._move) >= LEAP and move * self._move < 0

    def _ending_cost(self, position: int, note: Planned) -> float:
        if note.role != "cadence":
            return 0.0
        return {0: 0.0, 2: 1.0, 4: 1.5}.get(position % 7, 1.5)
