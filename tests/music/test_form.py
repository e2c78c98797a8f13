from itertools import islice, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from affectlab.music.form import CADENCES, FIGURE_NAMES, places, sections
from affectlab.music.rhythm import FOUR

seeds = st.integers(0, 2000)


def first(seed, count):
    return list(islice(sections(np.random.default_rng(seed)), count))


@given(seeds)
def test_sections_come_in_cycles_of_four(seed):
    assert [section.name for section in first(seed, 5)] == ["A1", "A′1", "B1", "A″1", "A2"]


@given(seeds)
def test_every_key_joins_the_next_and_b_is_next_door_to_home(seed):
    chain = first(seed, 9)
    for here, after in pairwise(chain):
        assert here.next_tonic == after.tonic
        assert (after.tonic - here.tonic) % 12 in {0, 2, 5, 7, 10}
    home, _, contrast, back = chain[:4]
    assert (contrast.tonic - home.tonic) % 12 in {5, 7}
    assert back.tonic == home.tonic


@given(seeds)
def test_a_change_of_key_is_prepared_by_a_pivot_and_the_new_dominant(seed):
    for section in first(seed, 8):
        last = [bar.functions for bar in section.phrases[1].bars[2:]]
        assert (last == [("P",), ("N",)]) == (section.tonic != section.next_tonic)


@given(seeds)
def test_periods_have_two_phrases_of_four_bars_that_end_as_their_cadence_says(seed):
    endings = {"half": "V", "authentic": "I", "plagal": "I", "deceptive": "VI", "modulating": "N"}
    for section in first(seed, 8):
        for phrase in section.phrases:
            assert len(phrase.bars) == 4
            assert phrase.bars[3].functions == (endings[phrase.cadence],)
            assert tuple(bar.functions for bar in phrase.bars) in CADENCES[phrase.cadence]


@given(seeds)
def test_the_sections_of_a_cycle_contrast(seed):
    a, varied, b, last = first(seed, 4)
    assert len({section.texture for section in (a, varied, b, last)}) == 4
    assert b.phrases[0].motif != a.phrases[0].motif
    assert varied.phrases[0].bars == a.phrases[0].bars, "A′ returns to the harmony of A"
    assert varied.phrases[0].motif.rhythm == a.phrases[0].motif.rhythm, "and to its rhythm"
    assert not a.doubled
    assert b.doubled


def test_motives_evolve_from_cycle_to_cycle():
    themes = [
        section.phrases[0].motif for section in first(3, 24) if section.name.rstrip("0123456789") == "A"
    ]
    assert len(themes) == 6
    assert all(after != before for before, after in pairwise(themes))
    assert themes[0].contour != themes[5].contour


def test_four_beats_in_a_bar_is_the_rule_and_other_metres_the_exception():
    metres = [section.metre for seed in range(40) for section in first(seed, 8)]
    share = sum(metre == FOUR for metre in metres) / len(metres)
    assert 0.75 < share < 0.97


def test_the_same_seed_gives_the_same_form_and_another_seed_another():
    assert first(5, 12) == first(5, 12)
    assert first(5, 12) != first(6, 12)


def test_places_walk_the_bars_in_order():
    walk = list(islice(places(np.random.default_rng(0)), 17))
    assert [(p.phrase_index, p.bar_index) for p in walk[:9]] == [(i, j) for i in (0, 1) for j in range(4)] + [
        (0, 0)
    ]
    assert [i for i, place in enumerate(walk) if place.opens_section] == [0, 8, 16]
    assert walk[6].bar is walk[6].section.phrases[1].bars[2]


def test_textures_are_figures_that_can_be_played():
    from affectlab.music.figuration import FIGURES

    assert set(FIGURE_NAMES) == set(FIGURES)
