import numpy as np
import pytest

from affectlab.signals.listener import AffectDynamics, ListenerTraits


def person(**changes) -> ListenerTraits:
    drawn = ListenerTraits.draw(np.random.default_rng(0))
    values = {name: getattr(drawn, name) for name in drawn.__slots__} | changes
    return ListenerTraits(**values)


def test_music_pulls_by_the_gain_with_the_time_constant() -> None:
    traits = person(set_point=(0.1, -0.1), gain=(0.5, 1.0), time_constant=10.0, wander=0.0)
    affect = AffectDynamics(traits, np.random.default_rng(0))
    for _ in range(100):
        affect.step(0.1, (0.9, -0.9))
    reached = 1 - np.exp(-1)
    np.testing.assert_allclose(affect.state, [0.1 + reached * 0.4, -0.1 - reached * 0.8])


def test_a_step_is_as_exact_as_many_small_ones() -> None:
    traits = person(wander=0.0)
    once, often = (AffectDynamics(traits, np.random.default_rng(0)) for _ in range(2))
    once.step(7.0, (0.5, 0.5))
    for _ in range(700):
        often.step(0.01, (0.5, 0.5))
    np.testing.assert_allclose(once.state, often.state)


def test_in_silence_affect_wanders_about_the_set_point() -> None:
    traits = person(set_point=(0.2, -0.1), wander=0.15, time_constant=8.0)
    affect = AffectDynamics(traits, np.random.default_rng(3))
    states = []
    for _ in range(20_000):
        affect.step(1.0, None)
        states.append(affect.state)
    np.testing.assert_allclose(np.mean(states, axis=0), [0.2, -0.1], atol=0.03)
    np.testing.assert_allclose(np.std(states, axis=0), 0.15, atol=0.015)


def test_affect_stays_on_the_plane() -> None:
    affect = AffectDynamics(person(gain=(1.0, 1.0), wander=0.8), np.random.default_rng(1))
    for _ in range(500):
        affect.step(1.0, (1.0, -1.0))
        assert np.abs(affect.state).max() <= 1


@pytest.mark.parametrize("seed", range(30))
def test_people_differ_within_human_bounds(seed) -> None:
    traits = ListenerTraits.draw(np.random.default_rng(seed))
    assert traits != ListenerTraits.draw(np.random.default_rng(seed + 1))
    assert all(0.35 <= gain <= 1 for gain in traits.gain)
    assert 8 <= traits.time_constant <= 15
    assert 8.5 <= traits.alpha_hz <= 11.5
    assert max(map(abs, traits.set_point)) < 0.6
