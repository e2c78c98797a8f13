import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidConfig
from affectlab.session.config import ARMS, SessionConfig
from affectlab.session.events import BeatEvent, StateEvent
from affectlab.signals.window import ChannelQuality, Window
from affectlab.studio.panels.eeg import COLOURS, POINTS, SPACING_UV, grade, in_words, traces
from affectlab.studio.panels.machine import counts
from affectlab.studio.panels.music import figures
from affectlab.studio.panels.panel import clock, signed
from affectlab.studio.panels.plane import ellipse, unsaid
from affectlab.studio.panels.plane import in_words as plane_in_words
from affectlab.studio.panels.setup import BLINDED, configured
from affectlab.studio.view import LiveView

FORM = {"source": "sim", "decoder": "bandpower", "goal": "relax", "arm": "open", "minutes": "5", "seed": "3"}


def test_68_percent_of_a_belief_lies_inside_its_ellipse():
    covariance = np.array([[0.04, 0.015], [0.015, 0.02]])
    outline = np.array(ellipse((0.1, -0.2), (0.04, 0.015, 0.02), 68))
    distance = np.sqrt(
        np.einsum("ij,jk,ik->i", outline - [0.1, -0.2], np.linalg.inv(covariance), outline - [0.1, -0.2])
    )
    np.testing.assert_allclose(distance, math.sqrt(-2 * math.log(0.32)), rtol=0.02)
    draws = np.random.default_rng(0).multivariate_normal([0, 0], covariance, 20_000)
    inside = np.einsum("ij,jk,ik->i", draws, np.linalg.inv(covariance), draws) <= distance.mean() ** 2
    assert inside.mean() == pytest.approx(0.68, abs=0.01)


@given(st.floats(0.001, 1), st.floats(-0.99, 0.99), st.floats(0.001, 1))
def test_95_percent_holds_68_percent_and_both_close(vv, correlation, aa):
    va = correlation * math.sqrt(vv * aa)
    inner, outer = (np.array(ellipse((0, 0), (vv, va, aa), percent)) for percent in (68, 95))
    assert np.ptp(outer, axis=0) == pytest.approx(np.ptp(inner, axis=0) * 1.6216, rel=0.05, abs=0.005)
    np.testing.assert_allclose(inner[0], inner[-1], atol=0.002)


def window(scores, samples=1000):
    names = tuple(f"C{index}" for index in range(len(scores)))
    quality = tuple(ChannelQuality(name, score) for name, score in zip(names, scores, strict=True))
    data = np.full((len(scores), samples), SPACING_UV / 2)
    return Window(data, 250.0, names, 4.0, quality)


def test_a_positive_deflection_points_up_from_its_own_row():
    for row, series in enumerate(traces(window([1.0, 0.6, 0.1]))):
        assert len(series["data"]) == POINTS
        assert set(series["data"]) == {row - 0.5}


def test_an_artefact_stays_near_its_row():
    loud = window([1.0])
    loud.data[:] = 5000
    assert min(traces(loud)[0]["data"]) == -1.5


def test_traces_are_coloured_by_quality():
    colours = [series["lineStyle"]["color"] for series in traces(window([0.9, 0.6, 0.1]))]
    assert colours == [COLOURS["good"], COLOURS["fair"], COLOURS["poor"]]


def test_a_reason_names_its_channel_once():
    assert in_words(ChannelQuality("C3", 0.5, ("C3: flat", "loose"))) == "C3 0.50 flat, loose"


@pytest.mark.parametrize(
    ("score", "word"),
    [(1, "good"), (0.8, "good"), (0.79, "fair"), (0.5, "fair"), (0.49, "poor"), (0, "poor")],
)
def test_grades(score, word):
    assert grade(score) == word


def test_a_filled_form_becomes_a_session():
    config, blinded = configured(SessionConfig(), FORM)
    assert (config.arm, config.minutes, config.seed, blinded) == ("open", 5.0, 3, False)


def test_a_blinded_session_draws_every_arm_and_never_tells():
    drawn = {configured(SessionConfig(), {**FORM, "arm": BLINDED})[0].arm for _ in range(200)}
    assert drawn == set(ARMS)
    assert configured(SessionConfig(), {**FORM, "arm": BLINDED})[1]


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("minutes", "-1", "minutes"),
        ("goal", "fly", "goal 'fly'"),
        ("seed", "x", "seed"),
        ("arm", "up", "arm"),
    ],
)
def test_a_mistake_in_the_form_is_one_line(field, value, line):
    with pytest.raises(InvalidConfig, match=line) as error:
        configured(SessionConfig(), {**FORM, field: value})
    assert "\n" not in str(error.value)


def test_bars_and_beats_count_from_one():
    beat = BeatEvent(
        time=0,
        bar=2,
        beat=0,
        notes=3,
        valence=0.25,
        arousal=-0.5,
        tempo_bpm=62.4,
        density=0.3,
        dynamics=0.4,
        facts={"key": "C", "mode": "major", "chord": "Am7"},
    )
    shown = figures(beat)
    assert (shown["bar.beat"], shown["key"], shown["tempo"]) == ("3.1", "C major", "62 bpm")
    assert shown["arousal"] == "\u22120.50"


def test_the_listeners_counters_stand_beside_the_sessions_own():
    status = {
        "samples_in": 500,
        "samples_recorded": 498,
        "underruns": 0,
        "audio": {"seconds": 2, "peak_dbfs": -9.25, "rms_dbfs": -120.0},
        "dose": {"percent": 0.021, "basis": "assumed"},
        "cpu_share": 0.123,
    }
    alone = counts(status, {}, 0)
    assert alone["underruns heard"] == "nobody listens"
    assert alone["peak"] == "\u22129.2 dBFS"
    assert alone["RMS"] == "-"
    assert alone["samples recorded"] == "498 of 500"
    assert counts(status, {"underruns": 2}, 3)["underruns heard"] == "2, 3 dropped"


def test_numbers_read_the_same_everywhere():
    assert signed(-0.001) == "+0.00"
    assert (signed(0), signed(-0.251), clock(0), clock(61.9)) == ("+0.00", "\u22120.25", "0:00", "1:01")


def test_a_blinded_draw_leaves_out_a_sham_that_could_not_run() -> None:
    real = {**FORM, "source": "lsl:Headband", "arm": BLINDED}
    drawn = {configured(SessionConfig(), real)[0].arm for _ in range(200)}
    assert drawn == {"closed", "open", "random"}
    donated = {configured(SessionConfig(), {**real, "sham_from": "donor"})[0].arm for _ in range(200)}
    assert donated == {"closed", "open", "sham", "random"}


@pytest.mark.parametrize(
    ("variances", "reason", "line"),
    [
        ((0.25, 0.25), "no baseline yet", "Nothing is decoded: no baseline yet."),
        ((0.25, 0.07), "valence not trained", "Only arousal is decoded: valence not trained."),
        (
            (0.2, 0.2),
            "unlike anything it was trained on",
            "Decoded with reserve: unlike anything it was trained on.",
        ),
        ((0.1, 0.1), "", ""),
    ],
)
def test_where_the_decoder_says_nothing_one_line_says_why(variances, reason, line) -> None:
    state = StateEvent(
        time=4.0,
        decoder="graph",
        decoded_mean=(0.0, 0.0),
        decoded_covariance=(variances[0], 0.0, variances[1]),
        belief_mean=(0.0, 0.0),
        belief_covariance=(0.25, 0.0, 0.25),
        resting=False,
        usable_share=1.0,
        reason=reason,
    )
    assert unsaid(state) == line
    view = LiveView()
    view.fold(state)
    assert (line in plane_in_words(view)) if line else plane_in_words(view).endswith("(mean ± SD).")
