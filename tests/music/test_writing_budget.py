"""Onsets per beat: the scale both ways, and the controller's memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidConfig
from affectlab.music.learned.labels import Labeller
from affectlab.music.learned.writing.budget import FEWEST, MOST, Budget, DensityScale

QUANTILES = [0, 1, 2, 2, 2, 3, 4, 5, 6, 8, 28]


def test_a_scale_passes_through_the_quantiles_and_equal_ones_count_once() -> None:
    scale = DensityScale.of(QUANTILES)
    assert scale.per_beat(0.3) == 2
    assert scale.per_beat(0.5) == 3
    assert (scale.per_beat(0.0), scale.per_beat(1.0)) == (FEWEST, MOST)


@given(st.lists(st.floats(0, 30), min_size=3, max_size=101), st.floats(0, 1))
def test_a_scale_can_be_read_backwards(values, density) -> None:
    quantiles = np.sort([0.0, *values, 30.0])
    scale = DensityScale.of(quantiles)
    assert scale.density(scale.per_beat(density)) == pytest.approx(density, abs=1e-6)
    assert (np.diff(scale.densities) > 0).all()


def test_a_scale_comes_from_labels() -> None:
    quantiles = np.linspace(0, 9, 101)
    labeller = Labeller({"dynamics/density": quantiles})
    assert DensityScale.of_labels(labeller).per_beat(0.5) == pytest.approx(4.5)


@pytest.mark.parametrize("values", [[3.0] * 5, [0.0, np.nan, 3.0]])
def test_a_scale_of_nothing_is_named(values) -> None:
    with pytest.raises(InvalidConfig, match="two different numbers of onsets"):
        DensityScale.of(values)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=60), st.floats(0, 1), st.data())
def test_whoever_keeps_to_most_and_least_keeps_to_the_plan(densities, slack, data) -> None:
    scale = DensityScale.of(QUANTILES)
    budget, written = Budget(scale, slack=slack), []
    for density in densities:
        budget.open(density)
        assert 0 <= budget.least <= max(budget.most, budget.least)
        count = data.draw(st.integers(budget.least, max(budget.most, budget.least)))
        for _ in range(count):
            budget.spend()
        written.append(count)
    planned = [scale.per_beat(density) for density in densities]
    stray = 2 * (0.5 + slack * max(planned)) + 1e-6
    for begin in range(len(densities) - 3):
        assert abs(sum(written[begin : begin + 4]) - sum(planned[begin : begin + 4])) <= stray


def test_what_cannot_be_written_is_forgotten_and_not_made_up_for_at_once() -> None:
    budget = Budget(DensityScale.of(QUANTILES))
    for _ in range(50):
        budget.open(0.5)
    assert budget.least <= 5


def test_notes_are_favoured_while_they_are_owed() -> None:
    budget = Budget(DensityScale.of(QUANTILES))
    budget.open(0.5)
    before = budget.bias
    for _ in range(4):
        budget.spend()
    assert before > 0 > budget.bias


def test_slack_is_a_share() -> None:
    with pytest.raises(InvalidConfig, match=r"slack of the density must be in \[0, 1\], got 2"):
        Budget(DensityScale.of(QUANTILES), slack=2)
