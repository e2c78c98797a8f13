"""Rows, intervals and differences, on takes of which they are known."""

import numpy as np
import pytest

from affectlab.music.evaluation.measuring import BEFORE, Measured
from affectlab.music.evaluation.table import table
from affectlab.music.evaluation.targets import TARGETS, judged


def rows_of(arms, human=None, resamples=200):
    return {(r["arm"], r.get("against"), r["metric"]): r for r in table(arms, human, resamples=resamples)}


AXES = ("valence", "arousal")


def moods(mse, bias=(0.0, 0.0)):
    """Return what a take whose error is `mse` on both axes has, with its mean errors."""
    found = {"emo_mse": float(mse)} | {f"emo_mse_{axis}": float(mse) for axis in AXES}
    return found | {f"bias_{axis}": one for axis, one in zip(AXES, bias, strict=True)}


def takes(values):
    return [Measured(f"plan-{i}", moods(v)) for i, v in enumerate(values)]


def test_means_have_intervals_and_differences_are_paired() -> None:
    # The plans differ a hundred times more than the arms do: only a paired interval sees it.
    base = np.linspace(1, 2, 20)
    found = rows_of({"none": takes(base), "full": takes(base - 0.01), "global": takes(base - 0.005)})
    assert found["none", None, "emo_mse"]["value"] == pytest.approx(1.5)
    assert found["none", None, "emo_mse"]["low"] < 1.45
    assert found["none", None, "emo_mse"]["high"] > 1.55
    difference = found["full", "none", "emo_mse"]
    assert [difference[k] for k in ("value", "low", "high")] == pytest.approx([-0.01] * 3)
    assert difference["p"] == pytest.approx(2 / 201)
    assert found["full", "global", "emo_mse"]["value"] == pytest.approx(-0.005)
    assert found["full", "none", "emo_mse_relative"]["value"] == pytest.approx(-0.01 / 1.5)
    assert ("none", "none", "emo_mse") not in found


def test_a_metric_counts_the_takes_that_have_it() -> None:
    some = [Measured("a", {"dyn_corr": 0.5}), Measured("b", {}), Measured("c", {"dyn_corr": 0.7})]
    other = [Measured("a", {"dyn_corr": 0.1}), Measured("b", {"dyn_corr": 0.9}), Measured("c", {})]
    found = rows_of({"none": some, "rules": other})
    assert (found["none", None, "dyn_corr"]["value"], found["none", None, "dyn_corr"]["n"]) == (
        pytest.approx(0.6),
        2,
    )
    assert found["rules", None, "dyn_corr"]["value"] == pytest.approx(0.5)
    # Only plan "a" has it in both.
    row = found["rules", "none", "dyn_corr"]
    assert [row[key] for key in ("value", "low", "high", "n")] == [None, None, None, 1]


def test_a_predictor_that_is_off_by_a_constant_does_not_count_in_the_centred_error() -> None:
    # Errors of +0.6 and +0.2 on valence, of -0.5 on arousal, without any spread within a take.
    arm = [
        Measured(f"p{i}", moods(0.0, (v, -0.5)) | {"emo_mse_valence": v * v, "emo_mse_arousal": 0.25})
        for i, v in enumerate((0.6, 0.2))
    ]
    row = rows_of({"rules": arm})["rules", None, "emo_mse_centred"]
    assert row["value"] == pytest.approx(0.2**2 / 2)


def test_r2_pools_both_halves_of_all_takes() -> None:
    rng = np.random.default_rng(0)
    requested = rng.uniform(-1, 1, (12, 2))
    measured = 0.3 * requested + 0.4
    arm = [
        Measured(f"p{i}", {}, {("arousal", "both"): np.stack([requested[i], measured[i]], axis=1)})
        for i in range(12)
    ]
    row = rows_of({"rules": arm})["rules", None, "r2_arousal"]
    assert (row["value"], row["low"], row["n"]) == (pytest.approx(1), pytest.approx(1), 12)


def test_steps_are_timed_on_the_mean_response() -> None:
    rng = np.random.default_rng(0)
    clean = np.concatenate([np.zeros(BEFORE), np.linspace(0.1, 1, 10), np.ones(38)])
    noisy = [Measured(f"p{i}", {}, {}, {"valence": clean + rng.normal(0, 0.3, 72)}) for i in range(40)]
    found = rows_of(
        {"full": noisy, "none": [Measured(f"p{i}", {}, {}, {"valence": 0 * clean}) for i in range(40)]}
    )
    assert found["full", None, "step_beats_valence"]["value"] == pytest.approx(4, abs=1)
    assert found["full", None, "step_change_valence"]["value"] == pytest.approx(1, abs=0.1)
    assert found["none", None, "step_beats_valence"]["value"] is None
    assert found["full", "none", "step_beats_valence"]["value"] is None


def test_a_share_of_undefined_resamples_is_told() -> None:
    still, moving = np.zeros(72), np.concatenate([np.zeros(BEFORE), np.ones(48)])
    arm = [Measured(f"p{i}", {}, {}, {"arousal": moving if i < 1 else still}) for i in range(4)]
    row = rows_of({"rules": arm})["rules", None, "step_beats_arousal"]
    assert row["value"] == 0
    # No resample holds the only take that moves with probability (3/4)^4.
    assert row["undefined"] == pytest.approx(0.75**4, abs=0.1)


def test_distances_from_human_music() -> None:
    human = {"groove_consistency": np.array([0.4, 0.6, 0.8])}
    arm = [Measured(f"p{i}", {"groove_consistency": float(v)}) for i, v in enumerate((0.4, 0.6, 0.8))]
    found = rows_of({"rules": arm}, human)
    assert found["rules", None, "groove_consistency_distance"]["value"] == 0
    assert ("rules", None, "groove_consistency_distance") not in rows_of({"rules": arm})


def test_every_target_is_judged_where_its_arms_are_there() -> None:
    base = np.linspace(0.4, 0.6, 30)
    rng = np.random.default_rng(0)

    def arm(mse, other):
        values = [moods(m) | {"dyn_corr": other, "plan_cons": other} for m in mse]
        points = rng.uniform(-1, 1, (30, 2, 1))
        pairs = [
            {(axis, "both"): np.repeat(one, 2, axis=1) for axis in ("valence", "arousal")} for one in points
        ]
        return [Measured(f"p{i}", v, p) for i, (v, p) in enumerate(zip(values, pairs, strict=True))]

    full, ground, none = arm(0.5 * base, 0.9), arm(0.7 * base, 0.75), arm(base, 0.6)
    found = judged(table({"none": none, "global": ground, "full": full}, None, resamples=100))
    assert len(found) == len(TARGETS)
    assert all(row["met"] and row["sure"] for row in found)
    worse = judged(
        table({"none": none, "global": ground, "full": arm(0.65 * base, 0.7)}, None, resamples=100)
    )
    missed = {(row["metric"], row["against"]) for row in worse if not row.get("met") and "against" in row}
    assert missed == {
        ("emo_mse_relative", "none"), ("dyn_corr", "none"), ("plan_cons", "none"), ("dyn_corr", "global"),
        ("plan_cons", "global"),
    }  # fmt: skip
    assert judged(table({"rules": full}, None, resamples=100)) == []


def test_a_value_that_reaches_a_target_need_not_do_so_surely() -> None:
    row = {"arm": "full", "against": "none", "metric": "plan_cons", "value": 0.25, "low": 0.1, "high": 0.4}
    (found,) = judged([row])
    assert (found["target"], found["met"], found["sure"]) == (0.2, True, False)
