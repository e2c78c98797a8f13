"""Which prompts are read together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from affectlab.models.hf.padding import read_together

EVENT = list(range(100))
OTHER = list(range(500, 600))
PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), min_size=1, max_size=12)


@given(PROMPTS, st.integers(0, 50))
def test_every_prompt_is_read_once(prompts: list[list[int]], cost: int) -> None:
    together = read_together(prompts, cost)
    assert sorted(place for batch in together for place in batch) == list(range(len(prompts)))
    assert all(batch == sorted(batch) for batch in together)


@given(PROMPTS)
def test_passes_that_cost_a_fortune_leave_one_batch(prompts: list[list[int]]) -> None:
    assert read_together(prompts, 10**6) == [list(range(len(prompts)))]


def test_a_long_prompt_does_not_pad_the_short_ones() -> None:
    prompts = [[7] * 900, [1] * 50, [2] * 52, [3] * 51, [4] * 50]
    assert read_together(prompts, 32) == [[0], [1, 2, 3, 4]]


def test_prompts_about_the_same_words_are_read_together() -> None:
    prompts = [[*EVENT, 901, 902], [*OTHER, 903, 904], [*EVENT, 905], [*OTHER, 906]]
    assert read_together(prompts, 32) == [[0, 2], [1, 3]]


def test_long_and_short_questions_about_the_same_words_part_where_padding_costs_more_than_reading() -> None:
    short = [EVENT + [900 + n] * 5 for n in range(8)]
    long = [EVENT + [800 + n] * 300 for n in range(2)]
    assert read_together(short + long, 32) == [list(range(8)), [8, 9]]
    assert read_together([[*EVENT, 1, 2], EVENT + [2] * 60], 32) == [[0, 1]]
