"""Arms evaluated from end to end, stopped, resumed and refused."""

import threading

import numpy as np
import pytest
from played_music import Pulse, mood_files, write_emopia

from affectlab.errors import InvalidConfig, InvalidData
from affectlab.music.evaluation.clap import ABSENT
from affectlab.music.evaluation.driver import Arm, Yardsticks, evaluate
from affectlab.music.evaluation.emopia import read_clips
from affectlab.music.evaluation.fitting import examples_of
from affectlab.music.evaluation.plans import draw_plans
from affectlab.music.evaluation.predictors import fit_all
from affectlab.music.evaluation.progress import Interrupted

pytest.importorskip("sklearn")
pytest.importorskip("symusic")

PLANS = draw_plans(12, bars=16)
ARMS = {"none": Arm(lambda seed: Pulse(seed, deaf=True), "deaf"), "full": Arm(Pulse, "pulse")}


@pytest.fixture(scope="module")
def yardsticks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emopia")
    clips = read_clips(write_emopia(folder / "e.tar.gz", mood_files(6)))
    examples = examples_of(clips, folder / "features", names=("cues",), stop=threading.Event())
    return Yardsticks(fit_all(examples))


def test_a_composer_that_listens_beats_one_that_does_not(yardsticks, tmp_path) -> None:
    found = evaluate(ARMS, PLANS, yardsticks, tmp_path, resamples=100, stop=threading.Event())
    rows = {(r["arm"], r.get("against"), r["metric"]): r for r in found.rows}
    assert rows["full", None, "r2_arousal"]["value"] > 0.7
    assert rows["full", None, "r2_valence"]["value"] > 0.3 > rows["none", None, "r2_valence"]["value"]
    assert rows["none", None, "r2_arousal"]["value"] < 0.3
    assert rows["full", "none", "emo_mse_relative"]["high"] < -0.3
    assert rows["full", None, "dyn_corr"]["value"] > 0.8
    assert rows["full", None, "dyn_corr_sound"]["value"] > 0.8
    assert rows["full", "none", "plan_cons"]["low"] > 0
    assert rows["full", None, "step_beats_arousal"]["value"] <= 4
    assert rows["none", None, "step_beats_arousal"]["value"] is None
    assert rows["full", None, "emo_mse"]["n"] == 9
    assert rows["full", None, "dyn_corr"]["n"] == 3
    assert found.notes == (ABSENT,)
    assert not any(row["metric"] == "fad" for row in found.rows)
    for row in found.rows:
        if row["value"] is not None:
            assert np.isfinite([row["value"], row["low"], row["high"]]).all()


def test_a_stopped_evaluation_keeps_its_takes_and_goes_on(yardsticks, tmp_path) -> None:
    stop, told, made = threading.Event(), [], []

    def progress(done, total):
        told.append((done, total))
        if done == 5:
            stop.set()

    def make(seed):
        made.append(seed)
        return Pulse(seed)

    arms = {"full": Arm(make, "pulse")}
    with pytest.raises(Interrupted):
        evaluate(arms, PLANS, yardsticks, tmp_path, stop=stop, progress=progress)
    assert told == [(n, 12) for n in range(1, 6)]
    # One of the five was cut off by a machine that stopped.
    damaged = sorted((tmp_path / "full" / "takes").iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:50])
    resumed = evaluate(arms, PLANS, yardsticks, tmp_path, resamples=50, stop=threading.Event())
    assert len(made) == 13
    fresh = evaluate(arms, PLANS, yardsticks, tmp_path / "fresh", resamples=50, stop=threading.Event())
    assert resumed.rows == fresh.rows


def test_arms_can_be_added_but_not_mixed_up(yardsticks, tmp_path) -> None:
    def run(arms, plans=PLANS):
        return evaluate(arms, plans, yardsticks, tmp_path, resamples=20, stop=threading.Event())

    run({"full": ARMS["full"]})
    assert {row["arm"] for row in run(ARMS).rows} == {"none", "full"}
    with pytest.raises(InvalidData, match="other plans or weights; choose another --work"):
        run({"full": Arm(Pulse, "other weights")})
    with pytest.raises(InvalidData, match="other plans or weights"):
        run({"full": ARMS["full"]}, draw_plans(12, bars=16, seed=1))
    (tmp_path / "full" / "arm.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidData, match="choose another --work"):
        run({"full": ARMS["full"]})


def test_without_arms_or_predictors_there_is_nothing_to_evaluate(yardsticks, tmp_path) -> None:
    with pytest.raises(InvalidConfig, match="nothing to evaluate"):
        evaluate({}, PLANS, yardsticks, tmp_path, stop=threading.Event())
    with pytest.raises(InvalidConfig, match="nothing to evaluate"):
        evaluate(ARMS, PLANS, Yardsticks(()), tmp_path, stop=threading.Event())
