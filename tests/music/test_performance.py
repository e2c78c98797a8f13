from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.instruments import BASS, HARMONY, INSTRUMENTS, MELODY, PAD, assign
from affectlab.music.mapping import Expression
from affectlab.music.performance import Keyboard, Moment, Performer
from affectlab.music.rhythm import Humaniser
from affectlab.music.score import Note
from affectlab.music.stroke import Stroke

CALM = Expression(colour=0.0, tempo_bpm=60.0, density=0.3, dynamics=0.4, detachment=0.0)
ENSEMBLE = assign(("piano", "strings", "harp", "cello"))


def performer():
    return Performer(Humaniser(np.random.default_rng(0)))


def play(stroke, expression=CALM, ensemble=ENSEMBLE, swell=0.0):
    return performer().play(stroke, ensemble, Moment(60 / expression.tempo_bpm, expression, swell))


def test_legato_fills_its_length_and_staccato_does_not():
    stroke = Stroke(0.0, 2.0, 72, MELODY, 0.5)
    legato, staccato = play(stroke), play(stroke, replace(CALM, detachment=1.0))
    assert 1.9 < legato.duration <= 2.0
    assert staccato.duration < 1.0


def test_pads_are_held_whatever_the_articulation():
    stroke = Stroke(0.0, 4.0, 60, PAD, 0.5)
    assert play(stroke, replace(CALM, detachment=1.0)).duration == play(stroke).duration


def test_louder_dynamics_accents_and_the_climax_are_struck_harder():
    stroke = Stroke(0.0, 1.0, 72, MELODY, 0.5)
    plain = play(stroke).velocity
    assert play(stroke, replace(CALM, dynamics=0.8)).velocity > plain + 10
    assert play(replace(stroke, accent=1.0)).velocity > plain
    assert play(stroke, swell=1.0).velocity > plain


@given(
    st.floats(0, 0.99),
    st.floats(0.05, 30),
    st.sampled_from([MELODY, PAD, HARMONY, BASS]),
    st.floats(40, 160),
    st.floats(0, 1),
)
def test_every_note_is_within_the_contract(onset, length, part, tempo, detachment):
    moment = Moment(60 / tempo, Expression(0.0, tempo, 0.5, 0.5, detachment), 0.0)
    note = performer().play(Stroke(onset, length, 48, part, 1.0), ENSEMBLE, moment)
    assert 0 <= note.offset < moment.duration
    assert 0 < note.duration <= 8
    assert 21 <= note.pitch <= 108
    assert note.program == ENSEMBLE.instrument(part).program


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_a_part_moves_by_whole_octaves_and_as_one(name):
    moment = Moment(1.0, CALM, 0.0)
    shifts = {
        performer().double(Stroke(0.0, 1.0, pitch, MELODY, 0.5), INSTRUMENTS[name], moment).pitch - pitch
        for pitch in range(62, 88)
    }
    assert len(shifts) == 1
    assert shifts.pop() % 12 == 0


def note(offset, duration, pitch=60, part=HARMONY):
    return Note(offset, duration, pitch, 64, part, 0)


def test_a_key_that_is_down_cannot_be_struck_again():
    keyboard = Keyboard()
    assert keyboard.admit([note(0.0, 1.5)], 1.0) == (note(0.0, 1.5),)
    assert keyboard.admit([note(0.2, 1.0), note(0.2, 1.0, pitch=62), note(0.6, 1.0)], 1.0) == (
        note(0.2, 1.0, pitch=62),
        note(0.6, 1.0),
    )


def test_the_same_pitch_in_another_part_is_another_key():
    keyboard = Keyboard()
    notes = [note(0.0, 1.0), note(0.0, 1.0, part=MELODY)]
    assert keyboard.admit(notes, 1.0) == tuple(notes)


def test_notes_come_out_in_order_of_their_onsets():
    admitted = Keyboard().admit([note(0.5, 0.1, 60), note(0.0, 0.1, 62)], 1.0)
    assert [n.offset for n in admitted] == [0.0, 0.5]
