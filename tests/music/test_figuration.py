import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.figuration import (
    FIGURES,
    bass_strokes,
    figure_strokes,
    pad_strokes,
    span_at,
    step_into,
    steps_in_beat,
)
from affectlab.music.harmony import DOMINANT, TONIC, Chord
from affectlab.music.modes import IONIAN, MODES, Scale
from affectlab.music.progression import Span
from affectlab.music.rhythm import FOUR, SIX_EIGHT, THREE
from affectlab.music.voicing import BASS_RANGE, lead

SCALE = Scale(0, IONIAN.steps)
CHORD = Chord(SCALE, 0, TONIC)
VOICING = lead(CHORD, None, None, root_position=True)
densities = st.floats(0, 1)
metres = st.sampled_from([FOUR, THREE, SIX_EIGHT])


def whole(metre):
    return Span(0, metre.beats, CHORD, VOICING)


def test_the_chord_of_a_beat_is_the_last_that_began():
    halves = (Span(0, 2, CHORD, VOICING), Span(2, 2, Chord(SCALE, 4, DOMINANT), VOICING))
    assert [span_at(halves, beat).chord.degree for beat in range(4)] == [0, 0, 4, 4]


def test_the_pad_holds_the_chord_from_its_beginning():
    strokes = pad_strokes(whole(FOUR), 0)
    assert tuple(stroke.pitch for stroke in strokes) == VOICING.upper
    assert {stroke.length for stroke in strokes} == {4}
    assert pad_strokes(whole(FOUR), 1) == ()


@given(metres, densities, densities)
def test_the_bass_moves_more_as_density_grows_and_always_opens_the_chord(metre, one, other):
    low, high = sorted((one, other))
    beats = range(metre.beats)

    def played(density):
        return {b for b in beats if bass_strokes(whole(metre), b, metre, density, None)}

    assert 0 in played(low) <= played(high)


@given(metres, densities)
def test_bass_notes_last_until_the_next(metre, density):
    strokes = [(b, s) for b in range(metre.beats) for s in bass_strokes(whole(metre), b, metre, density, 45)]
    ends = [beat + stroke.length for beat, stroke in strokes]
    assert ends == [beat for beat, _ in strokes[1:]] + [metre.beats]
    assert all(BASS_RANGE[0] <= stroke.pitch <= BASS_RANGE[1] for _, stroke in strokes)


def test_a_dense_bass_steps_into_the_next_bar_but_not_at_a_cadence():
    assert bass_strokes(whole(FOUR), 3, FOUR, 0.6, 45)[0].pitch == 45
    assert bass_strokes(whole(FOUR), 3, FOUR, 0.6, None)[0].pitch == VOICING.bass


@given(st.integers(*BASS_RANGE), st.integers(0, 6), st.integers(0, 11), st.sampled_from(MODES))
def test_the_step_into_a_root_is_a_step(bass, degree, tonic, mode):
    scale = Scale(tonic, mode.steps)
    chord = Chord(scale, degree, TONIC)
    pitch = step_into(bass, chord, scale)
    assert BASS_RANGE[0] <= pitch <= BASS_RANGE[1]
    assert min((pitch - chord.root) % 12, (chord.root - pitch) % 12) in {1, 2}


@pytest.mark.parametrize("texture", sorted(FIGURES))
@given(metre=metres, one=densities, other=densities)
def test_figures_fill_in_as_density_grows(texture, metre, one, other):
    low, high = sorted((one, other))

    def onsets(density):
        beats = range(metre.beats)
        return {
            b + stroke.onset
            for b in beats
            for stroke in figure_strokes(whole(metre), b, metre, density, texture, 0)
        }

    assert onsets(low) <= onsets(high)
    assert len(onsets(high)) == sum(steps_in_beat(b, metre, high) for b in range(metre.beats))


@pytest.mark.parametrize("texture", sorted(FIGURES))
@given(metre=metres, density=densities, count=st.integers(0, 20))
def test_figures_play_chord_tones_and_end_with_the_chord(texture, metre, density, count):
    for beat in range(metre.beats):
        for stroke in figure_strokes(whole(metre), beat, metre, density, texture, count):
            assert stroke.pitch % 12 in CHORD.pitch_classes
            assert 0 < stroke.length <= metre.beats - beat - stroke.onset
