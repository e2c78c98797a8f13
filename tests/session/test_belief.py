import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.session.belief import OFFSET_SD, Belief, confidence

coordinate = st.floats(-1, 1)
deviation = st.floats(0.05, 2)


def measured(valence: float, arousal: float, time: float, sd: float = 0.4) -> AffectState:
    return AffectState.at(valence, arousal, sd=sd, time=time)


def after_decoding(valence: float, arousal: float, seconds: float, sd: float = 0.4) -> Belief:
    belief = Belief()
    for time in np.arange(0, seconds, 0.5):
        belief.decoded(measured(valence, arousal, float(time), sd))
    return belief


def test_nothing_measured_is_the_prior() -> None:
    assert confidence(Belief().state) == 0
    np.testing.assert_allclose(Belief().state.sd, [0.5, 0.5])


def test_one_report_is_fused_by_its_precision() -> None:
    belief = Belief(prior_sd=0.5)
    belief.reported(measured(0.8, -0.4, 0.0, sd=0.5))
    np.testing.assert_allclose(belief.state.mean, [0.4, -0.2])
    np.testing.assert_allclose(belief.state.covariance, np.eye(2) * 0.125)


def test_decoding_alone_never_gets_surer_than_the_decoders_offset_allows() -> None:
    long = after_decoding(0.5, 0.5, 3600, sd=0.05)
    floor = 1 / np.sqrt(1 / 0.25 + 1 / OFFSET_SD**2)
    assert np.all(long.state.sd > floor * 0.95)


def test_a_report_teaches_the_offset_and_outlives_itself() -> None:
    belief = after_decoding(0.5, 0.0, 300)
    belief.reported(measured(0.0, 0.0, 300.0, sd=0.1))
    for time in np.arange(300.5, 400, 0.5):
        belief.decoded(measured(0.5, 0.0, float(time)))
    untaught = after_decoding(0.5, 0.0, 400)
    assert belief.state.valence < untaught.state.valence - 0.1


def test_without_measurements_the_next_one_counts_as_if_it_were_the_first() -> None:
    stale = after_decoding(0.9, 0.9, 60)
    stale.reported(measured(-0.5, 0.0, 5000.0, sd=0.3))
    fresh = Belief()
    fresh.reported(measured(-0.5, 0.0, 5000.0, sd=0.3))
    np.testing.assert_allclose(stale.state.mean, fresh.state.mean, atol=1e-6)


@given(st.lists(st.tuples(coordinate, coordinate, deviation, st.booleans()), min_size=1, max_size=30))
def test_the_belief_stays_on_the_plane_and_no_wider_than_the_prior(measurements) -> None:
    belief = Belief()
    for index, (valence, arousal, sd, reported) in enumerate(measurements):
        state = measured(valence, arousal, index * 0.5, sd)
        (belief.reported if reported else belief.decoded)(state)
        assert np.all(np.abs(belief.state.mean) <= 1)
        assert np.all(belief.state.sd <= 0.5 + 1e-9)
        assert 0 <= confidence(belief.state) <= 1


def test_a_measurement_from_before_does_not_turn_time_back() -> None:
    belief = Belief()
    belief.reported(measured(0.1, 0.1, 10.0))
    belief.reported(measured(0.1, 0.1, 4.0))
    assert belief.state.time == pytest.approx(10.0)
