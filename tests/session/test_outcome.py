import numpy as np
import pytest

from affectlab.session.outcome import measure_outcome

GOAL = (0.4, -0.4)


def test_a_straight_way_to_the_goal() -> None:
    times = np.arange(0, 300, 0.5)
    share = np.clip(times / 100, 0, 1)
    outcome = measure_outcome(times, np.outer(share, GOAL), GOAL, music_from=0.0, basis="truth")
    assert outcome is not None
    assert outcome.start_distance == pytest.approx(np.hypot(*GOAL))
    assert outcome.final_distance == pytest.approx(0, abs=1e-9)
    # The region begins at 1 - .25/.566 = 56 % of the way; the 30 s average arrives 15 s later.
    assert outcome.reached_s == pytest.approx(55.8 + 15, abs=1.5)


def test_never_reached() -> None:
    times = np.arange(0, 120, 0.5)
    outcome = measure_outcome(times, np.zeros((240, 2)), GOAL, music_from=30.0, basis="truth")
    assert outcome is not None
    assert outcome.reached_s is None
    assert outcome.final_distance == pytest.approx(np.hypot(*GOAL))


def test_what_happened_before_the_music_does_not_count() -> None:
    times = np.arange(0, 120, 0.5)
    states = np.where(times[:, None] < 60, np.array(GOAL), 0.0)
    outcome = measure_outcome(times, states, GOAL, music_from=60.0, basis="truth")
    assert outcome is not None
    assert outcome.reached_s is None


def test_no_music_no_outcome() -> None:
    assert measure_outcome([1.0, 2.0], [(0.0, 0.0)] * 2, GOAL, music_from=np.inf, basis="belief") is None
    assert measure_outcome([], [], GOAL, music_from=0.0, basis="belief") is None
