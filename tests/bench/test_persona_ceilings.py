"""Floors and ceilings: by hand, without leaks, and larger where there is more to find."""

import numpy as np
import pytest
from persona_data import answered, synthetic, with_answer
from persona_files import write_persona

from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.persona._held_out import by_event, by_unit, event_folds, unit_folds
from affectlab.bench.persona._trait_regression import fit, others_shares
from affectlab.bench.persona.answer_table import answer_table
from affectlab.bench.persona.build import build_persona
from affectlab.bench.persona.ceilings import ceiling_rows, standardised, trait_logit_rms


def value(rows: list[dict], method: str, metric: str) -> float:
    return next(row["value"] for row in rows if (row["method"], row["metric"]) == (method, metric))


def test_majorities_by_hand(tmp_path) -> None:
    answers = [("joy", "joy", "fear", "joy"), ("fear", "fear", "fear", "anger"), ("joy", "", "joy", "joy")]
    data = answered(tmp_path, answers, {"g1": ["R1", "R2"], "g2": ["R3", "R4"]})
    rows = ceiling_rows(data, resamples=20)
    assert value(rows, "event-majority-oracle", "top1") == pytest.approx(9 / 11)
    assert value(rows, "event-majority-oracle", "top2") == 1
    # Second event: the last reader sees three times fear; the first event's third sees three times joy.
    assert value(rows, "event-majority-others", "top1") == pytest.approx(9 / 11)
    # Within pairs the other's answer is the majority; who is alone guesses among seven.
    assert value(rows, "group-majority-others", "top1") == pytest.approx((2 + 0 + 2 + 0 + 1 / 7 + 2) / 11)
    assert value(rows, "group-majority-oracle", "top2") == 1
    assert {row["n"] for row in rows if row["method"] == "majority"} == {11}
    assert not [row for row in rows if row["method"].startswith("traits")]


def test_own_base_rate_knows_a_habit_that_the_majority_does_not(tmp_path) -> None:
    rows = ceiling_rows(
        answered(tmp_path, [("joy", "fear", "joy", "anger")] * 10, {"g1": ["R1"], "g2": ["R2"]}), resamples=20
    )
    assert value(rows, "own-base-rate", "top1") == 1
    assert value(rows, "majority", "top1") == 0.5
    assert value(rows, "human-split-half", "js") > 0


def changed(data: Dataset, event: int, reader: str) -> Dataset:
    old = data.samples[event].details["readers"][reader]["emotion"]
    return with_answer(data, event, reader, "joy" if old != "joy" else "fear")


def test_a_prediction_by_event_never_saw_the_answer_or_other_answers_of_its_fold(tmp_path) -> None:
    data = synthetic(tmp_path, 0.5, events=15)
    table, other = answer_table(data), answer_table(changed(data, 4, "R1"))
    features = standardised(table.traits)
    before, after = (by_event(one, features, 0) for one in (table, other))
    assert before[0, 4] == pytest.approx(after[0, 4], abs=1e-3)
    assert np.abs(before[1, 4] - after[1, 4]).max() > 1e-2


def test_a_prediction_by_reader_never_saw_that_readers_answers(tmp_path) -> None:
    data = synthetic(tmp_path, 0.5, events=15)
    table = answer_table(data)
    before, after = (by_unit(one, table.traits, 0) for one in (table, answer_table(changed(data, 4, "R1"))))
    held = next(fold for fold in unit_folds(table, 0) if fold[0])
    assert np.array_equal(before[held], after[held])
    assert not np.array_equal(before[~held], after[~held])


def test_events_with_the_same_words_are_held_out_together(tmp_path) -> None:
    table = answer_table(synthetic(tmp_path, events=30))
    table.sources[:] = [str(number // 3) for number in range(30)]
    for held in event_folds(table, 0):
        assert not set(table.sources[held]) & set(table.sources[~held])


def test_the_gradient_leads_to_a_known_truth() -> None:
    generator = np.random.default_rng(0)
    features = generator.standard_normal((40, 2))
    weights = np.array([[1.0, -1.0, 0.0], [0.0, 0.5, -0.5]])
    others = np.log(generator.dirichlet([1, 1, 1], 400))
    logits = others + (features @ weights)[:, None]
    codes = np.argmax(logits + generator.gumbel(size=logits.shape), axis=2)
    found = fit(np.eye(3)[codes], np.broadcast_to(others, logits.shape), features)
    assert found.slope == pytest.approx(1, abs=0.1)
    assert np.allclose(found.weights - found.weights.mean(axis=1, keepdims=True), weights, atol=0.35)
    assert np.allclose(found.conformity, 0, atol=0.1)
    assert np.corrcoef(found.weights.ravel(), weights.ravel())[0, 1] > 0.98


def test_the_own_answer_is_taken_out_of_what_others_said() -> None:
    own = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    shares = np.exp(others_shares(own.sum(axis=0), own))
    assert shares[0, 0] == pytest.approx(shares[1, 0][::-1])
    assert shares[0, 0, 1] > shares[0, 0, 0]


def test_regressions_find_what_was_planted_and_nothing_else(tmp_path) -> None:
    none, some = (synthetic(tmp_path / str(effect), effect, events=60) for effect in (0, 1))
    without, planted = (ceiling_rows(data, resamples=50) for data in (none, some))
    for method in ("traits-by-reader", "traits-by-event"):
        assert value(without, method, "mcfadden_r2") < 0.005
        assert value(planted, method, "mcfadden_r2") > 0.08
        assert value(planted, method, "top1_gain") > 0.02
    assert value(planted, "traits", "trait_logit_rms") == pytest.approx(1, abs=0.35)
    assert value(without, "traits", "trait_logit_rms") < 0.2
    for row in planted:
        if row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"], row


def test_what_groups_alone_do_not_allow_is_none(tmp_path, licensed) -> None:
    folder = write_persona(tmp_path / "in", answers=None)
    build_persona(tmp_path / "out", files=str(folder), accept_licence=True)
    data = read_dataset(tmp_path / "out")
    rows = ceiling_rows(data, resamples=10)
    for method in ("group-majority-oracle", "group-majority-others", "human-split-half"):
        assert value(rows, method, "top1") is None
    assert value(rows, "event-majority-oracle", "top2") == 1
    table = answer_table(data)
    features = standardised(table.traits)
    assert features is not None
    assert trait_logit_rms(table, features) >= 0
