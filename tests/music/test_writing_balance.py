"""What a key lacks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.writing.balance import HALF_LIFE, KeyBalance
from affectlab.music.learned.writing.key import Key
from affectlab.music.modes import IONIAN

C_MAJOR = np.array(Key(0, IONIAN).attraction)


def heard(*pitches, apart=TICKS):
    balance = KeyBalance()
    for number, pitch in enumerate(pitches):
        balance.hear(GridNote(number * apart, TICKS, pitch, 0))
    return balance


def test_before_anything_is_heard_the_key_itself_is_lacking() -> None:
    np.testing.assert_array_equal(KeyBalance().lacking(C_MAJOR), C_MAJOR)


def test_without_a_key_nothing_lacks() -> None:
    assert not heard(60, 64).lacking(np.zeros(12)).any()


def test_a_note_that_is_harped_on_is_no_longer_wanted() -> None:
    lacking = heard(*[60] * 20).lacking(C_MAJOR)
    assert lacking.argmin() == 0
    assert lacking[7] > C_MAJOR[7]


@given(st.floats(0.1, 100))
def test_nothing_lacks_where_every_class_sounds_as_much_as_it_belongs(scale) -> None:
    balance = KeyBalance()
    for pitch, belongs in enumerate(C_MAJOR - C_MAJOR.min()):
        balance.hear(GridNote(0, scale * belongs, pitch, 0))
    np.testing.assert_allclose(balance.lacking(C_MAJOR), 0, atol=1e-9)


def test_what_was_heard_long_ago_counts_half_after_the_half_life() -> None:
    sounded = np.zeros(12)
    sounded[[0, 7]] = 0.5, 1.0
    expected = C_MAJOR - (sounded - sounded.mean()) / sounded.std()
    late = round(HALF_LIFE * TICKS)
    np.testing.assert_allclose(heard(60, 67, apart=late).lacking(C_MAJOR), expected)
