import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from organism_cases import organism, small_data

from affectlab.errors import SteeringError
from affectlab.models import Capabilities, Identity
from affectlab.steering.drawing import drawn
from affectlab.steering.from_plan import chase_steering, steer_model, steerable
from affectlab.steering.model import SteeredModel
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import (
    AnswerGate,
    ChasePlan,
    ChaseSettings,
    DataPrint,
    HeadScores,
    LayerPlan,
    ModelPrint,
    Overlap,
    ProbeWeights,
    Selection,
    Stability,
    read_plan,
    write_plan,
)

NUMBERS = hnp.arrays(np.float32, st.integers(1, 5), elements=st.floats(width=32, allow_nan=False))
ABOUT = ModelPrint(name="m", architecture="X", layers=6, heads=8, groups=4, width=16, weights="0" * 16)
DATA = DataPrint(name="d", samples_sha256="ff", split="train", cases=4, conflicts=2, sources=3)


def probe(numbers=(1.0, 2.0)):
    array = np.array(numbers, dtype=np.float32)
    return ProbeWeights(
        mean=array,
        scale=array,
        inner=array,
        inner_bias=array,
        outer=array,
        slope=1.0,
        intercept=-0.5,
        auc=0.75,
    )


def plan_of(heads=(1, 4), *, about=ABOUT, labels=("no", "yes"), **changes):
    settings = ChaseSettings(**{"gate": "always", **changes.pop("settings", {})})
    layers = changes.pop("layers", {3: LayerPlan(heads=heads)})
    return ChasePlan(
        **{"model": about, "data": DATA, "labels": labels, "settings": settings, "layers": layers, **changes}
    )


def organism_plan(heads=(0, 1), layer=5, **changes):
    _, labels, _ = small_data()
    about = print_of(organism().weights, "organism")
    return plan_of(about=about, labels=labels, layers={layer: LayerPlan(heads=heads)}, **changes)


@given(
    NUMBERS,
    st.floats(0, 1),
    st.sampled_from(["all", "question", "last"]),
    st.lists(st.integers(0, 27), unique=True).map(tuple),
    st.none() | st.floats(-1, 1),
)
def test_a_plan_is_read_as_it_was_written(tmp_path_factory, numbers, eta, rows, heads, score):
    path = tmp_path_factory.mktemp("plan") / "chase.json"
    plan = plan_of(
        settings={
            "eta": eta,
            "rows": rows,
            "target": {"V": 0.7, "T": 0.3},
            "layers": (3, 5),
            "gate": "probe",
        },
        layers={3: LayerPlan(heads=heads, probe=probe(numbers)), 5: LayerPlan(heads=())},
        answer_gate=AnswerGate(threshold=0.25, auc=0.5),
        scores=(HeadScores(layer=3, head=1, causal=score),),
        selection=Selection(
            causal="exact",
            cases=12,
            penalty=1.5,
            followed={"T": 0.5},
            overlap=(Overlap(scores=("causal", "dominance"), jaccard=0.5, by_layer={3: 0.5}, tau=score),),
            stability={"causal": Stability(jaccard=0.25, tau=None)},
            chance=0.2,
        ),
    )
    write_plan(plan, path)
    read = read_plan(path)
    assert read.model_dump(mode="json") == plan.model_dump(mode="json")
    np.testing.assert_array_equal(read.layers[3].probe.inner, numbers)
    assert read.settings.layers == (3, 5)


def test_a_plan_can_be_read_by_people_too(tmp_path):
    write_plan(plan_of(), tmp_path / "chase.json")
    content = json.loads((tmp_path / "chase.json").read_text())
    assert content["format"] == "affectlab chase 1"
    assert content["layers"]["3"]["heads"] == [1, 4]


def test_a_plan_written_before_heads_were_compared_is_still_read(tmp_path):
    content = plan_of().model_dump(mode="json", exclude={"selection"})
    (tmp_path / "chase.json").write_text(json.dumps(content))
    assert read_plan(tmp_path / "chase.json").selection is None


def test_a_plan_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "chase.json"
    write_plan(plan_of(), path)
    before = path.read_bytes()
    monkeypatch.setattr(json, "dumps", lambda *_, **__: (_ for _ in ()).throw(ValueError("no")))
    with pytest.raises(ValueError, match="no"):
        write_plan(plan_of((2,)), path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["chase.json"]


def test_a_plan_that_is_missing_says_how_to_make_one(tmp_path):
    with pytest.raises(SteeringError, match=r"chase\.json does not exist; make a plan: affectlab steer fit"):
        read_plan(tmp_path / "chase.json")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", r"is no steering plan \(Expecting"),
        ("\x00\xff", "is no steering plan"),
        ("[1]", "format None, expected 'affectlab chase 1'"),
        ('{"format": "affectlab chase 9"}', "format 'affectlab chase 9', expected 'affectlab chase 1'"),
        ('{"format": "affectlab chase 1"}', r"is damaged \(setting 'model'"),
    ],
)
def test_a_file_that_is_no_plan_is_told_in_one_line(tmp_path, content, line):
    path = tmp_path / "chase.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(SteeringError, match=line) as caught:
        read_plan(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("place", "value", "line"),
    [
        (("settings", "eta"), 1.5, r"'settings\.eta' is 1\.5"),
        (("settings", "k"), 0, r"'settings\.k' is 0"),
        (("settings", "target"), {"V": -1}, r"'settings\.target\.V' is -1"),
        (("settings", "colour"), "red", r"unknown setting 'settings\.colour'"),
        (("layers", "3", "probe"), {"mean": "%%%"}, r"'layers\.3\.probe\.mean' is '%%%'"),
    ],
)
def test_what_is_wrong_in_a_plan_is_named(tmp_path, place, value, line):
    content = plan_of().model_dump(mode="json")
    *outer, last = place
    inside = content
    for key in outer:
        inside = inside[key]
    inside[last] = value
    (tmp_path / "chase.json").write_text(json.dumps(content))
    with pytest.raises(SteeringError, match=line):
        read_plan(tmp_path / "chase.json")


def test_the_identity_of_a_steering_is_what_it_does_and_not_how_it_came_about():
    plain = chase_steering(plan_of()).settings
    json.dumps(plain)
    explained = plan_of(scores=(HeadScores(layer=3, head=1, causal=0.5),))
    assert chase_steering(explained).settings == plain
    others = [
        plan_of((1, 5)),
        plan_of(settings={"eta": 0.61}),
        plan_of(layers={4: LayerPlan(heads=(1, 4))}),
        plan_of(settings={"gate": "probe"}, layers={3: LayerPlan(heads=(1, 4), probe=probe())}),
        plan_of(settings={"gate": "probe"}, layers={3: LayerPlan(heads=(1, 4), probe=probe((1.0, 3.0)))}),
        plan_of(settings={"gate": "entropy"}, answer_gate=AnswerGate(threshold=0.5, auc=0.5)),
        plan_of(settings={"gate": "entropy"}, answer_gate=AnswerGate(threshold=0.6, auc=0.5)),
        plan_of(settings={"rows": "last"}),
    ]
    seen = [plain, *(chase_steering(other).settings for other in others)]
    assert len({json.dumps(one, sort_keys=True) for one in seen}) == len(seen)


def test_a_layer_without_the_probe_its_gate_needs_is_named():
    plan = plan_of(
        settings={"gate": "probe"},
        layers={2: LayerPlan(heads=(1,), probe=probe()), 4: LayerPlan(heads=()), 5: LayerPlan(heads=(0,))},
    )
    with pytest.raises(SteeringError, match=r"gate is 'probe', but layer 5 has no probe; fit again"):
        chase_steering(plan)


@pytest.mark.parametrize("gate", ["entropy", "disagreement"])
def test_a_gate_without_its_threshold_is_named(gate):
    with pytest.raises(SteeringError, match=rf"gate is '{gate}', but it has no threshold .*--gate {gate}"):
        chase_steering(plan_of(settings={"gate": gate}))


class Elsewhere:
    identity = Identity("gguf:qwen.gguf", "")
    can = Capabilities(logits=True)


def test_only_transformers_models_can_be_steered():
    line = r"only transformers models \(hf:\.\.\.\) and the organism can be steered, not gguf:qwen\.gguf"
    with pytest.raises(SteeringError, match=line):
        steer_model(Elsewhere(), plan_of())


def test_a_steered_model_is_not_steered_again():
    steered = steer_model(organism(), organism_plan())
    with pytest.raises(SteeringError, match="organism is steered already"):
        steerable(steered)


def test_a_plan_of_another_model_is_refused_by_its_name():
    with pytest.raises(
        SteeringError, match=r"mine\.json was fitted on m \(X, 4 key-value heads.*not on organism"
    ):
        steer_model(organism(), plan_of(), name="mine.json")


def test_attention_that_cannot_be_reached_is_told(monkeypatch):
    text = organism().weights.config.get_text_config()
    monkeypatch.setattr(text, "_attn_implementation_internal", "eager")
    with pytest.raises(SteeringError, match=r"'eager', .*load it with"):
        steer_model(organism(), plan_of())


def test_a_tokenizer_that_hides_characters_is_told(monkeypatch):
    monkeypatch.setattr(organism(), "can", replace(organism().can, steering=False))
    with pytest.raises(SteeringError, match=r"its tokenizer does not tell .* fast tokenizer"):
        steer_model(organism(), plan_of())


def answers(model, count=6):
    cases, labels, _ = small_data()
    requests = [cases[place].request for place in drawn(cases, count, seed=1)]
    return np.array([one.log_likelihoods for one in model.score(requests, labels)])


def test_a_plan_that_moves_nothing_changes_no_answer():
    steered = steer_model(organism(), organism_plan(settings={"eta": 0.0}))
    np.testing.assert_allclose(answers(steered), answers(organism()), atol=1e-4)


def test_a_plan_changes_answers_and_the_model_itself_stays():
    before = answers(organism())
    steered = steer_model(organism(), organism_plan(settings={"eta": 0.9, "target": {"V": 1.0}}))
    assert np.abs(answers(steered) - before).max() > 0.01
    np.testing.assert_array_equal(answers(organism()), before)
    assert steered.identity.settings["steering"]["name"] == "chase"
    assert steered.identity != organism().identity


@pytest.mark.parametrize("gate", ["entropy", "disagreement"])
def test_a_gate_on_answers_steers_where_its_value_is_above_the_threshold(gate):
    moved = {"eta": 0.9, "target": {"V": 1.0}}
    alone, always = answers(organism()), answers(steer_model(organism(), organism_plan(settings=moved)))

    def under(threshold):
        gated = AnswerGate(threshold=threshold, auc=0.5)
        return answers(
            steer_model(organism(), organism_plan(settings={**moved, "gate": gate}, answer_gate=gated))
        )

    np.testing.assert_allclose(under(1.0), alone, atol=1e-4)
    np.testing.assert_allclose(under(-1.0), always, atol=1e-4)


def test_where_no_request_is_steered_no_plan_is_in_force():
    steering = chase_steering(plan_of())
    codes = np.zeros((2, 4), dtype=np.int8)
    assert steering.plan(codes, np.zeros(2)) is None
    assert steering.plan(codes, np.array([0.0, 1.0])) is not None


def test_steering_reads_the_same_from_a_file(tmp_path):
    plan = organism_plan(settings={"eta": 0.9})
    write_plan(plan, tmp_path / "chase.json")
    again = read_plan(tmp_path / "chase.json")
    assert chase_steering(again).settings == chase_steering(plan).settings
    np.testing.assert_array_equal(
        answers(SteeredModel(organism(), chase_steering(again)), 2),
        answers(SteeredModel(organism(), chase_steering(plan)), 2),
    )
