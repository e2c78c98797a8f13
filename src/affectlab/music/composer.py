"""The rule composer: form, harmony and melody under continuous control, one beat at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from affectlab.music.accompanist import Accompanist
from affectlab.music.form import Place, places
from affectlab.music.instruments import INSTRUMENTS, Ensemble, assign, known, palette
from affectlab.music.mapping import (
    Expression,
    checked,
    expressed_arousal,
    expressed_valence,
    mode_of,
    requested,
    slewed,
)
from affectlab.music.modes import PITCH_NAMES, Mode, Scale
from affectlab.music.performance import Keyboard, Moment, Performer
from affectlab.music.progression import Span
from affectlab.music.rhythm import Humaniser
from affectlab.music.score import Beat, MusicControl, Note
from affectlab.music.singer import Singer


@dataclass(frozen=True, slots=True)
class _Bar:
    """What is settled on a bar line."""

    index: int
    place: Place
    mode: Mode
    ensemble: Ensemble
    asked: tuple[str, ...]


class RuleComposer:
    """Writes calm ensemble music that follows a `MusicControl`; `mapping` says what follows what.

    Tempo, density, loudness and articulation move from the next beat on, each within its slewing limit;
    mode, chords and instruments change on bar lines; register and contour with the next phrase; key, metre
    and texture with the next section. `Beat.valence` and `Beat.arousal` are read back from the realised
    cues, not copied from the control: an explicit tempo, for example, shows in the arousal.

    Parameters
    ----------
    seed
        Same seed and same controls give the same music; the form depends on the seed alone.
    """

    name = "rules"

    def __init__(self, seed: int = 0) -> None:
        form, hands = np.random.default_rng(seed).spawn(2)
        self._places = pairwise(places(form))
        self._performer = Performer(Humaniser(hands))
        self._keyboard = Keyboard()
        self._accompanist = Accompanist()
        self._singer = Singer()
        self._now: Expression | None = None
        self._current: _Bar | None = None
        self._beat = 0

    def next_beat(self, control: MusicControl) -> Beat:
        """Write the next beat under `control`.

        Raises
        ------
        InvalidPlan
            If a value of the control is out of range or an instrument is unknown; nothing is written and
            the composer can go on.
        """
        asked = known(checked(control).instruments)
        now = self._now = slewed(self._now, requested(control))
        bar = self._bar_at(now, control.arousal, asked)
        beat, self._beat = self._beat, (self._beat + 1) % bar.place.section.metre.beats
        return self._write(bar, beat, now)

    def _bar_at(self, now: Expression, arousal: float, asked: tuple[str, ...]) -> _Bar:
        """Return the bar in progress, or begin the next one."""
        if self._current is not None and self._beat > 0:
            return self._current
        before, (here, after) = self._current, next(self._places)
        mode = mode_of(now.colour, before.mode if before else None, extremes=here.phrase_index == 1)
        ensemble = _ensemble(before, here, arousal, asked)
        self._current = _Bar(before.index + 1 if before else 0, here, mode, ensemble, asked)
        self._accompanist.begin_bar(here, after, mode, now)
        if here.bar_index == 0:
            section = here.section
            scale = Scale(section.tonic, mode.steps)
            self._singer.begin_phrase(here.phrase, section.metre, scale, now.colour, section.lift)
        return self._current

    def _write(self, bar: _Bar, beat: int, now: Expression) -> Beat:
        duration, section, span = 60 / now.tempo_bpm, bar.place.section, self._accompanist.span(beat)
        return Beat(
            duration=duration,
            notes=self._notes(bar, beat, now, duration),
            bar=bar.index,
            beat=beat,
            valence=expressed_valence(bar.mode, now.colour, self._singer.register),
            arousal=expressed_arousal(now),
            tempo_bpm=now.tempo_bpm,
            density=now.density,
            dynamics=now.dynamics,
            facts=_facts(bar, span) | {"metre": section.metre.name, "texture": section.texture},
        )

    def _notes(self, bar: _Bar, beat: int, now: Expression, duration: float) -> tuple[Note, ...]:
        section, ensemble, player = bar.place.section, bar.ensemble, self._accompanist
        backing = player.play(beat, section.metre, now.density, section.texture)
        melody = self._singer.sing(player.span(beat), beat, player.bass_move, now.density)
        moment = Moment(duration, now, self._singer.swell())
        strokes = [stroke for stroke in (*melody, *backing) if stroke.part in ensemble.parts]
        notes = [self._performer.play(stroke, ensemble, moment) for stroke in strokes]
        if section.doubled and ensemble.double is not None:
            instrument = INSTRUMENTS[ensemble.double]
            notes += [self._performer.double(stroke, instrument, moment) for stroke in melody]
        return self._keyboard.admit(notes, duration)


def _ensemble(before: _Bar | None, here: Place, arousal: float, asked: tuple[str, ...]) -> Ensemble:
    """Return the ensemble of a bar; the composer's own choice lasts for a section."""
    if before is not None and before.asked == asked and (asked or not here.opens_section):
        return before.ensemble
    return assign(asked) if asked else palette(arousal, here.section.palette_draw)


def _facts(bar: _Bar, span: Span) -> dict[str, str]:
    place, tonic = bar.place, PITCH_NAMES[span.chord.scale.tonic]
    return {
        "key": tonic,
        "mode": bar.mode.name,
        "chord": span.chord.symbol,
        "section": place.section.name,
        "phrase": str(place.phrase_index + 1),
        "cadence": place.phrase.cadence,
        "instruments": bar.ensemble.description,
    }
