import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.harmony import (
    DOMINANT,
    GRAMMAR,
    SUBDOMINANT,
    TONIC,
    Chord,
    cadence_chord,
    choose_chord,
    colour_chord,
    dissonance_of,
    dominant_chord,
    pivot_chord,
    tonic_chord,
)
from affectlab.music.modes import AEOLIAN, DORIAN, IONIAN, LYDIAN, MODES, PHRYGIAN, Scale

modes = st.sampled_from(MODES)
tonics = st.integers(0, 11)
draws = st.floats(0, 1, exclude_max=True)
C_MAJOR = Scale(0, IONIAN.steps)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_the_grammar_holds_only_perfect_fifths(mode):
    scale = Scale(0, mode.steps)
    for options in GRAMMAR[mode.name].values():
        for degree, raised, _ in options:
            chord = Chord(scale.with_leading_tone() if raised else scale, degree, TONIC)
            assert chord.interval(4) == 7, chord


@pytest.mark.parametrize(
    ("degree", "added", "symbol", "tones"),
    [
        (0, None, "C", (0, 4, 7)),
        (1, 6, "Dm7", (2, 5, 9, 0)),
        (3, 6, "Fmaj7", (5, 9, 0, 4)),
        (4, 6, "G7", (7, 11, 2, 5)),
        (4, 3, "Gsus4", (7, 0, 2)),
        (5, 1, "Amadd9", (9, 0, 4, 11)),
        (0, 5, "C6", (0, 4, 7, 9)),
    ],
)
def test_chords_of_c_major_by_name(degree, added, symbol, tones):
    chord = Chord(C_MAJOR, degree, TONIC, added)
    assert chord.symbol == symbol
    assert chord.pitch_classes == tones


@given(modes, tonics)
def test_the_dominant_leads_into_the_tonic_by_semitone(mode, tonic):
    dominant = dominant_chord(mode, tonic)
    leading = {(tonic - 1) % 12, (tonic + 1) % 12}
    assert leading & set(dominant.pitch_classes)
    assert dominant.interval(4) == 7
    assert tonic_chord(mode, tonic).root == tonic


def test_the_dominant_of_a_minor_is_e_major():
    assert dominant_chord(AEOLIAN, 9).symbol == "E"
    assert dominant_chord(PHRYGIAN, 4).symbol == "F"


def test_dark_cadences_keep_the_minor_dominant_more_often():
    grid = np.linspace(0, 1, 100, endpoint=False)

    def share(valence):
        return np.mean([cadence_chord(AEOLIAN, 9, valence, u).symbol == "Em" for u in grid])

    assert [share(valence) for valence in (0.5, -0.3, -0.65, -1)] == pytest.approx(
        [0, 0, 0.35, 0.7], abs=0.011
    )


@given(modes, tonics, st.sampled_from([TONIC, SUBDOMINANT, DOMINANT]), st.floats(-1, 1), draws)
def test_the_same_draw_gives_the_same_chord_and_never_the_one_to_avoid(mode, tonic, function, valence, draw):
    chord = choose_chord(mode, tonic, function, valence, draw)
    assert chord == choose_chord(mode, tonic, function, valence, draw)
    if len(GRAMMAR[mode.name][function]) > 1:
        other = choose_chord(mode, tonic, function, valence, draw, avoid=chord)
        assert other.pitch_classes != chord.pitch_classes


@pytest.mark.parametrize("mode", [IONIAN, DORIAN, AEOLIAN], ids=lambda mode: mode.name)
def test_the_share_of_major_chords_grows_with_valence(mode):
    grid = np.linspace(0, 1, 200, endpoint=False)

    def share(valence):
        functions = (TONIC, SUBDOMINANT, DOMINANT)
        return np.mean([choose_chord(mode, 0, f, valence, u).is_major for f in functions for u in grid])

    shares = [share(valence) for valence in (-1, -0.3, 0.3, 1)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.2


def test_added_notes_grow_more_dissonant_with_tension():
    generator = np.random.default_rng(3)
    chords = [Chord(C_MAJOR, degree, SUBDOMINANT) for degree in (0, 1, 3, 4, 5)]
    pairs = [tuple(pair) for pair in generator.random((300, 2)).tolist()]

    def mean(tension):
        return np.mean([dissonance_of(colour_chord(c, tension, pair)) for c in chords for pair in pairs])

    means = [mean(tension) for tension in (0, 0.5, 1)]
    assert means == sorted(means)
    assert means[-1] > 2 * means[0]


@given(modes, tonics, st.integers(0, 6), st.floats(0, 1), draws, draws)
def test_added_notes_make_no_semitone_with_the_root_above_it(mode, tonic, degree, tension, whether, which):
    chord = colour_chord(Chord(Scale(tonic, mode.steps), degree, SUBDOMINANT), tension, (whether, which))
    assert (chord.root + 1) % 12 not in chord.pitch_classes


@given(modes, tonics, st.sampled_from([2, 5, 7, 10]))
def test_a_pivot_belongs_to_both_keys(mode, tonic, interval):
    new = (tonic + interval) % 12
    pivot = pivot_chord(mode, tonic, new)
    assert pivot is not None
    for key in (tonic, new):
        assert set(pivot.pitch_classes) <= {(key + step) % 12 for step in mode.steps}


def test_from_c_to_g_the_pivot_is_a_minor_and_distant_keys_have_none():
    assert pivot_chord(IONIAN, 0, 7).symbol == "Am"
    assert pivot_chord(LYDIAN, 0, 6) is None
