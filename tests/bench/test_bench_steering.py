"""What a steering is fitted on, what it gains, and a benchmark run of a steered model."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.affect import accuracy, macro_f1
from affectlab.bench.compare import compare
from affectlab.bench.dataset import Dataset, DatasetInfo
from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.conflict import in_conflict
from affectlab.bench.emomm.items import samples_of
from affectlab.bench.emomm.rules import SIMS5, EmoMMRules
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.bench.lanes import ModelSource
from affectlab.bench.report import make_report
from affectlab.bench.results import UNPARSED, read_run
from affectlab.bench.run import run_benchmark
from affectlab.bench.sample import Sample
from affectlab.bench.settings import RunSettings
from affectlab.bench.steering.cases import cases_of, halves, print_of_data
from affectlab.bench.steering.gains import Judge
from affectlab.bench.steering.loading import load_steered, placed, plan_file
from affectlab.bench.steering.settings import FitSettings, SweepSettings, read_layers, read_target
from affectlab.config import load
from affectlab.errors import BenchError, InvalidConfig, SteeringError
from affectlab.manifest import sha256
from affectlab.models import Media, ModelOptions, Request, load_model
from affectlab.steering.case import Case
from affectlab.steering.model_print import print_of
from affectlab.steering.plan import ChasePlan, ChaseSettings, DataPrint, LayerPlan, write_plan

INFO = DatasetInfo("emomm", SIMS5.words, SIMS5.values, samples_sha256="ab")
LABELS = ("N", "WN", "Neu", "WP", "P")


def clip_samples(number: int, labels: str, split: str, rules: EmoMMRules | None = None) -> list[Sample]:
    """Make the seven samples of a clip; `labels` are of T, A, V and the whole, with spaces between."""
    channels = dict(zip("TAVM", labels.split(), strict=True))
    clip = Clip(
        id=f"clip{number}",
        corpus="synth",
        source=f"source{number // 2}",
        speaker=None,
        language="en",
        text=f"words {number}",
        audio=Media("audio", Path(f"/media/{number}.wav"), f"a{number}"),
        video=Media("video", Path(f"/media/{number}.mp4"), f"v{number}"),
        labels=channels,
        values={},
        details={},
    )
    return samples_of(clip, rules or EmoMMRules(), split)


def dataset(clips: int = 12, benchmark: str = "emomm") -> Dataset:
    """Two clips to a source, every third source on the test side, every second clip in conflict."""
    samples = [
        sample
        for number in range(clips)
        for sample in clip_samples(
            number, "P P P P" if number % 2 else "P P N N", "test" if number // 2 % 3 == 2 else "train"
        )
    ]
    return Dataset(Path("somewhere"), DatasetInfo(benchmark, SIMS5.words), tuple(samples))


def taken(**wanted) -> list[Case]:
    data = dataset()
    return cases_of(data, EmoMMTask(INFO), **wanted)


# Cases


def test_every_sample_of_two_modalities_or_three_is_a_case() -> None:
    cases = taken()
    assert len(cases) == 8 * 4
    assert {case.source for case in cases} == {"source0", "source1", "source3", "source4"}
    assert not any(len(case.request.kinds) == 1 and "words" not in case.request.text for case in cases)
    assert {LABELS[case.truth] for case in cases} == {"N", "P"}


def test_no_source_of_the_test_side_is_among_the_cases() -> None:
    sides = [{case.source for case in taken(split=split)} for split in ("train", "test")]
    assert sides[0].isdisjoint(sides[1])
    assert len(sides[0] | sides[1]) == 6


def test_a_smaller_limit_is_a_part_of_a_larger_one_and_takes_whole_sources() -> None:
    drawn = [taken(limit=limit, seed=3) for limit in (1, 9, 17, 32)]
    for smaller, larger in pairwise(drawn):
        assert [case for case in larger if case in smaller] == smaller
    for cases in drawn:
        assert len(cases) == 8 * len({case.source for case in cases})
    assert [len(cases) for cases in drawn] == [8, 16, 24, 32]
    assert {case.source for case in taken(limit=1, seed=0)} != {
        case.source for case in taken(limit=1, seed=1)
    }


@pytest.mark.parametrize(
    ("labels", "shown", "by_reference", "among_themselves"),
    [
        ("P P N N", "TAV", True, True),
        ("P WP N N", "TA", True, False),  # both against the reference, but not against each other
        ("P N N N", "AV", False, False),
        ("P N N N", "TV", True, True),
        ("Neu Neu WP Neu", "TAV", True, True),
    ],
)
def test_the_two_rules_of_conflict(labels, shown, by_reference, among_themselves) -> None:
    sample = next(one for one in clip_samples(0, labels, "train") if one.id.endswith(f"__{shown}"))
    assert in_conflict(sample) is by_reference
    assert in_conflict(sample, "modalities") is among_themselves


def test_a_data_set_built_with_the_other_rule_gives_the_same_by_both() -> None:
    rules = EmoMMRules(conflict="unimodal")
    samples = [one for one in clip_samples(0, "P WP N N", "train", rules) if one.subset != "single"]
    assert [in_conflict(one) for one in samples] == [in_conflict(one, "modalities") for one in samples]


def test_another_benchmark_knows_no_conflict() -> None:
    data = dataset(benchmark="aica")
    with pytest.raises(BenchError, match=r"somewhere is of benchmark 'aica', which does not say"):
        cases_of(data, EmoMMTask(INFO))


def test_an_empty_side_is_named() -> None:
    data = dataset(clips=2)
    with pytest.raises(BenchError, match=r"no sample of aligned, conflict.* on the test side"):
        cases_of(data, EmoMMTask(INFO), split="test")


def test_what_a_plan_says_of_its_data() -> None:
    data = dataset()
    cases = cases_of(data, EmoMMTask(INFO))
    found = print_of_data(data, "train", cases)
    # With T and A alone and truth N the reference rule sees a conflict, so all four samples of a clip do.
    assert (found.name, found.split, found.cases, found.sources) == ("somewhere", "train", 32, 4)
    assert found.conflicts == sum(case.conflict for case in cases) > 0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60), st.integers(0, 9))
def test_halves_share_no_source_and_lose_nothing(sources, seed) -> None:
    cases = [Case(Request((str(n),)), 0, conflict=False, source=f"s{one}") for n, one in enumerate(sources)]
    fit, tune = halves(cases, seed)
    assert {case.source for case in fit}.isdisjoint(case.source for case in tune)
    assert sorted((*fit, *tune), key=lambda case: int(case.request.text)) == cases
    fit_before, _ = halves(cases[:-1], seed)
    assert all(case in fit for case in fit_before)


def test_halves_are_about_equal() -> None:
    cases = [Case(Request(("",)), 0, conflict=False, source=f"s{one}") for one in range(400)]
    assert 160 < len(halves(cases, 0)[0]) < 240


# Gains


def toy_cases(n: int = 60) -> list[Case]:
    return [Case(Request((str(one),)), one % 3, one % 2 == 0, f"s{one // 4}") for one in range(n)]


def test_a_steering_that_mends_conflict_and_breaks_agreement_is_seen_to_do_both() -> None:
    cases = toy_cases()
    truth = np.array([case.truth for case in cases])
    conflict = np.array([case.conflict for case in cases])
    wrong = (truth + 1) % 3
    unsteered = np.where(conflict, wrong, truth)
    steered = np.where(conflict, truth, wrong)
    gains = {
        (one.subset, one.metric): one
        for one in Judge(cases, 3, unsteered, resamples=200, seed=0).gains(steered)
    }
    assert gains["conflict", "accuracy"].value == 1
    assert gains["conflict", "accuracy"].gain.value == 1
    assert gains["aligned", "macro_f1"].gain.value == -1
    assert gains["conflict", "accuracy"].n == 30
    assert gains["conflict", "accuracy"].gain.groups == 15


@given(
    st.lists(st.integers(0, 2), min_size=60, max_size=60),
    st.lists(st.integers(-1, 2), min_size=60, max_size=60),
)
def test_gains_are_differences_of_the_metrics_of_the_field(before, after) -> None:
    cases = toy_cases()
    unsteered, steered = np.array(before), np.array(after)
    for one in Judge(cases, 3, unsteered, resamples=20, seed=0).gains(steered):
        rows = np.array([case.conflict == (one.subset == "conflict") for case in cases])
        truth = np.array([case.truth for case in cases])[rows].tolist()
        now, was = (measured(one.metric, truth, answers[rows].tolist()) for answers in (steered, unsteered))
        assert one.value == pytest.approx(now)
        assert one.gain.value == pytest.approx(now - was)


def measured(metric: str, truth: list[int], answers: list[int]) -> float:
    given = [None if answer == UNPARSED else answer for answer in answers]
    return accuracy(truth, given) if metric == "accuracy" else macro_f1(truth, given, labels=[0, 1, 2])


def test_cases_without_an_answer_are_left_out() -> None:
    cases = toy_cases()
    truth = np.array([case.truth for case in cases])
    unsteered = truth.copy()
    unsteered[:10] = UNPARSED
    found = Judge(cases, 3, unsteered, resamples=20, seed=0).gains(truth)
    assert {one.subset: one.n for one in found} == {"conflict": 25, "aligned": 25}
    assert all(one.gain.value == 0 for one in found)


# What is written on the command line


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("upper", "upper"),
        ("all", "all"),
        ("0-5", (0, 1, 2, 3, 4, 5)),
        ("3,4,5", (3, 4, 5)),
        ("5, 0-1", (0, 1, 5)),
    ],
)
def test_layers_as_they_are_written(text, layers) -> None:
    assert read_layers(text) == layers


def test_a_target_as_it_is_written() -> None:
    assert read_target("T=.15,a=0.15, V=.7") == {"T": 0.15, "A": 0.15, "V": 0.7}


@pytest.mark.parametrize("text", ["", "low", "5-2", "1,,2", "-3", "1.5"])
def test_layers_that_are_none(text) -> None:
    with pytest.raises(ValueError, match='"upper", "all"'):
        read_layers(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("X=1", "'X=1'"),
        ("V=.5,V=.5", "each modality once"),
        ("V", "number of 0 or more"),
        ("V=nan", "number of 0 or more"),
        ("V=inf", "number of 0 or more"),
        ("T=-1", "number of 0 or more"),
        ("T=0,V=0", "at least one"),
    ],
)
def test_targets_that_are_none(text, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_target(text)


BASE = {"model": "organism", "data": "data", "out": "out"}


def test_settings_written_as_text_are_those_written_in_full() -> None:
    written = {"layers": "0-2", "target": "V=1"}
    full = {"layers": [0, 1, 2], "target": {"V": 1.0}}
    plain = [
        load(FitSettings, flags={**BASE, "steering": one}, environment={}).steering.plain
        for one in (written, full)
    ]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(
    ("model", "wrong", "line"),
    [
        (FitSettings, {"steering": {"layers": "5-2"}}, "setting 'steering.layers' is '5-2'"),
        (FitSettings, {"steering": {"eta": 1.5}}, "setting 'steering.eta' is 1.5"),
        (FitSettings, {"steering": {"colour": 1}}, "unknown setting 'steering.colour'"),
        (FitSettings, {"conflict": "none"}, "setting 'conflict' is 'none'"),
        (SweepSettings, {"k": "1,x"}, "setting 'k.1' is 'x'"),
        (SweepSettings, {"eta": ".3,7"}, "setting 'eta.1' is '7'"),
        (SweepSettings, {"layers": ["upper", "low"]}, "setting 'layers.1' is 'low'"),
    ],
)
def test_a_wrong_setting_is_named(model, wrong, line) -> None:
    with pytest.raises(InvalidConfig, match=line):
        load(model, flags=BASE | wrong, environment={})


# Where a steering is found


def test_a_plan_file_is_found_wherever_it_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("chase.json").write_text("{}")
    for text in ("chase.json", "pasta:plan=chase.json", "pasta:alpha=.1,plan=chase.json,modality=V"):
        assert plan_file(text) == Path("chase.json")
        assert placed(text) == text.replace("chase.json", str(tmp_path / "chase.json"))
    for text in (None, "pai:alpha=0.5", "other.json", "pasta:plan=other.json"):
        assert plan_file(text) is None
        assert placed(text) == text


# A benchmark run of a steered model


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("steered") / "data"
    build_emomm(EmoMMSources(synth=3), folder, seed=3)
    return folder


@pytest.fixture
def run(clips, tmp_path) -> Callable[..., dict[str, Any]]:
    """Run the organism on a few clips; returns the content of run.json."""

    def make(out: str, **changes) -> dict[str, Any]:
        given = {"benchmark": "emomm", "data": clips, "model": "organism", "out": tmp_path / out, "limit": 4}
        run_benchmark(RunSettings(**given | changes))
        return json.loads((tmp_path / out / "run.json").read_text())

    return make


def test_a_steered_run_says_so_and_stands_beside_the_unsteered_one(run, tmp_path) -> None:
    plain, steered = run("plain"), run("steered", steer="pai:alpha=2")
    assert "steering" not in plain["model"]["settings"]
    assert steered["model"]["settings"]["steering"]["name"] == "pai"
    assert steered["model"]["settings"]["steering"]["alpha"] == 2
    assert steered["manifest"]["config"]["steer"] == "pai:alpha=2"
    both = [read_run(tmp_path / name) for name in ("plain", "steered")]
    assert [one.name for one in both] == ["organism", "organism + pai"]
    assert not np.allclose(*(one.samples.log_probabilities for one in both))
    report = make_report([tmp_path / "plain", tmp_path / "steered"], resamples=10)
    assert {row["run"] for row in report.rows} == {"organism", "organism + pai"}
    assert "pai, modality V" in report.to_markdown()
    rows = compare(tmp_path / "plain", tmp_path / "steered", resamples=10)
    assert all("B was steered: pai" in row["note"] for row in rows)


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        (None, "pai:alpha=2", r"another steering \(none, not pai\)"),
        ("pai:alpha=2", None, r"another steering \(pai, not none\)"),
        ("pai:alpha=2", "pai:alpha=3", r"another steering \(alpha: 2.0, not 3.0\)"),
    ],
)
def test_a_folder_keeps_to_one_steering(run, first, second, line) -> None:
    run("out", steer=first)
    before = run("out", steer=first)
    with pytest.raises(BenchError, match=line):
        run("out", steer=second)
    assert run("out", steer=first)["model"] == before["model"]


def test_a_plan_is_read_from_its_file_and_hashed_into_the_manifest(run, clips, tmp_path) -> None:
    model = load_model("organism")
    file = tmp_path / "chase.json"
    settings = ChaseSettings(gate="always", select="all", layers=(5,), eta=0.9)
    layers = {5: LayerPlan(heads=tuple(range(8)))}
    about, data = print_of(model.weights, "organism"), DataPrint.model_validate(DATA)
    plan = ChasePlan(model=about, data=data, labels=LABELS, settings=settings, layers=layers)
    write_plan(plan, file)
    content = run("out", steer=str(file))
    assert content["manifest"]["data"]["chase.json"] == sha256(file)
    assert content["model"]["settings"]["steering"]["eta"] == 0.9
    write_plan(plan.model_copy(update={"settings": settings.model_copy(update={"eta": 0.3})}), file)
    with pytest.raises(BenchError, match=r"another steering \(eta: 0.9, not 0.3\)"):
        run("out", steer=str(file))
    # What workers of a cluster are sent is a few words; they read the plan themselves.
    source = pickle.loads(pickle.dumps(ModelSource("organism", ModelOptions(), clips, placed(str(file)))))
    assert source.load().identity.settings["steering"]["eta"] == 0.3


DATA = {"name": "d", "samples_sha256": "", "split": "train", "cases": 2, "conflicts": 1, "sources": 2}


@pytest.mark.parametrize(
    "model", ["baseline:majority", "openai:gpt-4o", "gguf:m.gguf", "inspect:openai/gpt-4o"]
)
def test_models_without_attention_are_named_before_they_are_loaded(run, model, tmp_path) -> None:
    with pytest.raises(
        SteeringError, match=f"'pai' needs a model whose attention can be changed, which {model}"
    ):
        run("out", model=model, steer="pai")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("steer", "line"),
    [("nothing.json", "nothing.json does not exist"), ("magic:x=1", "'magic:x=1' is no steering")],
)
def test_a_steering_that_is_none_is_named(run, steer, line, tmp_path) -> None:
    with pytest.raises(SteeringError, match=line):
        run("out", steer=steer)
    assert not (tmp_path / "out").exists()


def test_inspect_is_given_a_steered_model() -> None:
    from inspect_ai.model import get_model

    provider = get_model("affectlab/organism", memoize=False, steer="pai:alpha=2").api
    try:
        assert provider._model.identity.settings["steering"]["alpha"] == 2
    finally:
        provider.close()
    with pytest.raises(SteeringError, match="is no steering"):
        get_model("affectlab/organism", memoize=False, steer="magic")


@pytest.mark.parametrize(
    ("steer", "missing"), [("none.json", "none.json"), ("pasta:heads=plan,plan=none.json", "none.json")]
)
def test_a_plan_that_is_not_there_is_named_alone(steer, missing) -> None:
    with pytest.raises(SteeringError, match=rf"^{missing} does not exist"):
        load_steered("organism", ModelOptions(), steer)
