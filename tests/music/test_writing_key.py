"""Key by seed, mode by valence."""

import numpy as np
import pytest

from affectlab.music.learned.writing.key import Key, KeyPlan
from affectlab.music.modes import AEOLIAN, IONIAN, LYDIAN, MIXOLYDIAN, PHRYGIAN


def plan(seed=0, **settings):
    return KeyPlan(np.random.default_rng(seed), **settings)


def test_the_tonic_is_drawn_once_and_all_twelve_come() -> None:
    one = plan()
    assert {one.at_bar_line(valence).tonic for valence in (-1.0, 0.0, 1.0)} == {one.tonic}
    assert {plan(seed).tonic for seed in range(100)} == set(range(12))


def test_brighter_valence_never_has_a_darker_mode_and_the_extremes_are_left_out() -> None:
    modes = [plan().at_bar_line(float(valence)).mode for valence in np.linspace(-1, 1, 41)]
    assert [mode.valence for mode in modes] == sorted(mode.valence for mode in modes)
    assert (modes[0], modes[-1]) == (AEOLIAN, IONIAN)
    assert not {PHRYGIAN, LYDIAN} & set(modes)


def test_a_mode_is_kept_while_valence_trembles_about_an_edge() -> None:
    one = plan()
    assert one.at_bar_line(0.27).mode == IONIAN
    assert one.at_bar_line(0.23).mode == IONIAN
    assert one.at_bar_line(0.15).mode == MIXOLYDIAN


def test_without_a_valence_the_seed_draws_the_mode() -> None:
    one = plan(3)
    assert len({one.at_bar_line(None) for _ in range(20)}) == 1
    assert len({plan(seed).at_bar_line(None).mode for seed in range(60)}) == 4


def test_a_chromatic_plan_has_all_pitch_classes() -> None:
    key = plan(chromatic=True).at_bar_line(-0.9)
    assert key.scale == tuple(range(12))
    assert key.licence is None


@pytest.mark.parametrize(
    ("key", "scale", "licence"),
    [
        (Key(9, AEOLIAN), (0, 2, 4, 5, 7, 9, 11), (4, 8)),
        (Key(2, IONIAN), (1, 2, 4, 6, 7, 9, 11), None),
        (Key(7, MIXOLYDIAN), (0, 2, 4, 5, 7, 9, 11), None),
    ],
)
def test_minor_modes_lend_their_dominant_a_leading_tone(key, scale, licence) -> None:
    assert (key.scale, key.licence) == (scale, licence)


@pytest.mark.parametrize(("mode", "third"), [(AEOLIAN, 3), (IONIAN, 4), (MIXOLYDIAN, 4)])
def test_a_key_attracts_to_its_tonic_triad(mode, third) -> None:
    attraction = np.array(Key(2, mode).attraction)
    triad = {2, (2 + third) % 12, 9}
    assert set(np.argsort(attraction)[-3:]) == triad
    assert attraction.argmax() == 2
    assert attraction.mean() == pytest.approx(0, abs=1e-12)
    assert attraction.std() == pytest.approx(1)


def test_without_a_mode_nothing_attracts() -> None:
    assert set(Key(2, None).attraction) == {0.0}
