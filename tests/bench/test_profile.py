"""Whose side answers take when modalities disagree."""

import json

import numpy as np
import pytest
from run_folders import clip_items, emomm_items, evidence, item, write_run

from affectlab.bench.emomm.clips import clips_of
from affectlab.bench.emomm.profile import conflicts, human_rows, profile_rows, sides
from affectlab.bench.results import read_run


def clip(name, labels, answers):
    """Samples of a clip with given channel labels and an answer for each set of modalities shown."""
    return [
        item(
            f"{name}__{shown}",
            labels["M"],
            answer,
            subset="conflict" if len(shown) == 3 else "missing_conflict",
            details=json.dumps({"clip": name, "modalities": shown, "labels": labels}),
        )
        for shown, answer in answers.items()
    ]


def channels(t, a, v, m="P"):
    return {"T": t, "A": a, "V": v, "M": m}


def profile(folder, items):
    run = read_run(write_run(folder, items))
    rows = profile_rows(run, clips_of(run), resamples=50)
    return {(one["subset"], one["metric"]): one["value"] for one in rows}


def test_the_odd_one_out_is_found_by_polarity(tmp_path) -> None:
    found = profile(
        tmp_path,
        [
            *clip("one", channels("P", "N", "WP"), {"TAV": "WN"}),
            *clip("two", channels("P", "WN", "P"), {"TAV": "P"}),
            *clip("three", channels("P", "N", "P"), {"TAV": "Neu"}),
            *clip("four", channels("P", "N", "P"), {"TAV": None}),
            *clip("agreed", channels("P", "WP", "P"), {"TAV": "P"}),
        ],
    )
    assert found == pytest.approx(
        {("odd_A", "follows_pair"): 0.25, ("odd_A", "follows_odd"): 0.25, ("odd_A", "follows_none"): 0.5}
    )


def test_three_different_sides_and_pairs_are_told_apart(tmp_path) -> None:
    found = profile(
        tmp_path,
        [
            *clip("one", channels("P", "N", "Neu"), {"TAV": "Neu", "TA": "WP", "AV": "N"}),
            *clip("two", channels("WP", "WN", "Neu"), {"TAV": "N", "TA": "Neu", "AV": "Neu"}),
        ],
    )
    assert found["all_differ", "follows_V"] == 0.5
    assert found["all_differ", "follows_A"] == 0.5
    assert found["T_vs_A", "follows_T"] == 0.5
    assert found["T_vs_A", "follows_none"] == 0.5
    assert found["A_vs_V", "follows_A"] == found["A_vs_V", "follows_V"] == 0.5
    assert ("T_vs_V", "follows_T") not in found


def test_shares_of_each_kind_add_up_to_one(tmp_path) -> None:
    run = read_run(write_run(tmp_path, emomm_items(80, 1, {"T": 1, "A": 1, "V": 1}, noise=1.0)))
    for kind in conflicts(run, clips_of(run)):
        np.testing.assert_allclose(np.sum(list(kind.follows.values()), axis=0), 1)


@pytest.mark.parametrize("strong", ["T", "A", "V"])
def test_a_model_that_hears_one_modality_follows_it(tmp_path, strong) -> None:
    weights = {modality: 5.0 if modality == strong else 0.2 for modality in "TAV"}
    found = profile(tmp_path, emomm_items(80, 1, weights, conflict=1.0))
    assert found[f"odd_{strong}", "follows_odd"] > 0.95
    others = [one for one in "TAV" if one != strong]
    assert all(found[f"odd_{one}", "follows_pair"] > 0.95 for one in others)


def test_labels_without_order_are_sides_of_their_own(tmp_path) -> None:
    emotions = {"anger": "anger", "sad": "sad", "joy": "joy"}
    labels = {"T": "joy", "A": "anger", "V": "sad", "M": "sad"}
    details = json.dumps({"clip": "c", "modalities": "AV", "labels": labels})
    row = item("c__AV", "sad", "sad", labels=tuple(emotions), subset="missing_conflict", details=details)
    run = read_run(write_run(tmp_path, [row], labels=emotions, values={}))
    assert sides(run).tolist() == [0, 1, 2]
    (kind,) = conflicts(run, clips_of(run))
    assert kind.name == "A_vs_V"
    assert kind.follows["V"].tolist() == [1.0]


def test_failed_samples_and_clips_without_labels_have_no_say(tmp_path) -> None:
    rng = np.random.default_rng(0)
    items = clip_items("c", channels("P", "N", "P"), evidence({"T": 1, "A": 1, "V": 1}), rng)
    for one in items:
        one |= {"status": "failed", "prediction": None}
    unlabelled = item("d__TAV", "P", "P", details=json.dumps({"clip": "d", "modalities": "TAV"}))
    run = read_run(write_run(tmp_path, [*items, unlabelled]))
    assert conflicts(run, clips_of(run)) == []


def test_human_viewers_follow_the_face() -> None:
    found = {one["metric"]: one for one in human_rows()}
    assert found["follows_V"]["value"] == pytest.approx(0.675, abs=0.001)
    assert found["follows_A"]["value"] == pytest.approx(0.196, abs=0.001)
    assert sum(one["value"] for one in found.values()) == pytest.approx(1)
    assert found["follows_V"]["n"] == 2794
