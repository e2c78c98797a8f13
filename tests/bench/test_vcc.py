"""The fingerprint of video contribution collapse."""

import numpy as np
import pytest
from run_folders import attention_of, emomm_items, failure, write_run

from affectlab.bench.emomm.attention import attention_profiles, attention_rows, first_upper
from affectlab.bench.emomm.clips import clips_of
from affectlab.bench.emomm.vcc import drop_rows, fingerprint, probability_drops
from affectlab.bench.results import read_run

COLLAPSED = {"T": 1.5, "A": 3.0, "V": 0.0}


def written(folder, weights=COLLAPSED, n=40, attention=True):
    items = emomm_items(n, 5, weights, noise=0.1)
    return items, read_run(write_run(folder, items, attention=attention_of(items) if attention else None))


def keyed(rows):
    return {(one["subset"], one["metric"]): one for one in rows}


def test_drop_is_the_probability_lost_without_the_modality(tmp_path) -> None:
    _, run = written(tmp_path)
    clips = clips_of(run)
    at = {name: row for row, name in enumerate(run.samples.id)}

    def p(name):
        return float(np.exp(run.samples.log_probabilities[at[name], run.samples.truth[at[name]]]))

    drops = probability_drops(run, clips)
    np.testing.assert_allclose(
        drops[7],
        [p("clip0007__TAV") - p(f"clip0007__{without}") for without in ("AV", "TV", "TA")],
    )


def test_a_collapsed_model_loses_nothing_without_video(tmp_path) -> None:
    _, run = written(tmp_path)
    rows = keyed(drop_rows(run, clips_of(run), resamples=200))
    assert abs(rows["conflict", "drop_V"]["value"]) < 0.02
    assert rows["aligned", "drop_A"]["low"] > 0.1
    assert rows["aligned", "drop_A"]["n"] + rows["conflict", "drop_A"]["n"] == 40


def test_shares_of_heads_and_layers_are_means_over_clips(tmp_path) -> None:
    items, run = written(tmp_path)
    shares, _ = attention_of(items)
    complete = [row for row, one in enumerate(items) if one["id"].endswith("__TAV")]
    profile = attention_profiles(run, clips_of(run), resamples=50)["aligned+conflict"]
    assert profile.n == 40
    np.testing.assert_allclose(profile.heads, shares[complete].mean(axis=0)[..., :3], atol=1e-3)
    layer = [[one.value for one in three] for three in profile.shares]
    np.testing.assert_allclose(layer, shares[complete].mean(axis=(0, 2))[:, :3], atol=1e-3)
    assert all(one.low < one.value < one.high for three in profile.shares for one in three)


def test_efficiency_and_dominance_are_their_formulas(tmp_path) -> None:
    items, run = written(tmp_path)
    shares, tokens = attention_of(items)
    complete = [row for row, one in enumerate(items) if one["id"].endswith("__TAV")]
    upper = shares[complete][:, first_upper(6) :].mean(axis=(0, 1, 2))
    there = tokens[complete][0]
    rows = keyed(attention_rows(run, clips_of(run), resamples=50))
    assert rows["aligned+conflict", "share_V"]["value"] == pytest.approx(upper[2], abs=1e-3)
    assert rows["aligned+conflict", "aei_V"]["value"] == pytest.approx(
        upper[2] / (there[2] / there.sum()), rel=0.01
    )
    assert rows["aligned+conflict", "mdi_T_V"]["value"] == pytest.approx(
        (upper[0] / there[0]) / (upper[2] / there[2]), rel=0.01
    )


def test_uniform_attention_is_efficiency_and_dominance_one(tmp_path) -> None:
    items = emomm_items(12, 5, COLLAPSED)
    shares, tokens = attention_of(items)
    shares[:] = (tokens / tokens.sum(axis=1, keepdims=True))[:, None, None, :]
    run = read_run(write_run(tmp_path, items, attention=(shares, tokens)))
    rows = keyed(attention_rows(run, clips_of(run), resamples=50))
    for metric in ("aei_T", "aei_A", "aei_V", "mdi_T_V", "mdi_T_A", "mdi_A_V"):
        assert rows["aligned+conflict", metric]["value"] == pytest.approx(1, rel=0.01)


def test_pairs_say_nothing_of_the_modality_they_lack(tmp_path) -> None:
    _, run = written(tmp_path)
    rows = keyed(attention_rows(run, clips_of(run), resamples=20))
    assert ("TV", "share_V") in rows
    assert not {("TV", "share_A"), ("TV", "aei_A"), ("TV", "mdi_T_A"), ("TV", "mdi_A_V")} & rows.keys()


def test_rows_without_attention_are_left_out_and_counted(tmp_path) -> None:
    items = emomm_items(20, 5, COLLAPSED)
    shares, tokens = attention_of(items)
    lost = [row for row, one in enumerate(items) if one["id"] in {"clip0003__TAV", "clip0004__TAV"}]
    shares[lost], tokens[lost] = np.nan, 0
    run = read_run(write_run(tmp_path, items, attention=(shares, tokens)))
    found = keyed(attention_rows(run, clips_of(run), resamples=20))["aligned+conflict", "share_V"]
    assert (found["n"], found["failed"]) == (18, 2)
    assert np.isfinite(found["value"])


def test_a_model_without_attention_still_has_its_behaviour_measured(tmp_path) -> None:
    _, run = written(tmp_path, attention=False)
    found = fingerprint(run, resamples=20)
    assert found.attention == {}
    assert found.select("share_") == []
    assert found.select("drop_")
    assert found.select("shapley_")
    assert found.select("follows_")


def test_answers_in_words_have_a_profile_and_accuracy_but_no_probabilities(tmp_path) -> None:
    items = emomm_items(20, 5, COLLAPSED)
    for one in items:
        one |= {"log_likelihoods": None, "probabilities": None, "text": one["prediction"]}
    found = fingerprint(read_run(write_run(tmp_path, items, mode="generate")), resamples=20)
    assert found.select("drop_") == []
    assert {one["metric"] for one in found.select("shapley_")} == {
        f"shapley_accuracy_{part}" for part in ("T", "A", "V", "empty", "full")
    }
    assert found.select("follows_")


def test_a_run_in_which_everything_failed_has_an_empty_fingerprint(tmp_path) -> None:
    items = [
        failure(one["id"], one["label"], "memory", "too long", details=one["details"])
        for one in emomm_items(3, 0, COLLAPSED)
    ]
    assert fingerprint(read_run(write_run(tmp_path, items)), resamples=20).rows == []
