import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.harmony import SUBDOMINANT, TONIC, Chord
from affectlab.music.line import Line, Planned
from affectlab.music.melody import HIGHEST, MelodyVoice, Surroundings
from affectlab.music.modes import IONIAN, Scale

C_MAJOR = Scale(0, IONIAN.steps)
TONIC_CHORD = Chord(C_MAJOR, 0, TONIC)
LINE = Line((Planned(0.0, 1.0, 6, strong=True), Planned(1.0, 1.0, 6, strong=False, role="climax")), (3.0,))


def around(chord=TONIC_CHORD, floor=60, bass=None, moves_on=True):
    return Surroundings(chord, floor, bass, moves_on)


def note(step, *, strong=True, role="motif"):
    return Planned(0.0, 1.0, step, strong, role)


@pytest.fixture
def voice():
    singer = MelodyVoice()
    singer.begin_phrase(LINE, C_MAJOR, 72.0)
    return singer


@given(st.lists(st.tuples(st.integers(-3, 6), st.integers(0, 5)), min_size=1, max_size=12))
def test_strong_notes_are_chord_tones_between_floor_and_ceiling(steps):
    singer = MelodyVoice()
    singer.begin_phrase(LINE, C_MAJOR, 70.0)
    for step, degree in steps:
        chord = Chord(C_MAJOR, degree, SUBDOMINANT)
        pitch = singer.sing(note(step), around(chord, floor=64, moves_on=False))
        assert pitch % 12 in chord.pitch_classes
        assert 64 < pitch <= HIGHEST


def test_a_weak_note_may_pass_and_then_moves_on_by_step(voice):
    assert voice.sing(note(0), around()) == 72
    passing = voice.sing(note(1, strong=False), around())
    assert passing == 74
    assert voice.sing(note(4), around()) in {72, 76}


def test_the_climax_is_the_highest_note(voice):
    sung = [voice.sing(note(step), around()) for step in (0, 2, 0)]
    climax = voice.sing(note(0, role="climax"), around())
    after = [voice.sing(note(6), around()) for _ in range(4)]
    assert climax > max(sung + after)


def test_a_suspension_holds_and_resolves_down_by_step(voice):
    assert voice.sing(note(0), around()) == 72
    dominant = Chord(C_MAJOR, 4, SUBDOMINANT)
    assert voice.sing(note(0, role="suspension"), around(dominant)) == 72
    assert voice.sing(note(4, strong=False), around(dominant)) == 71


def test_parallel_octaves_with_the_bass_are_avoided(voice):
    assert voice.sing(note(0), around()) == 72
    d_minor = Chord(C_MAJOR, 1, SUBDOMINANT)
    assert voice.sing(note(1), around(d_minor, bass=None)) == 74
    voice.begin_phrase(LINE, C_MAJOR, 72.0)
    voice.sing(note(0), around())
    assert voice.sing(note(1), around(d_minor, bass=(48, 50))) != 74


def test_a_leap_is_answered_in_the_other_direction(voice):
    first = voice.sing(note(-3), around(floor=58))
    leap = voice.sing(note(2, role="climax"), around(floor=58))
    answer = voice.sing(note(6, strong=False), around(floor=58))
    assert leap - first >= 5
    assert -2 <= answer - leap < 0


def test_the_register_survives_a_change_of_key(voice):
    in_c = voice.sing(note(0), around())
    f_major = Scale(5, IONIAN.steps)
    in_f = voice.sing(note(0), around(Chord(f_major, 0, TONIC)))
    assert abs(in_f - in_c) <= 4
