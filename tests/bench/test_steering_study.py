"""A plan beside its controls and rivals, on sources it has not seen."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.results import read_run
from affectlab.bench.steering import gate, tuning
from affectlab.bench.steering.study import StudySettings, run_study
from affectlab.bench.steering.study_report import tables, write_study
from affectlab.bench.steering.trial import Interrupted
from affectlab.errors import BenchError
from affectlab.models import Media, Quote, Request, load_model
from affectlab.steering.case import Case
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint, LayerPlan, write_plan

pytestmark = pytest.mark.timeout(180)


def silent(_arm: str):
    return lambda *_: None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Clips to judge on, clips to tune on, and a plan for the organism that is fitted on neither."""
    folder = tmp_path_factory.mktemp("study")
    build_emomm(EmoMMSources(synth=6), folder / "held", rules=EmoMMRules(test_share=0.5), seed=3)
    build_emomm(EmoMMSources(synth=5), folder / "tune", rules=EmoMMRules(test_share=0), seed=4)
    model = load_model("organism")
    plan = ChasePlan(
        model=print_of(model.weights, "organism"),
        data=DataPrint(name="t", samples_sha256="0", split="train", cases=1, conflicts=1, sources=1),
        labels=("negative", "positive"),
        settings=ChaseSettings(eta=0.9, k=2, gate="always", layers="all"),
        layers={4: LayerPlan(heads=(1, 2)), 5: LayerPlan(heads=(0, 3))},
    )
    write_plan(plan, folder / "chase.json")
    return folder


def settings(place, out, **changes) -> StudySettings:
    given = {
        "plan": place / "chase.json",
        "model": "organism",
        "data": place / "held",
        "tune": place / "tune",
        "out": out,
        "split": "all",
        "rivals": "duplicate",
        "random": 1,
        "dominant": "A",
        "resamples": 50,
    }
    return StudySettings(**given | changes)


def test_a_study_has_every_arm_and_goes_on_where_it_was_stopped(place, tmp_path) -> None:
    told = settings(place, tmp_path / "out")
    stop, begun = threading.Event(), []

    def say(name: str):
        begun.append(name)
        if name == "always-on":
            stop.set()
        return lambda *_: None

    with pytest.raises(Interrupted):
        run_study(told, stop=stop, say=say)
    asked = []
    found = run_study(told, stop=threading.Event(), say=lambda name: lambda *of: asked.append((name, of)))
    names = [one.arm.name for one in found.arms]
    assert names[:5] == ["unsteered", "chase", "oracle-gate", "always-on", "all-heads"]
    assert names[5:] == ["other-heads", "random-heads-0", "wrong-target", "duplicate"]
    assert not found.arms[0].differences
    assert all(one.differences for one in found.arms[1:])
    assert [one.arm.name for one in found.arms if one.behind is None] == ["unsteered", "chase"]
    # With a gate that is always open the plan is its own control.
    always = next(one for one in found.arms if one.arm.name == "always-on")
    assert always.behind["value"] == 0
    assert set(found.readings) == {"unsteered", "chase"}
    assert not found.gate
    written = write_study(found, told.out)
    assert ElementTree.parse(written[1]).getroot().attrib["role"] == "img"
    content = json.loads(written[2].read_text())
    assert content["tuned"][0]["rival"] == "duplicate"
    assert {row["method"] for row in content["rows"]} == set(names[1:])
    assert content["manifest"]["command"] == "steer study"
    assert "what each steering adds" in written[0].read_text()
    assert begun[-1] == "always-on"
    oracle = read_run(told.out / "arms" / "oracle-gate").samples
    alone = read_run(told.out / "arms" / "unsteered").samples
    of = {name: row for row, name in enumerate(alone.id)}
    rows = [of[name] for name in oracle.id]
    moved = np.abs(oracle.log_probabilities - alone.log_probabilities[rows]).max(axis=1) > 1e-3
    conflict = np.char.endswith(oracle.subset.astype(str), "conflict")
    assert not moved[~conflict].any()
    assert moved[conflict].mean() > 0.8


def test_a_plan_is_not_judged_on_the_sources_it_was_fitted_on(place, tmp_path) -> None:
    with pytest.raises(BenchError, match="cannot be tuned on"):
        run_study(settings(place, tmp_path, tune=place / "held"), stop=threading.Event(), say=silent)
    plan = json.loads((place / "chase.json").read_text())
    seen = json.loads((place / "held" / "dataset.json").read_text())["samples_sha256"]
    plan["data"]["samples_sha256"] = seen
    (tmp_path / "seen.json").write_text(json.dumps(plan))
    with pytest.raises(BenchError, match="was fitted on sources of"):
        run_study(settings(place, tmp_path, plan=tmp_path / "seen.json"), stop=threading.Event(), say=silent)


def test_an_unknown_rival_is_named(place, tmp_path) -> None:
    with pytest.raises(BenchError, match="no rival 'paste'; expected some of pasta"):
        run_study(settings(place, tmp_path, rivals="paste"), stop=threading.Event(), say=silent)


@pytest.mark.parametrize(
    ("figures", "best"),
    [
        ([(0.02, 0.0), (0.05, 0.009), (0.09, 0.05)], 1),
        ([(-0.02, 0.0), (0.05, 0.02)], 0),
        ([(0.01, 0.03), (0.04, 0.08)], 1),
    ],
)
def test_the_best_setting_gains_most_among_those_that_cost_little(monkeypatch, figures, best) -> None:
    rival = tuning.RIVALS["duplicate"]
    few = SimpleNamespace(grid=rival.grid[: len(figures)], build=rival.build)
    monkeypatch.setattr(tuning, "RIVALS", {"duplicate": few})
    monkeypatch.setattr(tuning, "site_of", lambda *_: tuning_site())

    def compared(_, name, **__):
        gain, cost = figures[int(name.rpartition("-")[2])]
        return [
            {"subset": "conflict", "metric": "accuracy", "value": gain},
            {"subset": "aligned", "metric": "macro_f1", "value": -cost},
        ]

    monkeypatch.setattr(tuning, "compare", compared)
    trials = SimpleNamespace(run=lambda name, _: name, model=None)
    (found,) = tuning.tuned_rivals(["duplicate"], None, trials)
    assert found.chosen == rival.grid[best].model_dump(mode="json", exclude_defaults=True)
    assert [(one.gain, one.cost) for one in found.tried] == figures


def tuning_site():
    from affectlab.steering.rivals import Site

    return Site(layers=6, heads=8)


def case(number: int, *, conflict: bool, video: bool = True) -> Case:
    parts = ["Transcript: ", Quote(f"words {number}"), Media("audio", __file__, f"a{number}")]
    parts += [Media("video", __file__, f"v{number}")] if video else []
    return Case(Request(tuple(parts)), 0, conflict, f"source{number}")


def test_a_gate_is_judged_at_its_threshold_and_at_every_other(monkeypatch) -> None:
    cases = [case(number, conflict=number % 2 == 1, video=number < 20) for number in range(30)]
    # Perfect where all is shown, but for one case; at chance elsewhere; unknown for one.
    values = np.array([0.9 if one.conflict else 0.1 for one in cases])
    values[0] = 0.8
    values[20:] = 0.3
    values[29] = np.nan
    monkeypatch.setattr(gate, "_values", lambda *_: [(3, values, 0.5)])
    whole, missing = gate.gate_rows(None, None, cases, lambda *_: None, resamples=100, seed=0)
    assert (whole["group"], whole["n"], whole["layer"]) == ("complete", 20, 3)
    assert whole["auc"] == 1.0
    assert (whole["open_in_conflict"], whole["open_in_agreement"]) == (1.0, 0.1)
    assert whole["curve"][0] == [0.0, 1.0]
    assert (missing["n"], missing["auc"], missing["open_in_conflict"]) == (9, 0.5, 0.0)


def test_the_tables_say_what_was_added_and_at_what_cost(place, tmp_path) -> None:
    told = settings(place, tmp_path / "out", rivals="none", random=0)
    found = run_study(told, stop=threading.Event(), say=silent)
    effect, behind, kinds, readings = tables(found)
    assert [row[0] for row in effect.rows] == [one.arm.name for one in found.arms]
    assert all(
        len(row) == len(table.head) for table in (effect, behind, kinds, readings) for row in table.rows
    )
    added = next(
        row for row in found.arms[1].differences if (row["subset"], row["metric"]) == ("conflict", "accuracy")
    )
    column = effect.head.index("conflict accuracy")
    assert effect.rows[1][column].startswith(f"{added['value']:+.3f}".replace("-", "−"))
    assert effect.rows[0][column] == f"{added['a']:.3f}"
