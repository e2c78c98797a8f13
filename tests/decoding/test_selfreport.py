import numpy as np
import pytest

from affectlab.affect import AffectState
from affectlab.decoding import REPORT_SD, self_report
from affectlab.errors import InvalidAffect


@pytest.mark.parametrize(
    ("sliders", "plane"), [((0, 1), (-1, 1)), ((0.5, 0.5), (0, 0)), ((1, 0.25), (1, -0.5))]
)
def test_sliders_span_the_plane(sliders, plane) -> None:
    report = self_report(*sliders, 12.0)
    np.testing.assert_allclose(report.mean, plane)
    np.testing.assert_allclose(report.sd, REPORT_SD)
    assert report.time == 12.0


def test_a_report_outweighs_a_vague_belief() -> None:
    fused = self_report(0.9, 0.9, 1.0, sd=0.1).fuse(AffectState.at(-0.5, -0.5, sd=0.5))
    assert (fused.mean > 0.7).all()


@pytest.mark.parametrize("sliders", [(1.2, 0.5), (0.5, -0.1), (float("nan"), 0.5)])
def test_positions_off_the_slider_are_named(sliders) -> None:
    with pytest.raises(
        InvalidAffect, match=rf"in \[0, 1\], got valence {sliders[0]} and arousal {sliders[1]}"
    ):
        self_report(*sliders, 0.0)


@pytest.mark.parametrize("sd", [0.0, -1.0, float("nan")])
def test_a_report_without_doubt_is_refused(sd) -> None:
    with pytest.raises(InvalidAffect, match="must be positive, got"):
        self_report(0.5, 0.5, 0.0, sd=sd)
