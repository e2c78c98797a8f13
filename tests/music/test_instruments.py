import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidPlan
from affectlab.music.instruments import (
    BASS,
    GM_PROGRAMS,
    HARMONY,
    INSTRUMENTS,
    MELODY,
    PAD,
    PALETTES,
    assign,
    palette,
)


@pytest.mark.parametrize(
    ("name", "program"),
    [("piano", 0), ("vibraphone", 11), ("cello", 42), ("pizzicato", 45), ("harp", 46), ("flute", 73)],
)
def test_programs_are_those_of_general_midi(name, program):
    assert GM_PROGRAMS[name] == program


def test_every_instrument_has_a_program_a_range_and_a_part():
    for instrument in INSTRUMENTS.values():
        assert 0 <= instrument.program <= 127
        assert 21 <= instrument.low < instrument.high <= 108
        assert max(instrument.suits(part) for part in (MELODY, HARMONY, BASS, PAD)) >= 0.5


def test_each_part_goes_to_the_instrument_that_suits_it():
    ensemble = assign(("flute", "cello", "harp", "strings"))
    assert dict(ensemble.parts) == {MELODY: "flute", PAD: "strings", HARMONY: "harp", BASS: "cello"}
    assert ensemble.double is None


def test_an_instrument_is_kept_for_the_part_that_needs_it():
    assert assign(("harp", "strings", "cello")).parts[BASS] == "cello"
    assert assign(("harp", "strings", "cello")).parts[MELODY] == "harp"
    assert assign(("harp", "piano")).parts[MELODY] == "piano"


def test_a_lone_piano_plays_everything_but_no_pad():
    assert dict(assign(("piano",)).parts) == {MELODY: "piano", HARMONY: "piano", BASS: "piano"}


def test_parts_that_nothing_suits_get_their_default():
    assert dict(assign(("flute",)).parts) == {MELODY: "flute", HARMONY: "harp", BASS: "acoustic bass"}


def test_a_melody_instrument_left_over_doubles():
    assert assign(("piano", "strings", "pizzicato", "cello", "flute", "oboe")).double == "oboe"


def test_names_are_read_without_regard_to_case_or_spaces():
    assert assign((" Piano ", "STRINGS")).parts[PAD] == "strings"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(
        InvalidPlan, match=r"unknown instrument 'kazoo'; choose from: .*cello.*piano.*strings"
    ):
        assign(("piano", "kazoo"))


@given(st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=6))
def test_melody_harmony_and_bass_are_always_filled(names):
    ensemble = assign(names)
    assert {MELODY, HARMONY, BASS} <= set(ensemble.parts)
    assert PAD in ensemble.parts or names
    assert ensemble.double is None or ensemble.double not in ensemble.parts.values()


@given(st.floats(-1, 1), st.floats(0, 1, exclude_max=True))
def test_own_ensembles_are_complete(arousal, draw):
    assert set(palette(arousal, draw).parts) == {MELODY, PAD, HARMONY, BASS}


def test_calm_and_lively_ensembles_differ():
    assert palette(-1, 0.0) == PALETTES[0]
    assert palette(1, 0.9) == PALETTES[-1]
