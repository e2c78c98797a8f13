"""The measures on readers with a known effect: what an oracle, a stereotype and a blind model get."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from persona_world import LABELS, blind, drawn, softmax, stereotype, world

from affectlab.bench.persona.measures import borne_out_test, deviations, measure, told_shift
from affectlab.bench.persona.predictions import one_hot
from affectlab.errors import InvalidData


def test_an_oracle_has_no_illusion() -> None:
    people = world(400, 12, 0.8, seed=1)
    found = measure(people.true, people.human, resamples=200, permutations=199)
    assert found.borne_out.interval.value == pytest.approx(1, abs=0.1)
    assert found.borne_out.interval.low < 1 < found.borne_out.interval.high
    assert found.illusion.interval.value < 0.1
    assert found.alignment.interval.value > 0.15
    assert found.permutation is not None
    assert found.permutation.p == pytest.approx(1 / 200)


def test_a_stereotype_is_an_illusion_however_large_it_is() -> None:
    people = world(400, 12, 0.8, seed=1)
    found = [
        measure(stereotype(people, size, seed=7), people.human, resamples=100, permutations=99)
        for size in (0.4, 1.5)
    ]
    assert found[0].shift.interval.value < found[1].shift.interval.value
    for one in found:
        assert one.illusion.interval.value > 0.8
        assert one.permutation is not None
        assert one.permutation.p > 0.05
    assert found[1].illusory_shift.interval.value > found[0].illusory_shift.interval.value


def test_overacting_is_the_part_of_the_shift_that_is_too_much() -> None:
    people = world(600, 12, 0.4, seed=2)
    mean = people.true.mean(axis=1, keepdims=True)
    timid = measure(0.7 * mean + 0.3 * people.true, people.human, resamples=50, permutations=19)
    assert timid.borne_out.interval.value == pytest.approx(1 / 0.3, rel=0.15)
    assert timid.illusion.interval.value == 0
    milder = one_hot(drawn((mean + people.true) / 2, np.random.default_rng(3)), LABELS)
    twice = measure(people.true, milder, resamples=50, permutations=19)
    assert twice.illusion.interval.value == pytest.approx(0.5, abs=0.1)


def test_a_blind_model_has_no_shift_and_no_illusion_index() -> None:
    people = world(50, 6, 0.8, seed=3)
    found = measure(blind(people), people.human, resamples=50)
    assert found.blind
    assert found.shift.interval.value == pytest.approx(0, abs=1e-9)
    assert np.isnan(found.illusion.interval.value)
    assert np.isnan(found.alignment.interval.value)
    assert found.permutation is None
    with pytest.raises(InvalidData, match="same for every reader"):
        borne_out_test(np.full((3, 2, LABELS), 1 / LABELS), people.human[:3, :2])


def test_the_null_is_right_about_one_time_in_twenty() -> None:
    false = 0
    for seed in range(200):
        people = world(30, 8, 0.0, seed)
        test = borne_out_test(stereotype(people, 1.0, seed + 1000), people.human, permutations=99, seed=seed)
        false += test.p <= 0.05
    # Binomial(200, .05): 3 to 18 holds 99.4 %.
    assert 3 <= false <= 18


def test_the_measures_grow_with_the_planted_effect() -> None:
    shifts, aligned = [], []
    for effect in (0.1, 0.3, 0.9):
        people = world(300, 10, effect, seed=5)
        found = measure(people.true, people.human, resamples=20, permutations=19)
        shifts.append(found.shift.interval.value)
        aligned.append(found.alignment.interval.value)
    assert shifts == sorted(shifts)
    assert aligned == sorted(aligned)


def test_handing_profiles_around_gives_nothing_on_average() -> None:
    people = world(60, 5, 0.8, seed=4)
    model = people.true.copy()
    model[::7, 2] = np.nan
    found = borne_out_test(model, people.human, permutations=4000)
    assert found.chance == pytest.approx(0, abs=0.02)


@given(st.integers(0, 2**16), st.integers(2, 6))
def test_deviations_sum_to_zero_over_the_units_of_an_event(seed: int, units: int) -> None:
    generator = np.random.default_rng(seed)
    given_ = softmax(generator.normal(size=(4, units, LABELS)))
    given_[0, 0] = np.nan
    found = deviations(given_)
    assert np.allclose(found.sum(axis=1), 0)
    assert np.all(found[0, 0] == 0)


def test_readers_without_answers_change_nothing_for_the_others() -> None:
    people = world(40, 6, 0.5, seed=9)
    more = np.full((40, 1, LABELS), np.nan)
    bare = measure(people.true, people.human, resamples=20, permutations=19)
    padded = measure(
        np.hstack([people.true, more]), np.hstack([people.human, more]), resamples=20, permutations=19
    )
    assert padded.borne_out.interval.value == bare.borne_out.interval.value
    assert padded.n == bare.n == 240


def test_what_telling_a_profile_changes_is_counted_apart() -> None:
    people = world(40, 6, 0.5, seed=9)
    none, n = told_shift(blind(people), blind(people), resamples=20)
    some, _ = told_shift(people.true, blind(people), resamples=20)
    assert none.interval.value == 0
    assert some.interval.value > 0.05
    assert n == 240


def test_arrays_that_cannot_be_compared_are_refused() -> None:
    people = world(4, 3, 0.5, seed=9)
    with pytest.raises(InvalidData, match="shapes"):
        measure(people.true[:2], people.human)
    with pytest.raises(InvalidData, match="two readers"):
        measure(people.true[:, :1], people.human[:, :1])
