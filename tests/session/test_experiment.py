import json

import pytest

from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.session.config import SessionConfig
from affectlab.session.experiment import Condition, compare, run_experiment

TINY = SessionConfig(minutes=0.3, rest_seconds=10, rating_seconds=0, speed=float("inf"), synth="builtin")


def run(out, base=TINY, **chosen):
    told = []
    settings = {"arms": ("closed", "random"), "decoders": ("bandpower",), "seeds": range(2), "workers": 2}
    rows = run_experiment(base, out=out, done=lambda *counts: told.append(counts), **{**settings, **chosen})
    return rows, told


def result(arm: str, seed: int, distance: float, reached: float | None) -> tuple[Condition, dict]:
    config = SessionConfig(arm=arm, seed=seed, minutes=5).to_json()
    outcome = {"final_distance": distance, "reached_s": reached}
    return Condition(arm, "bandpower", seed), {"config": config, "outcome": outcome}


def find(rows, **about) -> dict:
    (row,) = [row for row in rows if about.items() <= row.items()]
    return row


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    out = tmp_path_factory.mktemp("experiment") / "results"
    return out, *run(out)


# Comparing


def test_a_constant_difference_is_found_exactly_and_paired() -> None:
    results = dict(
        one
        for seed in range(12)
        for one in (
            result("closed", seed, 0.2 + 0.05 * seed, 100.0 + seed),
            result("open", seed, 0.5 + 0.05 * seed, None),
        )
    )
    rows = compare(results)
    difference = find(rows, arm="closed - open", metric="final_distance")
    assert (difference["value"], difference["n"]) == (pytest.approx(-0.3), 12)
    assert (difference["low"], difference["high"]) == pytest.approx((-0.3, -0.3), abs=1e-9)
    assert difference["p"] < 0.01
    alone = find(rows, arm="closed", metric="final_distance")
    assert alone["value"] == pytest.approx(0.475)
    assert alone["low"] < 0.45
    assert alone["high"] > 0.5


def test_never_reached_counts_as_the_whole_time_of_music() -> None:
    rows = compare(dict(result("closed", seed, 0.3, 60.0 if seed else None) for seed in range(4)))
    assert find(rows, metric="reached")["value"] == 0.75
    # Five minutes with one of rest leave 240 s of music.
    assert find(rows, metric="seconds_to_region")["value"] == pytest.approx((240 + 3 * 60) / 4)


def test_no_difference_is_not_significant() -> None:
    results = dict(
        one
        for seed in range(10)
        for one in (
            result("closed", seed, 0.3 + 0.1 * (-1) ** seed, 50.0),
            result("sham", seed, 0.3 - 0.1 * (-1) ** seed, 50.0),
        )
    )
    difference = find(compare(results), arm="closed - sham", metric="final_distance")
    assert difference["value"] == pytest.approx(0)
    assert difference["low"] < 0 < difference["high"]
    assert difference["p"] > 0.5


def test_only_listeners_who_were_in_both_arms_are_compared() -> None:
    results = dict([result("closed", seed, 0.2, 1.0) for seed in range(5)])
    results |= dict([result("open", seed, 0.4, 1.0) for seed in range(2, 8)])
    assert find(compare(results), arm="closed - open", metric="reached")["n"] == 3


def test_without_the_closed_arm_there_is_nothing_to_compare_with() -> None:
    rows = compare(dict(result("open", seed, 0.2, 1.0) for seed in range(3)))
    assert {row["arm"] for row in rows} == {"open"}


# Running


def test_every_condition_runs_once_and_is_kept(experiment) -> None:
    out, rows, told = experiment
    assert sorted(file.name for file in out.iterdir()) == [
        f"{arm}-bandpower-{seed}.json" for arm in ("closed", "random") for seed in (0, 1)
    ]
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert {(row["arm"], row["metric"]) for row in rows} == {
        (arm, metric)
        for arm in ("closed", "random", "closed - random")
        for metric in ("final_distance", "seconds_to_region", "reached")
    }
    assert all(row["low"] <= row["value"] <= row["high"] and row["n"] == 2 for row in rows)


def test_a_listener_starts_the_same_in_every_arm(experiment) -> None:
    out, *_ = experiment
    starts = {file.stem: json.loads(file.read_text())["outcome"]["start_distance"] for file in out.iterdir()}
    assert starts["closed-bandpower-0"] == pytest.approx(starts["random-bandpower-0"], abs=0.05)
    assert starts["closed-bandpower-0"] != starts["closed-bandpower-1"]


def test_finished_sessions_are_not_run_again(experiment) -> None:
    out, rows, _ = experiment
    before = {file: file.stat().st_mtime_ns for file in out.iterdir()}
    (out / "random-bandpower-1.json").unlink()
    again, told = run(out)
    assert again == rows
    assert told == [(3, 4), (4, 4)]
    assert {file.name for file in out.iterdir() if file.stat().st_mtime_ns != before[file]} == {
        "random-bandpower-1.json"
    }


def test_results_under_other_settings_are_not_taken_over(experiment, tmp_path) -> None:
    out, *_ = experiment
    for file in out.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    other = TINY.model_copy(update={"minutes": 0.2})
    _, told = run(tmp_path, other, arms=("random",))
    assert told[0] == (0, 2)


def test_a_file_that_is_no_result_is_named(tmp_path) -> None:
    (tmp_path / "closed-bandpower-0.json").write_text("{}")
    with pytest.raises(UnreadableFile, match=r"closed-bandpower-0\.json is not a session's result"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"base": TINY.model_copy(update={"source": "lsl:EEG"})}, "needs --source sim, got 'lsl:EEG'"),
        ({"base": TINY.model_copy(update={"source": "simulate"})}, "needs --source sim, got 'simulate'"),
        ({"base": TINY.model_copy(update={"goal": "bliss"})}, "goal 'bliss' is not known"),
        ({"arms": ("closed", "opne")}, "setting 'arm' is 'opne': input should be 'closed'"),
        ({"decoders": ("tarot",)}, "decoder 'tarot' is not known"),
        ({"arms": ()}, "at least one arm"),
    ],
)
def test_what_cannot_run_is_refused_before_anything_runs(chosen, message, tmp_path) -> None:
    with pytest.raises(InvalidConfig, match=message):
        run(tmp_path / "out", **chosen)
    assert not (tmp_path / "out").exists()


def test_an_error_in_a_session_ends_the_experiment_with_its_one_line(tmp_path) -> None:
    with pytest.raises(InvalidConfig, match="arm sham has no simulated donor"):
        run(tmp_path, TINY.model_copy(update={"rest_seconds": 1.0}), arms=("sham",))
