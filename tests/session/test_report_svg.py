import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.session.report._svg import Axes, drawing, label, panel, thinned, time_ticks

SQUARE = Axes((0, 10), (-1, 1), (100, 200), (0, 50))


def test_data_fall_where_the_axes_say() -> None:
    np.testing.assert_allclose(SQUARE.px([0, 5, 10]), [100, 150, 200])
    np.testing.assert_allclose(SQUARE.py([-1, 0, 1]), [50, 25, 0])


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    drawn = SQUARE.line("a", np.array([0.0, 1, 2, 3]), np.array([0.0, np.nan, 1, 0]))
    assert drawn == '<path class="a" d="M100.0 25.0M120.0 0.0L130.0 25.0"/>'


def test_steps_hold_until_the_next_value_and_the_last_until_the_end() -> None:
    drawn = SQUARE.steps("a", np.array([0.0, 5.0]), np.array([0.0, 1.0]), 10)
    assert drawn == '<path class="a" d="M100.0 25.0L150.0 25.0L150.0 0.0L200.0 0.0"/>'


def test_a_band_stays_within_its_axes() -> None:
    drawn = SQUARE.band("a", np.array([0.0, 10.0]), np.array([-5.0, 0]), np.array([0, 5.0]))
    assert drawn == '<path class="a" d="M100.0 25.0L200.0 0.0L200.0 25.0L100.0 50.0z"/>'


@pytest.mark.parametrize("draw", [SQUARE.line, SQUARE.diamonds])
def test_nothing_is_drawn_of_nothing(draw) -> None:
    assert draw("a", np.empty(0), np.empty(0)) == ""
    assert SQUARE.steps("a", np.empty(0), np.empty(0), 10) == ""
    assert SQUARE.band("a", np.zeros(1), np.zeros(1), np.ones(1)) == ""
    assert SQUARE.dots("a", np.array([np.nan]), np.zeros(1), 2) == ""


@given(st.integers(0, 20_000))
def test_lines_are_thinned_to_a_bounded_number_of_points(n) -> None:
    x, y = thinned(np.arange(float(n)), -np.arange(float(n)))
    assert min(n, 750) <= len(x) <= 1_500
    np.testing.assert_array_equal(x, -y)


@given(st.floats(1, 20_000))
def test_times_are_labelled_at_few_round_moments(duration) -> None:
    ticks = time_ticks(0.0, duration)
    assert 1 <= len(ticks) <= 9
    assert ticks[-1] <= duration + 1e-6
    assert all(tick == round(tick) for tick in ticks)


def test_the_time_axis_of_ten_minutes() -> None:
    labels = re.findall(r">([^<]+)</text>", panel((0, 600), (0, 1), 0, 100).time_axis())
    assert labels == ["0:00", "2:00", "4:00", "6:00", "8:00", "10:00"]


def test_words_in_drawings_are_escaped_and_read_out() -> None:
    assert "&lt;b&gt;" in label(0, 0, "<b>")
    assert 'role="img" aria-label="a &quot;b&quot;"' in drawing('a "b"', 10)
