"""The rule composer in the learned one's place, until that one has caught up."""

from __future__ import annotations

from dataclasses import replace

from affectlab.music.composer import RuleComposer
from affectlab.music.instruments import INSTRUMENTS
from affectlab.music.mapping import Expression
from affectlab.music.modes import PITCH_NAMES
from affectlab.music.score import Beat, MusicControl, Note

_LONGEST_BAR = 6
_BY_PROGRAM = {instrument.program: instrument for instrument in INSTRUMENTS.values()}


class Fallback:
    """A rule composer that begins where the music is: in its bar, its key and its tempo.

    It begins at the beat of the bar that comes next, or with a new bar where its own metre has no such beat.
    Its opening key is moved to the given tonic; its modulations from there stay.

    Parameters
    ----------
    seed
        Of the rule composer.
    tonic
        Pitch class, 0 (C) to 11.
    beat
        Beat of the bar that comes next.
    """

    def __init__(self, seed: int, tonic: int, beat: int) -> None:
        self._composer = RuleComposer(seed)
        self._tonic, self._wanted = tonic, beat
        self._shift: int | None = None

    def next_beat(self, control: MusicControl, now: Expression) -> Beat:
        """Write the next beat: valence, arousal and instruments of `control`, the cues in force `now`."""
        control = replace(
            control, tempo_bpm=now.tempo_bpm, density=min(max(now.density, 0), 1), dynamics=now.dynamics
        )
        beat = self._composer.next_beat(control)
        if self._shift is None:
            own = PITCH_NAMES.index(beat.facts["key"])
            self._shift = (self._tonic - own + 5) % 12 - 5
            beat = self._found(beat, control)
        key = (PITCH_NAMES.index(beat.facts["key"]) + self._shift) % 12
        notes = tuple(_moved(note, self._shift) for note in beat.notes)
        return replace(beat, notes=notes, facts=beat.facts | {"key": PITCH_NAMES[key]})

    def _found(self, beat: Beat, control: MusicControl) -> Beat:
        """Leave out beats until the one that is wanted, or else the next first beat of a bar."""
        for _ in range(_LONGEST_BAR):
            if beat.beat == self._wanted:
                return beat
            beat = self._composer.next_beat(control)
        while beat.beat:
            beat = self._composer.next_beat(control)
        return beat


def _moved(note: Note, semitones: int) -> Note:
    """Transpose a note, by an octave back where it would leave its instrument's range."""
    instrument, pitch = _BY_PROGRAM[note.program], note.pitch + semitones
    if pitch > instrument.high:
        pitch -= 12
    elif pitch < instrument.low:
        pitch += 12
    return replace(note, pitch=pitch)
