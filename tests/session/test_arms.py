import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.errors import InvalidConfig
from affectlab.session.arms import ArmRequest, make_driver
from affectlab.session.config import UpdateConfig

DESIRED = np.array([0.4, -0.4])


def driver(arm: str, donor=(), seed: int = 0):
    return make_driver(ArmRequest(arm, UpdateConfig(), seed, donor))


def state(valence: float, time: float) -> AffectState:
    return AffectState.at(valence, 0.0, sd=0.3, time=time)


@pytest.mark.parametrize("arm", ["open", "random", "sham"])
def test_only_the_closed_arm_listens_to_the_person(arm) -> None:
    donor = [state(0.3, 1.0)]
    quiet, loud = driver(arm, donor), driver(arm, donor)
    for time in range(1, 100):
        loud.decoded(state(1.0, float(time)))
        for one in (quiet, loud):
            one.hear((0.1, 0.1), float(time))
    for time in (100.0, 110.0, 120.0):
        np.testing.assert_array_equal(quiet.decide(time, DESIRED).music, loud.decide(time, DESIRED).music)


def test_the_closed_arm_gives_more_to_a_person_who_responds_half() -> None:
    closed, generator, felt = driver("closed"), np.random.default_rng(0), 0.0
    for time in np.arange(0, 600, 0.5):
        music = 0.5 * np.sin(time / 60)
        felt += (1 - np.exp(-0.5 / 11)) * (0.5 * music - felt)
        closed.hear((music, music), float(time))
        closed.decoded(state(float(felt + generator.normal(0, 0.05)), float(time)))
    for time in np.arange(600, 900, 0.5):
        felt += (1 - np.exp(-0.5 / 11)) * (0.2 - felt)
        closed.hear((0.4, 0.4), float(time))
        closed.decoded(state(float(felt + generator.normal(0, 0.05)), float(time)))
    decision = closed.decide(900.0, np.array([0.4, 0.4]))
    assert decision.kind == "lead"
    assert decision.music[0] > 0.5


def test_open_plays_the_plan() -> None:
    decision = driver("open").decide(0.0, DESIRED)
    assert decision.kind == "follow"
    np.testing.assert_array_equal(decision.music, DESIRED)


def test_sham_estimates_come_from_the_donor_at_the_same_time() -> None:
    sham = driver("sham", [state(0.9, 5.0), state(-0.9, 50.0)])
    sham.hear((0.0, 0.0), 10.0)
    early = sham.estimate.valence
    sham.hear((0.0, 0.0), 60.0)
    assert early > 0 > sham.estimate.valence


def test_sham_without_a_donor_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="--sham-from"):
        driver("sham")


def test_random_is_seeded_and_wanders() -> None:
    def walk(seed: int):
        one = driver("random", seed=seed)
        return np.array([one.decide(10.0 * step, DESIRED).music for step in range(60)])

    np.testing.assert_array_equal(walk(3), walk(3))
    assert not np.array_equal(walk(3), walk(4))
    assert np.ptp(walk(3)) > 0.5


def test_unknown_arm() -> None:
    with pytest.raises(InvalidConfig, match="'closd' is unknown; expected closed, open, sham or random"):
        driver("closd")
