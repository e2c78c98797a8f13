"""Controls spoil one thing about a plan and keep the rest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import SteeringError
from affectlab.models import ModelOptions, Quote, Request, load_model
from affectlab.steering.controls import (
    all_heads,
    always_on,
    control,
    oracle,
    other_heads,
    random_heads,
    wrong_target,
)
from affectlab.steering.model import SteeredModel
from affectlab.steering.plan import (
    AnswerGate,
    ChasePlan,
    ChaseSettings,
    DataPrint,
    LayerPlan,
    ModelPrint,
    ProbeWeights,
)

LABELS = ("negative", "neutral", "positive")
HEADS = 8
heads = st.sets(st.integers(0, HEADS - 1), min_size=1).map(lambda chosen: tuple(sorted(chosen)))


def probe():
    nothing = np.zeros(1, dtype=np.float32)
    return ProbeWeights(
        mean=nothing,
        scale=nothing + 1,
        inner=nothing,
        inner_bias=nothing,
        outer=nothing,
        slope=1,
        intercept=0,
        auc=0.5,
    )


def plan_of(layers=None, **settings):
    layers = layers or {3: (1, 4), 5: (0, 2, 3, 5, 6, 7)}
    return ChasePlan(
        model=ModelPrint(name="m", architecture="A", layers=6, heads=HEADS, groups=4, width=16, weights="0"),
        data=DataPrint(name="d", samples_sha256="0", split="train", cases=1, conflicts=1, sources=1),
        labels=LABELS,
        settings=ChaseSettings(**settings),
        layers={layer: LayerPlan(heads=chosen, probe=probe()) for layer, chosen in layers.items()},
        answer_gate=AnswerGate(threshold=0.3, auc=0.6),
    )


def but(plan, *changed):
    """What a plan says, without what was meant to change."""
    kept = plan.model_dump(mode="json")
    for place in changed:
        first, _, second = place.partition(".")
        if first == "layers" and second:
            for layer in kept["layers"].values():
                layer.pop(second)
        elif second:
            kept[first].pop(second)
        else:
            kept.pop(first)
    return kept


@given(st.dictionaries(st.integers(0, 5), heads, min_size=1), st.integers(0, 99))
def test_other_heads_are_as_many_and_others_where_there_are_enough(layers, seed):
    plan = plan_of(layers)
    drawn = other_heads(plan, seed)
    for layer, chosen in layers.items():
        found = drawn.layers[layer].heads
        assert len(set(found)) == len(found) == len(chosen)
        assert found == tuple(sorted(found))
        assert set(found) <= set(range(HEADS))
        assert len(set(found) & set(chosen)) == max(0, 2 * len(chosen) - HEADS)
    assert but(drawn, "layers.heads", "settings.select") == but(plan, "layers.heads", "settings.select")
    assert drawn.settings.select == "random"


def test_random_heads_are_the_same_for_a_seed_and_differ_between_seeds_and_layers():
    plan = plan_of(dict.fromkeys(range(6), (0, 1)))
    drawn = [random_heads(plan, seed).layers for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len({of_layer.heads for of_layer in drawn[0].values()}) > 1


@given(st.dictionaries(st.integers(0, 5), heads, min_size=1), st.integers(0, 99))
def test_random_heads_are_as_many(layers, seed):
    plan = plan_of(layers)
    drawn = random_heads(plan, seed)
    for layer, chosen in layers.items():
        found = drawn.layers[layer].heads
        assert found == tuple(sorted(set(found)))
        assert len(found) == len(chosen)
        assert set(found) <= set(range(HEADS))
    assert but(drawn, "layers.heads", "settings.select") == but(plan, "layers.heads", "settings.select")
    assert drawn.settings.select == "random"


def test_random_heads_are_drawn_evenly_whatever_the_plan_steers():
    drawn = [random_heads(plan_of({3: (1, 4)}), seed).layers[3].heads for seed in range(800)]
    counts = np.bincount(np.ravel(drawn), minlength=HEADS)
    # 800 draws of 2 heads of 8: 200 each, with a standard deviation of 12.2.
    assert np.abs(counts - 200).max() < 60


def test_other_heads_are_drawn_evenly():
    drawn = [other_heads(plan_of({3: (1, 4)}), seed).layers[3].heads for seed in range(600)]
    counts = np.bincount(np.ravel(drawn), minlength=HEADS)
    assert counts[[1, 4]].tolist() == [0, 0]
    # 600 draws of 2 heads of 6: 200 each, with a standard deviation of 11.5.
    assert np.abs(counts[[0, 2, 3, 5, 6, 7]] - 200).max() < 58


def test_all_heads_of_the_layers_of_the_plan():
    plan = plan_of()
    every = all_heads(plan)
    assert {layer: of_layer.heads for layer, of_layer in every.layers.items()} == dict.fromkeys(
        (3, 5), tuple(range(HEADS))
    )
    changed = ("layers.heads", "settings.select", "settings.k")
    assert but(every, *changed) == but(plan, *changed)


@pytest.mark.parametrize("gate", ["probe", "entropy", "disagreement", "always"])
def test_always_on_has_no_gate_of_any_kind(gate):
    plan = plan_of(gate=gate, soft=True)
    opened = always_on(plan)
    assert opened.settings.gate == "always"
    assert opened.answer_gate is None
    assert all(of_layer.probe is None for of_layer in opened.layers.values())
    changed = ("layers.probe", "settings.gate", "settings.soft", "answer_gate")
    assert but(opened, *changed) == but(plan, *changed)


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ({"T": 0.15, "A": 0.15, "V": 0.7}, {"T": 0.7, "A": 0.15, "V": 0.15}),
        ({"V": 1.0}, {"T": 1.0, "A": 0.0, "V": 0.0}),
        ({"T": 1.0, "A": 1.0, "V": 1.0}, {"T": 2.0, "A": 1.0, "V": 0.0}),
        ({"T": 0.5, "A": 0.2, "V": 0.3}, {"T": 0.8, "A": 0.2, "V": 0.0}),
    ],
)
def test_the_wrong_target_gives_to_the_dominant_what_the_neglected_was_to_have(target, wrong):
    plan = plan_of(target=target)
    turned = wrong_target(plan, dominant="T", neglected="V")
    assert turned.settings.target == pytest.approx(wrong)
    assert but(turned, "settings.target") == but(plan, "settings.target")


def test_the_dominant_modality_is_not_the_neglected_one():
    with pytest.raises(SteeringError, match="A cannot be the dominant and the neglected modality"):
        wrong_target(plan_of(), dominant="A", neglected="A")


def test_controls_by_name():
    plan = plan_of()
    assert control(plan, "random", seed=7) == random_heads(plan, 7)
    assert control(plan, "others", seed=7) == other_heads(plan, 7)
    assert control(plan, "all") == all_heads(plan)
    assert control(plan, "always") == always_on(plan)
    assert control(plan, "wrong", dominant="A") == wrong_target(plan, dominant="A", neglected="V")
    with pytest.raises(
        SteeringError, match="no control 'best'; expected one of random, others, all, always, wrong"
    ):
        control(plan, "best")


def test_controls_can_be_written_to_a_file_and_read_back():
    plan = plan_of()
    for name in ("random", "all", "always", "wrong"):
        made = control(plan, name)
        assert ChasePlan.model_validate_json(made.model_dump_json()) == made


@pytest.fixture(scope="module")
def organism():
    torch.set_num_threads(1)
    return load_model("organism", ModelOptions())


def test_an_oracle_steers_where_there_is_a_conflict_and_nowhere_else(organism):
    # The probe would never open the gate: it says .5 and tau is .7.
    plan = plan_of({layer: tuple(range(HEADS)) for layer in range(6)}, eta=1, target={"T": 1})
    requests = [Request(("Transcript: ", Quote(words), "\nWhich emotion?")) for words in ("glad", "sad")]
    steering = oracle(plan, lambda request: "glad" in request.text)
    assert steering.name == "oracle"
    found = SteeredModel(organism, steering).score(requests, LABELS)
    opened = SteeredModel(organism, oracle(plan, lambda _: True)).score(requests, LABELS)
    stock = organism.score(requests, LABELS)
    np.testing.assert_allclose(found[0].log_likelihoods, opened[0].log_likelihoods, atol=1e-6)
    np.testing.assert_allclose(found[1].log_likelihoods, stock[1].log_likelihoods, atol=1e-6)
