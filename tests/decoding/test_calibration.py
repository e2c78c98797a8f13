import math

import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.decoding import assess
from affectlab.errors import InvalidData


def draws(count, claimed_sd, real_sd=0.1, seed=0):
    generator = np.random.default_rng(seed)
    truths = generator.uniform(-0.5, 0.5, (count, 2))
    beliefs = [AffectState.at(*(truth + generator.normal(0, real_sd, 2)), sd=claimed_sd) for truth in truths]
    return beliefs, [tuple(truth) for truth in truths]


def test_beliefs_that_know_their_error_cover_as_they_should() -> None:
    result = assess(*draws(4000, 0.1))
    assert result.coverage68 == pytest.approx(0.68, abs=0.02)
    assert result.coverage95 == pytest.approx(0.95, abs=0.01)
    assert result.rmse == pytest.approx((0.1, 0.1), rel=0.05)
    assert result.windows == 4000


def test_overconfidence_shows() -> None:
    assert assess(*draws(1000, 0.05)).coverage68 < 0.35


def test_correlation_is_numpys() -> None:
    beliefs, truths = draws(50, 0.1)
    means, true = np.array([b.mean for b in beliefs]), np.array(truths)
    expected = [np.corrcoef(means[:, axis], true[:, axis])[0, 1] for axis in (0, 1)]
    np.testing.assert_allclose(assess(beliefs, truths).correlation, expected)


def test_a_constant_belief_has_no_correlation() -> None:
    result = assess([AffectState.at(0, 0, sd=1)] * 3, [(0.1, 0.2), (0.3, 0.4), (0.0, 0.0)])
    assert all(math.isnan(r) for r in result.correlation)


@pytest.mark.parametrize("counts", [(0, 0), (2, 1)])
def test_unequal_or_no_pairs_are_refused(counts) -> None:
    with pytest.raises(InvalidData, match=f"got {counts[0]} beliefs and {counts[1]} truths"):
        assess([AffectState.at(0, 0, sd=1)] * counts[0], [(0.0, 0.0)] * counts[1])
