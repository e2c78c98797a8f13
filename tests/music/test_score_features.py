"""Features of a score against values worked out by hand."""

import numpy as np
import pytest
from grid_pieces import made, pieces
from hypothesis import given, settings

from affectlab.music.learned.features import FEATURES, bar_features, beat_features
from affectlab.music.learned.tonality import MAJOR, MINOR, majorness, tension

MELODY, PAD, HARMONY, BASS = range(4)


def column(piece, name):
    return beat_features(piece)[:, FEATURES.index(name)]


def chords(*voicings, length=12):
    return [(12 * i, length, pitch, HARMONY) for i, chord in enumerate(voicings) for pitch in chord]


def classes(*sounding):
    row = np.zeros((1, 12), bool)
    row[0, list(sounding)] = True
    return row


def test_counts_of_a_small_score() -> None:
    # Beat 0: C4 held two beats, E4 and G4 as quavers; beat 1: nothing new; beat 2: rest; beat 3: a bass note.
    piece = made([(0, 24, 60, HARMONY), (0, 6, 64, MELODY), (6, 6, 67, MELODY), (36, 12, 36, BASS)])
    assert column(piece, "onsets").tolist() == [3, 0, 0, 1]
    assert column(piece, "polyphony").tolist() == [2, 1, 0, 1]
    np.testing.assert_allclose(column(piece, "melody"), [65.5, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(column(piece, "register"), [62.75, 60, np.nan, 36])
    np.testing.assert_allclose(column(piece, "spread"), [7, 0, np.nan, 0])
    assert np.isnan(column(piece, "tempo")).all()


def test_tempo_and_loudness_are_the_sources() -> None:
    piece = made([(0, 3, 60, 0), (36, 3, 60, 0)], tempo=np.full(4, 75, np.float32))
    assert column(piece, "tempo").tolist() == [75] * 4


def test_articulation_is_duration_over_the_wait_for_the_next_onset() -> None:
    legato = made([(12 * i, 12, 60 + i, MELODY) for i in range(4)])
    staccato = made([(12 * i, 3, 60 + i, MELODY) for i in range(4)])
    pedalled = made([(12 * i, 96, 60 + i, MELODY) for i in range(4)])
    for piece, ratio in ((legato, 1), (staccato, 0.25), (pedalled, 2)):
        np.testing.assert_allclose(column(piece, "articulation"), [ratio] * 3 + [np.nan])


def test_huron_on_single_intervals() -> None:
    assert tension(classes(0, 7))[0] == pytest.approx(-1.240)
    assert tension(classes(0, 1))[0] == pytest.approx(1.428)
    assert tension(classes(0, 6))[0] == pytest.approx(0.453)
    assert tension(classes(11, 1))[0] == pytest.approx(0.582)
    assert np.isnan(tension(classes(4))[0])


def test_a_triad_is_less_tense_than_a_seventh_and_a_cluster_most() -> None:
    triad, seventh, cluster = (tension(classes(*c))[0] for c in ((0, 4, 7), (7, 11, 2, 5), (0, 1, 2)))
    assert triad == pytest.approx(-(0.386 + 0.594 + 1.240) / 3)
    assert triad < seventh < cluster


def test_tension_of_a_beat_averages_the_ticks_where_two_classes_sound() -> None:
    piece = made([(0, 12, 60, MELODY), (0, 3, 61, HARMONY), (3, 3, 67, HARMONY), (12, 36, 60, MELODY)])
    assert column(piece, "tension")[0] == pytest.approx((1.428 - 1.240) / 2)
    assert np.isnan(column(piece, "tension")[1:]).all()


@pytest.mark.parametrize("tonic", range(12))
def test_the_profiles_themselves_are_as_major_and_as_minor_as_can_be(tonic) -> None:
    major, minor = majorness(np.stack([np.roll(MAJOR, tonic), np.roll(MINOR, tonic)]))
    assert major > 0.2
    assert minor < -0.2
    # The minor key nearest to C major is A minor, with a correlation of 0.651 (Krumhansl 1990, Cognitive
    # Foundations of Musical Pitch, ch. 2).
    assert 1 - major == pytest.approx(0.651, abs=0.002)


def test_mode_tells_major_from_minor_cadences() -> None:
    major = made(chords((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67)))
    minor = made(chords((60, 63, 67), (65, 68, 72), (67, 71, 74), (60, 63, 67)))
    assert (column(major, "mode") > 0.1).all()
    assert (column(minor, "mode") < -0.1).all()


def test_silence_has_no_mode() -> None:
    assert np.isnan(majorness(np.stack([np.zeros(12), np.ones(12)]))).all()


def test_bars_average_what_their_beats_know() -> None:
    piece = made([(0, 12, 60, MELODY), (24, 12, 64, MELODY), (48, 12, 65, BASS)], metres=(4, 3))
    bars = bar_features(piece, beat_features(piece))
    assert bars[:, FEATURES.index("onsets")].tolist() == pytest.approx([0.5, 1 / 3])
    np.testing.assert_allclose(bars[:, FEATURES.index("melody")], [62, np.nan])


@given(pieces())
@settings(max_examples=40)
def test_features_keep_their_ranges(piece) -> None:
    rows = beat_features(piece)
    assert rows.shape == (piece.beats, len(FEATURES))
    assert rows[:, 0].sum() == len(piece.notes)
    low = np.nanmin(np.where(np.isnan(rows), 0, rows), axis=0)
    assert (low[[0, 1, 4, 7]] >= 0).all()
    assert np.nanmax(np.append(rows[:, 7], 0)) <= 2
