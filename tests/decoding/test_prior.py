import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.decoding import PRIOR_SD, without_prior

PRIOR = AffectState.at(0, 0, sd=PRIOR_SD)


@given(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(0.05, 2), st.floats(0.05, 2))
def test_taking_the_prior_out_gives_back_what_was_fused_in(valence, arousal, sd_v, sd_a) -> None:
    measured = AffectState(np.array([valence, arousal]), np.diag([sd_v**2, sd_a**2]), 3.0)
    recovered = without_prior(measured.fuse(PRIOR))
    np.testing.assert_allclose(recovered.mean, measured.mean, atol=1e-6)
    np.testing.assert_allclose(recovered.covariance, measured.covariance, rtol=1e-6, atol=1e-9)
    assert recovered.time == 3.0


def test_the_bare_prior_holds_no_measurement() -> None:
    assert without_prior(PRIOR) is None


def test_an_axis_not_measured_tells_a_filter_nothing() -> None:
    belief = AffectState(np.array([0.0, 0.3]), np.diag([PRIOR_SD**2, 0.1]), 0.0)
    tracked = AffectState.at(0.8, 0.0, sd=0.2)
    fused = tracked.fuse(without_prior(belief))
    assert fused.valence == pytest.approx(0.8, abs=1e-4)
    assert fused.arousal > 0
