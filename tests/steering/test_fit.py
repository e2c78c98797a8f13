import threading
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from organism_cases import CLIPS, organism, small_data

from affectlab.errors import SteeringError
from affectlab.models import Media
from affectlab.steering.fit import Measuring, fit
from affectlab.steering.from_plan import steer_model
from affectlab.steering.heads import top
from affectlab.steering.plan import ChaseSettings, read_plan, write_plan

LAYERS = (3, 5)
HEADS = 8
FEW = Measuring(cases=4)
SETTINGS = ChaseSettings(eta=0.9, target={"T": 0.1, "A": 0.1, "V": 0.8}, layers=LAYERS, k=3)


def fitted(measuring=FEW, cases=None, **changes):
    known, labels, data = small_data()
    arguments = {
        name: changes.pop(name) for name in ("seed", "progress", "stop", "partial") if name in changes
    }
    settings = SETTINGS.model_copy(update=changes)
    given = known if cases is None else cases
    return fit(organism(), given, labels, settings, data, measuring=measuring, **arguments)


@cache
def whole_plan():
    return fitted()


def test_a_plan_says_what_to_do_at_every_planned_layer():
    plan = whole_plan()
    assert tuple(plan.layers) == LAYERS
    for one in plan.layers.values():
        assert len(one.heads) == 3
        assert one.probe is not None
        assert 0 <= one.probe.auc <= 1
    assert plan.model.name == "organism"
    assert plan.labels == small_data()[1]
    assert plan.answer_gate is None


def test_every_head_of_the_planned_layers_is_scored_in_all_three_ways():
    scores = whole_plan().scores
    assert [(one.layer, one.head) for one in scores] == [(at, head) for at in LAYERS for head in range(HEADS)]
    for one in scores:
        assert 0 <= one.dominance <= 1
        assert 0 <= one.discriminability <= 1
        assert np.isfinite(one.causal)


def test_the_heads_steered_are_those_of_the_largest_gain():
    plan = whole_plan()
    gains = np.array([one.causal for one in plan.scores]).reshape(len(LAYERS), HEADS)
    for one, chosen in zip(plan.layers.values(), top(gains, 3), strict=True):
        assert one.heads == tuple(np.flatnonzero(chosen))


def test_how_heads_came_to_be_chosen_is_told():
    selection = whole_plan().selection
    assert selection.causal == "exact"
    assert selection.cases == 4
    assert {one.scores for one in selection.overlap} == {
        ("dominance", "discriminability"),
        ("dominance", "causal"),
        ("discriminability", "causal"),
    }
    assert set(selection.stability) == {"dominance", "discriminability", "causal"}
    assert set(selection.followed) <= {"T", "A", "V"}
    assert 0 < selection.chance < 1


def test_a_fitted_plan_steers_the_model_it_was_fitted_on_as_read_from_its_file(tmp_path):
    cases, labels, _ = small_data()
    requests = [case.request for case in cases if case.conflict][:4]
    write_plan(whole_plan(), tmp_path / "chase.json")
    found, read = (
        steer_model(organism(), plan).score(requests, labels)
        for plan in (whole_plan(), read_plan(tmp_path / "chase.json"))
    )
    for one, other in zip(found, read, strict=True):
        np.testing.assert_array_equal(one.log_likelihoods, other.log_likelihoods)


@pytest.mark.parametrize("select", ["dominance", "discriminability"])
def test_heads_are_chosen_by_what_was_asked_for_and_the_causal_score_may_be_left_out(select):
    plan = fitted(Measuring(causal=None, cases=6), small_data()[0][:20], select=select, gate="always")
    found = np.array([getattr(one, select) for one in plan.scores]).reshape(len(LAYERS), HEADS)
    for one, chosen in zip(plan.layers.values(), top(found, 3), strict=True):
        assert one.heads == tuple(np.flatnonzero(chosen))
        assert one.probe is None
    assert {one.causal for one in plan.scores} == {None}
    assert plan.selection.causal is None


def test_gains_may_be_estimated_to_first_order():
    told: list[tuple[int, int]] = []
    few = small_data()[0][:12]
    plan = fitted(
        Measuring(causal="first-order", cases=6), few, gate="always", progress=lambda *one: told.append(one)
    )
    assert plan.selection.causal == "first-order"
    assert told[-1][0] == told[-1][1]
    gains = np.array([one.causal for one in plan.scores]).reshape(len(LAYERS), HEADS)
    for one, chosen in zip(plan.layers.values(), top(gains, 3), strict=True):
        assert one.heads == tuple(np.flatnonzero(chosen))


def test_heads_by_chance_and_all_heads():
    nothing = Measuring(causal=None, cases=2)
    few = small_data()[0][:12]
    first, again, other = (
        fitted(nothing, few, select="random", gate="always", seed=seed) for seed in (1, 1, 2)
    )
    assert first.layers == again.layers
    assert first.layers != other.layers
    everything = fitted(nothing, few, select="all", gate="always")
    assert {one.heads for one in everything.layers.values()} == {tuple(range(HEADS))}


@pytest.mark.parametrize("gate", ["entropy", "disagreement"])
def test_a_gate_on_answers_gets_its_threshold(gate):
    plan = fitted(Measuring(causal=None, cases=2), select="all", gate=gate)
    assert 0 <= plan.answer_gate.threshold <= 1
    assert 0 <= plan.answer_gate.auc <= 1


def test_a_fit_that_was_stopped_goes_on_and_ends_as_if_it_had_not_been(tmp_path, monkeypatch):
    monkeypatch.setattr(organism(), "batch_size", 1)
    partial, stop = tmp_path / "chase.json.partial", threading.Event()
    few = {"measuring": Measuring(cases=4), "cases": small_data()[0][:8], "gate": "always", "layers": (5,)}

    def stop_once_something_is_kept(answered, total):
        if partial.exists():
            stop.set()

    with pytest.raises(SteeringError, match=r"stopped after \d+ of \d+ answers; start it again to go on"):
        fitted(**few, stop=stop, partial=partial, progress=stop_once_something_is_kept)
    told: list[int] = []
    resumed = fitted(**few, partial=partial, progress=lambda answered, total: told.append(answered))
    # What was kept is not asked again: it comes in one step.
    assert max(np.diff(told)) >= 1 + HEADS
    whole = fitted(**few)
    for one, other in zip(resumed.scores, whole.scores, strict=True):
        assert one.causal == pytest.approx(other.causal, abs=1e-4)


def test_progress_counts_every_answer_once():
    told: list[tuple[int, int]] = []
    fitted(
        Measuring(causal=None, cases=4), select="all", gate="always", progress=lambda *one: told.append(one)
    )
    answered, totals = zip(*told, strict=True)
    assert list(answered) == sorted(answered)
    assert set(totals) == {answered[-1]}
    assert answered[-1] > 12


def test_a_case_that_cannot_be_read_is_left_out(tmp_path):
    cases, _, _ = small_data()
    lost = Media("audio", tmp_path / "lost.wav", "0" * 64)
    broken = replace(cases[0], request=replace(cases[0].request, parts=(lost, "Which emotion?")))
    plan = fitted(Measuring(causal=None, cases=8), [broken, *cases[1:12]], select="dominance", gate="always")
    assert all(np.isfinite(one.discriminability) for one in plan.scores)


def test_cases_of_one_kind_are_refused():
    aligned = [case for case in small_data()[0] if not case.conflict]
    with pytest.raises(SteeringError, match=rf"0 of {len(aligned)} cases are in conflict; a fit needs some"):
        fitted(cases=aligned)


def test_a_truth_that_is_no_label_is_named():
    cases = [replace(small_data()[0][0], truth=9), *small_data()[0][1:]]
    with pytest.raises(SteeringError, match=rf"a case of {cases[0].source} has label 9; expected 0 to 4"):
        fitted(cases=cases)


@pytest.mark.parametrize(
    ("measuring", "changes", "line"),
    [
        (Measuring(causal=None), {}, "cannot be chosen by 'causal' when that is not measured"),
        (FEW, {"phase": "decode"}, "with phase 'decode': gains are measured while prompts are read"),
        (FEW, {"layers": (9,)}, "layers name 9, but the model has layers 0 to 5"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_before_anything_is_asked(measuring, changes, line):
    told: list[int] = []
    with pytest.raises(SteeringError, match=line):
        fitted(measuring, progress=lambda *one: told.extend(one), **changes)
    assert not told


def test_heads_cannot_be_chosen_by_attention_that_is_not_shown(monkeypatch):
    monkeypatch.setattr(organism(), "can", replace(organism().can, attention=False))
    with pytest.raises(SteeringError, match=r"cannot be chosen by 'dominance'.*choose by random, all"):
        fitted(Measuring(causal=None, cases=2), small_data()[0][:12], select="dominance", gate="always")


def test_the_small_data_set_has_what_a_fit_needs():
    cases, _, data = small_data()
    assert len(cases) == data.cases == 4 * CLIPS
    assert 0 < data.conflicts < data.cases
