"""Single masks: what may follow a page that is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stand_in_networks import stand_in_vocabulary

from affectlab.music.instruments import BASS, ENOUGH, HARMONY, INSTRUMENTS, MELODY, PAD, PARTS, assign
from affectlab.music.learned.piece import PITCHES
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.writing.frame import WRITTEN, Bounds, Frame, ranges_of
from affectlab.music.learned.writing.masks import NOTHING_BARRED, Masks, Quota
from affectlab.music.learned.writing.page import Page

WORDS = stand_in_vocabulary()
FREE, FULL, HUNGRY = Quota(10, 0, 4.0), Quota(0, 0, 4.0), Quota(10, 3, 4.0)
A_MINOR = Frame(scale=(0, 2, 4, 5, 7, 9, 11), dominant=4, leading=8)
M, P, H, B = (PARTS.index(part) for part in (MELODY, PAD, HARMONY, BASS))


def page(*words, metre=4):
    one = Page(WORDS)
    for word in ((("BAR",), ("METRE", metre)), *words):
        one.read(tuple(WORDS.id_of(Kind[kind], *value) for kind, *value in word))
    return one


def at(tick):
    return (("POSITION", tick),)


def note(part, pitch, duration=12):
    return (("PART", part), ("PITCH", pitch), ("DURATION", duration))


def told(allowed):
    """Return {kind: values} of the tokens allowed."""
    found = {}
    for token in np.flatnonzero(allowed):
        found.setdefault(Kind(WORDS.kinds[token]), []).append(int(WORDS.values[token]))
    return {kind: sorted(values) for kind, values in found.items()}


def first(one, beat=0, frame=A_MINOR, quota=FREE, barred=NOTHING_BARRED, **bounds):
    return told(Masks(WORDS, Bounds(**bounds)).first(one, beat, frame, quota, barred))


def pitches(one, frame=A_MINOR, **bounds):
    masks = Masks(WORDS, Bounds(**bounds)).pitches(one, frame, NOTHING_BARRED)
    return [[PITCHES[index] for index in np.flatnonzero(row)] for row in masks]


def test_a_stream_begins_with_a_bar_and_its_metre() -> None:
    masks, empty = Masks(WORDS, Bounds()), Page(WORDS)
    bar = WORDS.id_of(Kind.BAR)
    assert told(masks.first(empty, 0, A_MINOR, FREE, NOTHING_BARRED)) == {Kind.BAR: [0]}
    assert told(masks.second(empty, Frame(metre=3), bar, NOTHING_BARRED)) == {Kind.METRE: [3]}
    position = WORDS.id_of(Kind.POSITION, 5)
    assert not masks.second(page(), A_MINOR, position, NOTHING_BARRED).any()


def test_after_a_bar_come_positions_of_the_bar_or_the_next_bar() -> None:
    assert first(page()) == {Kind.BAR: [0], Kind.POSITION: list(range(48))}
    assert first(page(metre=2)) == {Kind.BAR: [0], Kind.POSITION: list(range(24))}


def test_a_position_is_followed_by_a_note_and_notes_by_later_ones() -> None:
    assert first(page(at(3))) == {Kind.PART: [0, 1, 2, 3]}
    after = first(page(at(3), note(H, 60)))
    assert after[Kind.PART] == [H, B]
    assert after[Kind.POSITION] == list(range(4, 48))
    assert min(pitches(page(at(3), note(H, 60)))[H]) == 62


def test_a_beat_that_has_its_notes_is_left_and_one_that_lacks_notes_is_not() -> None:
    written = page(at(0), note(H, 60))
    assert first(written, quota=FULL) == {Kind.BAR: [0], Kind.POSITION: list(range(12, 48))}
    hungry = first(written, quota=HUNGRY)
    assert hungry == {Kind.PART: [H, B], Kind.POSITION: list(range(1, 10))}


def test_a_bar_that_is_over_is_left() -> None:
    assert first(page(at(0), note(H, 60)), beat=4) == {Kind.BAR: [0]}


def test_silence_and_waiting_end_at_their_limits() -> None:
    short = page(at(0), note(H, 60, duration=1))
    assert first(short, beat=1, quota=FULL) == {Kind.POSITION: [12, 13]}
    assert Kind.BAR in first(short, beat=1, quota=FULL, silence=40)
    held = page(at(0), note(H, 60, duration=48))
    assert first(held, beat=2, quota=FULL) == {Kind.POSITION: [24]}
    assert Kind.BAR in first(held, beat=2, quota=FULL, wait=48)


def test_each_part_has_its_range_key_and_voices() -> None:
    open_pitches = pitches(page(at(0)))
    for part, found in zip(PARTS, open_pitches, strict=True):
        low, high = WRITTEN[part]
        assert found == [pitch for pitch in range(low, high + 1) if pitch % 12 in A_MINOR.scale]
    busy = page(at(0), note(M, 60, 24), note(M, 64, 24), note(B, 40, 24), at(6))
    assert pitches(busy)[M] == pitches(busy)[B] == []
    assert pitches(page(at(0), note(M, 60, 6), note(M, 64, 24), at(6)))[M][0] == 59


def test_a_note_that_sounds_is_not_struck_again() -> None:
    held = page(at(0), note(H, 60, 24), at(6))
    assert 60 not in pitches(held)[H]
    assert 60 in pitches(held)[P]
    assert 60 in pitches(page(at(0), note(H, 60, 6), at(6)))[H]


def test_the_harmony_stays_within_a_hand() -> None:
    held = pitches(page(at(0), note(H, 50, 24), note(H, 60, 24), at(6)))[H]
    assert (min(held), max(held)) == (45, 65)
    assert max(pitches(page(at(0), note(H, 50, 24), at(6)), span=7)[H]) == 57


def test_the_leading_tone_comes_over_the_dominant_alone() -> None:
    over = pitches(page(at(0), note(B, 40, 24), at(6)))
    assert 68 in over[M]
    assert 56 in over[H]
    assert not any(pitch % 12 == 8 for pitch in over[B])
    for other in (page(at(0)), page(at(0), note(B, 41, 24), at(6)), page(at(0), note(H, 52, 24), at(6))):
        assert not any(pitch % 12 == 8 for row in pitches(other) for pitch in row)


def test_a_melody_that_is_barred_rests_and_where_nothing_is_left_the_position_stays_empty() -> None:
    barred = ~NOTHING_BARRED
    assert first(page(at(3)), barred=barred) == {Kind.PART: [P, H, B]}
    alone = Frame(ranges=((60, 72), None, None, None))
    assert first(page(at(3)), frame=alone, barred=barred) == {
        Kind.BAR: [0],
        Kind.POSITION: list(range(4, 48)),
    }


def test_positions_wait_for_a_free_voice() -> None:
    alone = Frame(ranges=(None, None, None, (30, 50)))
    held = page(at(0), note(B, 40, 18))
    assert first(held, frame=alone)[Kind.POSITION] == list(range(18, 48))


def test_long_notes_leave_voices_for_what_is_planned() -> None:
    masks, one = Masks(WORDS, Bounds(longest=30)), page(at(0), note(P, 60, 24), at(5))
    few = told(masks.third(one, A_MINOR, Quota(9, 0, 3.0)))[Kind.DURATION]
    many = told(masks.third(one, A_MINOR, Quota(9, 0, 10.0)))[Kind.DURATION]
    assert max(few) == 30
    assert many == list(range(1, 8))


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_an_instrument_has_an_octave_of_the_range_of_each_part_it_suits(name) -> None:
    for part in PARTS:
        if INSTRUMENTS[name].suits(part) >= ENOUGH:
            low, high = WRITTEN[part]
            assert min(high, INSTRUMENTS[name].high) - max(low, INSTRUMENTS[name].low) >= 12


def test_ranges_are_those_of_the_ensemble() -> None:
    ranges = ranges_of(assign(("flute", "harp", "cello")))
    assert ranges == ((60, 88), None, (45, 79), (36, 55))


@given(register=st.floats(60, 90), name=st.sampled_from(sorted(INSTRUMENTS)))
def test_a_register_moves_the_melody_within_its_instruments_range(register, name) -> None:
    free, bound = (ranges_of(assign((name,)), where)[M] for where in (None, register))
    low, high = bound
    assert free[0] <= low < high <= free[1]
    assert high - low == min(24, free[1] - free[0])
    as_near_as_it_can = {free[0], max(free[1] - 24, free[0])}
    assert abs(low + 12 - register) <= 0.5 or low in as_near_as_it_can
