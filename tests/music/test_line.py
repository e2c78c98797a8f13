from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.form import sections
from affectlab.music.line import plan_line
from affectlab.music.rhythm import FOUR, SIX_EIGHT, THREE

metres = st.sampled_from([FOUR, THREE, SIX_EIGHT])
phrases = st.integers(0, 300).map(lambda seed: next(sections(np.random.default_rng(seed))).phrases[0])
valences = st.floats(-1, 1)


@given(phrases, metres, valences)
def test_a_phrase_has_one_climax_one_cadence_and_two_breaths(phrase, metre, valence):
    line = plan_line(phrase, metre, valence, 0.2)
    roles = [note.role for note in line.notes]
    assert roles.count("climax") == roles.count("cadence") == 1
    assert line.climax.salience == 1
    assert line.notes[-1].role == "cadence"
    assert line.notes[-1].onset == 3 * metre.beats
    assert len(line.breaths) == 2
    assert 3 * metre.beats < line.end < 4 * metre.beats


@given(phrases, metres)
def test_happy_phrases_peak_late_and_sad_ones_early(phrase, metre):
    happy, sad = plan_line(phrase, metre, 0.6, 0.0), plan_line(phrase, metre, -0.6, 0.0)
    assert happy.climax.onset >= 2 * metre.beats > sad.climax.onset


@given(phrases, metres, valences, st.floats(0, 1), st.floats(0, 1))
def test_a_denser_phrase_keeps_the_notes_of_a_sparser_one(phrase, metre, valence, one, other):
    line = plan_line(phrase, metre, valence, 0.2)
    low, high = sorted((one, other))
    for beat in range(4 * metre.beats):
        assert set(line.in_beat(beat, low)) <= set(line.in_beat(beat, high))


@given(phrases, metres, valences, st.floats(0, 1))
def test_notes_fill_the_time_to_the_next_note_or_breath(phrase, metre, valence, density):
    line = plan_line(phrase, metre, valence, 0.2)
    notes = [note for beat in range(4 * metre.beats) for note in line.in_beat(beat, density)]
    for note, after in pairwise(notes):
        end = note.onset + line.length(note, density)
        assert end == pytest.approx(after.onset) or line.breathes_after(note, density)
        assert end <= after.onset


@given(phrases, valences)
def test_the_head_of_the_motif_returns_in_the_third_bar(phrase, valence):
    line = plan_line(phrase, FOUR, valence, 0.0)
    head = [note.onset for note in line.notes if note.onset < 4]
    third = [note.onset - 8 for note in line.notes if 8 <= note.onset < 12]
    assert head == third


def test_suspensions_fall_on_downbeats_and_only_where_asked_for():
    section = next(sections(np.random.default_rng(1)))
    none = plan_line(section.phrases[0], FOUR, 0.4, 0.0)
    every = plan_line(section.phrases[0], FOUR, 0.4, 1.0)
    assert not [note for note in none.notes if note.role == "suspension"]
    held = [note.onset for note in every.notes if note.role == "suspension"]
    assert held
    assert set(held) <= {4.0, 8.0}
