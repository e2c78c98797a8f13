import numpy as np
import pytest

from affectlab.session.events import StateEvent
from affectlab.session.summary import summarise

STATUS = {
    "samples_in": 100,
    "samples_recorded": 90,
    "windows": 3,
    "latency_ms": {"sample_to_control": {"p50": 1.0, "p99": 2.0}},
    "underruns": 1,
    "fallbacks": 0,
    "planning": {"plans": {"rules": 1}, "fallbacks": 0},
    "audio": {"seconds": 4.0, "peak_dbfs": -3.0, "rms_dbfs": -20.0},
    "cpu_share": 0.1,
    "dose": {"percent": 1.0},
}


def states(truth=None, belief=(0.0, 0.0)) -> list[StateEvent]:
    return [
        StateEvent(
            time=float(time),
            decoder="d",
            decoded_mean=(0.0, 0.0),
            decoded_covariance=(0.1, 0.0, 0.1),
            belief_mean=belief,
            belief_covariance=(0.1, 0.0, 0.1),
            resting=False,
            usable_share=1.0,
            truth=truth,
        )
        for time in np.arange(4, 100, 0.5)
    ]


def test_figures_are_those_of_the_status() -> None:
    content = summarise(STATUS, states(), (0.0, 0.0), 10.0, "stopped").to_json()
    assert {key: content[key] for key in STATUS if key != "dose"} == {
        k: v for k, v in STATUS.items() if k != "dose"
    }
    assert content["ended"] == "stopped"


def test_outcome_is_measured_from_the_truth_where_it_is_known() -> None:
    outcome = summarise(STATUS, states(truth=(0.3, -0.1)), (0.0, -0.5), 10.0, "").outcome
    assert outcome["basis"] == "truth"
    assert outcome["final_distance"] == pytest.approx(0.5)


def test_outcome_falls_back_on_the_belief_when_the_truth_has_a_gap() -> None:
    known = states(truth=(0.3, -0.1), belief=(0.0, 0.1))
    gap = [*known[:-1], states(belief=(0.0, 0.1))[-1]]
    outcome = summarise(STATUS, gap, (0.0, -0.5), 10.0, "").outcome
    assert outcome["basis"] == "belief"
    assert outcome["final_distance"] == pytest.approx(0.6)


def test_no_music_no_outcome() -> None:
    assert summarise(STATUS, states(), (0.0, 0.0), None, "").outcome is None
    assert summarise(STATUS, [], (0.0, 0.0), 10.0, "").outcome is None
