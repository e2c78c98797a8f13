"""``affectlab steer``: what a plan does in words, shapes of JSON, signals, and mistakes in one line."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import typer

from affectlab.bench.dataset import DatasetInfo, write_dataset
from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.steering.trial import Interrupted
from affectlab.cli import main
from affectlab.cli.interrupts import stoppable
from affectlab.cli.steer_show import in_words
from affectlab.steering.plan import (
    AnswerGate,
    ChasePlan,
    ChaseSettings,
    DataPrint,
    HeadScores,
    LayerPlan,
    ModelPrint,
    ProbeWeights,
    Selection,
    read_plan,
    write_plan,
)


def a_plan(**settings) -> ChasePlan:
    """A plan for a model of six layers, steered in two of them."""
    one = np.ones(1, dtype=np.float32)
    probe = ProbeWeights(
        mean=one, scale=one, inner=one, inner_bias=one, outer=one, slope=1.0, intercept=0.0, auc=0.875
    )
    shape = {"layers": 6, "heads": 8, "groups": 4, "width": 16}
    return ChasePlan(
        model=ModelPrint(name="tiny", architecture="Tiny", weights="00", **shape),
        data=DataPrint(name="d", samples_sha256="", split="train", cases=40, conflicts=25, sources=10),
        labels=("negative", "positive"),
        settings=ChaseSettings(**{"k": 2, "layers": (4, 5)} | settings),
        layers={4: LayerPlan(heads=(1, 3), probe=probe), 5: LayerPlan(heads=(0, 7), probe=probe)},
        answer_gate=AnswerGate(threshold=0.25, auc=0.75),
        scores=(HeadScores(layer=4, head=1, causal=0.5), HeadScores(layer=4, head=2, causal=0.1)),
    )


@pytest.fixture
def shown(clean_environment, tmp_path, capfd):
    """Return what `steer show` prints of a plan."""

    def show(plan: ChasePlan, *more: str) -> str:
        write_plan(plan, tmp_path / "chase.json")
        with pytest.raises(SystemExit) as left:
            main(["steer", "show", str(tmp_path / "chase.json"), *more])
        assert left.value.code == 0
        return capfd.readouterr().out

    return show


def test_a_plan_is_shown_in_words_and_as_a_table(shown) -> None:
    words = " ".join(shown(a_plan(eta=0.45, target={"T": 0.15, "A": 0.15, "V": 0.7})).split())
    assert "4 of 48 heads, in 2 layers (4 to 5)" in words
    assert "attention 45% of the way to T 0.15 A 0.15 V 0.70" in words
    assert "40 cases (25 in conflict) of 10 sources, train side of d" in words
    assert "4 1, 3 0.875" in words
    assert "5 0, 7 0.875" in words


def test_a_plan_is_shown_as_one_object_without_the_weights_of_its_probes(shown) -> None:
    found = json.loads(shown(a_plan(), "--json"))
    assert found["command"] == "steer show"
    assert found["settings"] == a_plan().settings.model_dump(mode="json")
    assert found["layers"][0] == {"layer": 4, "heads": [1, 3], "auc": 0.875}
    assert [(one["head"], one["steered"]) for one in found["scores"]] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"gate": "always"}, "always"),
        ({"tau": 0.8}, "probability 0.80 or more"),
        ({"soft": True}, "as strongly as"),
        ({"gate": "entropy"}, "entropy of the unsteered answer exceeds 0.250 (AUC 0.750)"),
        ({"gate": "disagreement"}, "single modalities exceeds 0.250"),
    ],
)
def test_every_gate_has_its_words(settings, line) -> None:
    assert line in in_words(a_plan(**settings))["when"]


@pytest.mark.parametrize(
    ("settings", "line"),
    [({"select": "dominance"}, "2 a layer, that look most"), ({"select": "all"}, "all of these layers")],
)
def test_every_choice_of_heads_has_its_words(settings, line) -> None:
    assert line in in_words(a_plan(**settings))["heads"]


def test_gains_to_first_order_are_called_so() -> None:
    about = {"cases": 4, "penalty": 1.0, "followed": {}, "overlap": (), "stability": {}, "chance": 0.3}
    plans = [
        a_plan().model_copy(update={"selection": Selection(causal=causal, **about)})
        for causal in ("exact", "first-order")
    ]
    assert ["to first order" in in_words(plan)["heads"] for plan in plans] == [False, True]


# From data to a plan


@pytest.mark.timeout(240)
def test_fit_prints_one_object_and_writes_the_plan(clean_environment, tmp_path, capfd) -> None:
    build_emomm(EmoMMSources(synth=8), tmp_path / "data", seed=1)
    (tmp_path / "steer.toml").write_text('[steering]\ngate = "always"\nselect = "dominance"\nk = 3\n')
    place = ["--data", str(tmp_path / "data"), "--out", str(tmp_path / "chase.json")]
    flags = ["--layers", "3-4", "--target", "V=1", "--eta", ".5", "--measure", "4", "--json"]
    config = ["--config", str(tmp_path / "steer.toml")]
    with pytest.raises(SystemExit) as left:
        main(["steer", "fit", "--model", "organism", *place, *flags, *config])
    assert left.value.code == 0
    found = json.loads(capfd.readouterr().out)
    assert found["command"] == "steer fit"
    assert set(found["manifest"]["data"]) == {"dataset.json", "chase.json"}
    assert all({"metric", "value", "low", "high", "n"} <= row.keys() for row in found["rows"])
    plan = read_plan(tmp_path / "chase.json")
    assert plan.settings == ChaseSettings(
        gate="always", select="dominance", k=3, layers=(3, 4), target={"V": 1.0}, eta=0.5
    )
    assert [len(one.heads) for one in plan.layers.values()] == [3, 3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_that_was_interrupted_leaves_with_the_signals_code(number, capsys) -> None:
    def work() -> None:
        with stoppable() as stop:
            os.kill(os.getpid(), number)
            assert stop.is_set()
            raise Interrupted

    with pytest.raises(typer.Exit) as left:
        work()
    assert left.value.exit_code == 128 + number
    assert capsys.readouterr().err == "stopped; the same command goes on from there\n"


# Mistakes

FIT = ("fit", "--model", "organism", "--data", "data", "--out", "chase.json")
SWEEP = ("sweep", "--model", "organism", "--data", "data", "--out", "sweep")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((*FIT, "--layers", "5-1"), "setting 'steering.layers' is '5-1'"),
        ((*FIT, "--target", "X=1"), "setting 'steering.target' is 'X=1'"),
        ((*FIT, "--eta", "2"), "setting 'steering.eta' is 2.0"),
        ((*FIT, "--select", "best"), "setting 'steering.select' is 'best': input should be 'causal', "),
        ((*FIT, "--gate", "maybe"), "setting 'steering.gate' is 'maybe'"),
        ((*FIT, "--conflict", "any"), "setting 'conflict' is 'any'"),
        ((*FIT, "--limit", "0"), "setting 'limit' is 0"),
        (FIT, "data holds no data set (no dataset.json)"),
        ((*SWEEP, "--k", "1,two"), "setting 'k.1' is 'two'"),
        ((*SWEEP, "--tau", "7"), "setting 'tau.0' is '7'"),
        ((*SWEEP, "--layers", "low"), "setting 'layers.0' is 'low'"),
        (SWEEP, "data holds no data set"),
        (("show", "chase.json"), "chase.json does not exist; make a plan: affectlab steer fit"),
    ],
)
def test_what_is_wrong_or_missing_is_named(mistake, tmp_path, arguments, line) -> None:
    assert line in mistake("steer", *arguments)
    assert list(tmp_path.iterdir()) == []


def test_another_benchmark_is_named(mistake) -> None:
    write_dataset(Path("data"), DatasetInfo("aica", {"A": "awe"}), [])
    assert mistake("steer", *FIT) == "aica asks questions of several kinds; expected one of emomm"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"format": "affectlab chase 1"}', '{"format": 2}', "\x00\x01"]
)
def test_rubbish_is_no_plan(mistake, content) -> None:
    Path("chase.json").write_text(content)
    line = mistake("steer", "show", "chase.json")
    assert line.startswith("chase.json is ")


@pytest.mark.parametrize("model", ["baseline:majority", "openai:gpt-4o"])
def test_models_without_attention_are_named(mistake, model) -> None:
    build_emomm(EmoMMSources(synth=3), Path("data"), seed=1)
    line = mistake("steer", "fit", "--model", model, "--data", "data", "--out", "chase.json")
    assert line.startswith(f"steering needs a model whose attention can be changed, which {model} is not")
