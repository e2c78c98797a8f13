"""Fitting and sweeping on real clips with the organism: what is touched, kept, chosen and written."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from affectlab.affect import Difference
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.emomm.build import EmoMMSources, build_emomm
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.bench.steering.cases import cases_of
from affectlab.bench.steering.fitting import fit_plan, partial_file
from affectlab.bench.steering.gains import Gain
from affectlab.bench.steering.grid import combinations, under
from affectlab.bench.steering.loading import load_steerable
from affectlab.bench.steering.settings import FitSettings, SweepSettings
from affectlab.bench.steering.sweep import sweep
from affectlab.bench.steering.swept import Sweep, Trial, best_of
from affectlab.bench.steering.trial import Interrupted
from affectlab.bench.steering.variants import Reading, Variants, read_cases
from affectlab.bench.store import AnswerStore
from affectlab.errors import BenchError, SteeringError
from affectlab.models import Media, ModelOptions, Request
from affectlab.models.hf.model import HfModel
from affectlab.steering.from_plan import chase_steering
from affectlab.steering.model import SteeredModel
from affectlab.steering.plan import ChaseSettings, read_plan, write_plan

pytestmark = pytest.mark.timeout(240)

STEERING = {
    "eta": 0.9,
    "tau": 0.5,
    "k": 2,
    "layers": (4, 5),
    "target": {"T": 0.15, "A": 0.15, "V": 0.7},
    "select": "dominance",
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Clips with a test side that nothing here may look at."""
    folder = tmp_path_factory.mktemp("sweep") / "data"
    build_emomm(EmoMMSources(synth=28), folder, rules=EmoMMRules(test_share=0.2), seed=7)
    return folder


@pytest.fixture(scope="module")
def dataset(data) -> Dataset:
    return read_dataset(data)


@contextmanager
def watched() -> Iterator[list[Request]]:
    """Yield the list that every request the model is given comes into."""
    seen: list[Request] = []
    score = HfModel.score

    def spy(self, requests, labels, **more):
        seen.extend(requests)
        return score(self, requests, labels, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HfModel, "score", spy)
        yield seen


def hashes(requests: list[Request]) -> set[str]:
    return {part.sha256 for one in requests for part in one.parts if isinstance(part, Media)}


def side(dataset: Dataset, split: str) -> set[str]:
    return {media.sha256 for one in dataset.samples if one.split == split for media in one.media}


@pytest.fixture(scope="module")
def fitted(data, tmp_path_factory) -> SimpleNamespace:
    """A plan of the training side, and what the model was shown for it."""
    file = tmp_path_factory.mktemp("plan") / "chase.json"
    with watched() as shown:
        found = fit_plan(FitSettings(model="organism", data=data, out=file, measure=8, steering=STEERING))
    return SimpleNamespace(file=file, plan=found.plan, shown=shown)


def settings_for(data: Path, file: Path, out: Path, **changes) -> SweepSettings:
    given = {"model": "organism", "data": data, "out": out, "plan": file, "measure": 8}
    return SweepSettings(**given | {"eta": (0.3, 0.9), "layers": ((4, 5), (5,))} | changes)


@pytest.fixture
def settings(data, fitted, tmp_path) -> Callable[..., SweepSettings]:
    return lambda **changes: settings_for(data, fitted.file, tmp_path / "sweep", **changes)


@pytest.fixture(scope="module")
def whole(data, fitted, tmp_path_factory) -> SimpleNamespace:
    """A sweep of four settings, and what the model was shown for it."""
    out = tmp_path_factory.mktemp("whole")
    with watched() as shown:
        found = sweep(settings_for(data, fitted.file, out))
    return SimpleNamespace(found=found, out=out, shown=shown)


# Fitting


def test_a_fit_shows_the_model_training_sources_only(fitted, dataset) -> None:
    assert hashes(fitted.shown) == side(dataset, "train")
    assert side(dataset, "test")
    assert [one.name for one in fitted.file.parent.iterdir()] == ["chase.json"]


def test_a_fitted_plan_is_in_the_file_and_says_what_it_is_of(fitted, dataset) -> None:
    assert read_plan(fitted.file).model_dump_json() == fitted.plan.model_dump_json()
    assert fitted.plan.settings == ChaseSettings(**STEERING)
    assert fitted.plan.data.split == "train"
    assert fitted.plan.data.samples_sha256 == dataset.info.samples_sha256


def test_a_fit_that_was_stopped_goes_on_to_the_same_plan(data, tmp_path) -> None:
    steering = STEERING | {"select": "causal", "layers": (5,), "gate": "always"}
    out = tmp_path / "chase.json"
    settings = FitSettings(
        model="organism",
        data=data,
        out=out,
        measure=16,
        limit=40,
        steering=steering,
        options={"batch_size": 4},
    )
    stop = threading.Event()

    def stop_when_some_is_kept(*_: int) -> None:
        if partial_file(out).exists():
            stop.set()

    with pytest.raises(Interrupted):
        fit_plan(settings, stop=stop, progress=stop_when_some_is_kept)
    assert not out.exists()
    assert partial_file(out).exists()
    resumed = fit_plan(settings).plan
    whole = fit_plan(settings.model_copy(update={"out": tmp_path / "whole.json"})).plan
    assert resumed.model_dump_json() == whole.model_dump_json()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chase.json", "whole.json"]


def test_nothing_but_a_plan_is_written_over(data, tmp_path) -> None:
    precious = tmp_path / "thesis.tex"
    precious.write_text("all of it")
    with pytest.raises(SteeringError, match=r"thesis.tex is there and is no steering plan"):
        fit_plan(FitSettings(model="organism", data=data, out=precious))
    assert precious.read_text() == "all of it"


# Sweeping


def test_a_sweep_fits_on_one_half_of_the_training_sources_and_judges_on_the_other(whole, dataset) -> None:
    assert hashes(whole.shown) == side(dataset, "train")
    parts = [whole.found.fitted_on, whole.found.tuned_on]
    assert all(part.split == "train" and part.sources > 3 for part in parts)
    sources = {one.groups["source"] for one in dataset.samples if one.split == "train"}
    assert sum(part.sources for part in parts) == len(sources)


def test_a_sweep_has_a_trial_for_each_setting_beside_the_unsteered_model(whole) -> None:
    unsteered, *steered = whole.found.trials
    assert unsteered.settings is None
    assert all(one.gain.value == 0 for one in unsteered.gains)
    n = {one.subset: one.n for one in unsteered.gains}
    assert n["conflict"] + n["aligned"] == whole.found.tuned_on.cases
    tried = [(one.settings.eta, one.settings.layers) for one in steered]
    assert sorted(tried) == [(0.3, (4, 5)), (0.3, (5,)), (0.9, (4, 5)), (0.9, (5,))]


def test_the_files_of_a_sweep_say_what_it_found(whole) -> None:
    content = json.loads((whole.out / "sweep.json").read_text())
    assert content["rows"] == rows_of(whole.found)
    assert len(content["rows"]) == 5 * 2 * 2
    page = (whole.out / "sweep.md").read_text().splitlines()
    (head,) = [line for line in page if line.startswith("| eta | layers | conflict accuracy |")]
    assert sum(line.startswith("| ") for line in page) == len([head, "rule", *whole.found.trials])


def test_a_sweep_that_was_stopped_asks_nothing_twice_and_comes_out_the_same(settings, whole) -> None:
    stop = threading.Event()

    def say(stage: str) -> Callable[[int, int, int], None]:
        def told(done: int, total: int, failed: int) -> None:
            if stage == "trying settings" and done > total // 2:
                stop.set()

        return told

    with watched() as shown:
        with pytest.raises(Interrupted):
            sweep(settings(), stop=stop, say=say)
        assert 0 < len(shown) < len(whole.shown)
        assert not (settings().out / "sweep.json").exists()
        assert rows_of(sweep(settings())) == rows_of(whole.found)
    assert len(shown) == len(whole.shown)


def test_a_wider_sweep_in_the_same_folder_asks_only_what_is_new(settings, whole) -> None:
    with watched() as shown:
        sweep(settings(eta=(0.3,)))
        assert rows_of(sweep(settings())) == rows_of(whole.found)
        assert len(shown) == len(whole.shown)
        sweep(settings())
    assert len(shown) == len(whole.shown)


def rows_of(found: Sweep) -> list[dict]:
    return found.to_json()["rows"]


def test_the_plan_of_the_best_settings_is_fitted_on_all_training_sources(settings, fitted, tmp_path) -> None:
    """On these clips the organism gains where all heads are always steered towards the face."""
    plan = fitted.plan
    opened = tmp_path / "open.json"
    always = plan.settings.model_copy(update={"gate": "always", "select": "all"})
    write_plan(plan.model_copy(update={"settings": always}), opened)
    out = tmp_path / "best.json"
    found = sweep(settings(plan=opened, k=(), eta=(0.9,), layers=("all",), write=out))
    assert found.best is found.trials[1]
    assert found.best.of("conflict", "accuracy").gain.value > 0
    best = read_plan(out)
    assert best.settings == found.best.settings
    assert best.data.sources == found.fitted_on.sources + found.tuned_on.sources
    assert best.layers.keys() == set(range(6))


def test_where_nothing_gains_no_plan_is_written_but_the_table_is(settings, tmp_path) -> None:
    out = tmp_path / "best.json"
    with pytest.raises(BenchError, match="no setting gains in conflict"):
        sweep(settings(eta=(0.0,), k=(1,), layers=((5,),), write=out))
    assert not out.exists()
    assert "No setting gains" in (settings().out / "sweep.md").read_text()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"limit": 1}, "leave .* cases to .* on, .* in conflict"),
        ({"layers": ((7,),)}, "layers name 7, but the model has layers 0 to 5"),
        ({"plan": Path("nothing.json")}, "nothing.json does not exist"),
    ],
)
def test_what_cannot_be_swept_is_named(settings, changes, line) -> None:
    with pytest.raises((BenchError, SteeringError), match=line):
        sweep(settings(**changes))


def test_a_folder_that_is_a_file_is_named(settings, tmp_path) -> None:
    (tmp_path / "sweep").write_text("")
    with pytest.raises(BenchError, match="is a file; expected a folder"):
        sweep(settings())


# Short cuts change nothing


@pytest.fixture(scope="module")
def tuned(dataset, fitted) -> Iterator[SimpleNamespace]:
    """The organism, a few cases, a plan fitted on others, and what the organism makes of them."""
    model = load_steerable("organism", ModelOptions())
    cases = cases_of(dataset, EmoMMTask(dataset.info), split="test")
    # So few clips teach a probe nothing; this one is sure of something, right or wrong.
    layers = {
        layer: one.model_copy(update={"probe": one.probe.model_copy(update={"slope": 3.0, "intercept": 0.0})})
        for layer, one in fitted.plan.layers.items()
    }
    plan = fitted.plan.model_copy(update={"layers": layers})
    reading = read_cases(model, cases, plan, lambda *_: None)
    yield SimpleNamespace(model=model, cases=cases, plan=plan, reading=reading)
    model.close()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_asking_only_where_the_gate_opens_gives_the_answers_of_asking_always(tuned, tmp_path, share) -> None:
    tau = float(np.quantile(np.max(list(tuned.reading.conflict.values()), axis=0), share))
    plan = under(tuned.plan, tuned.plan.settings.model_copy(update={"tau": tau, "k": 8}), 0)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        variants = Variants(tuned.model, tuned.cases, tuned.reading, ("emomm", "1"), store)
        opened = variants.opened(plan)
        found = variants.answers(plan, opened, stop=threading.Event(), progress=lambda _: None)
    steered = SteeredModel(tuned.model, chase_steering(plan))
    requests = [case.request for case in tuned.cases]
    every = [one.log_likelihoods.argmax() for one in steered.score(requests, plan.labels)]
    assert found.tolist() == every
    assert 0 < opened.sum() < len(opened)


@pytest.mark.parametrize("gate", ["always", "soft"])
def test_a_gate_that_is_never_shut_lets_every_case_be_asked(tuned, tmp_path, gate) -> None:
    changes = {"soft": True} if gate == "soft" else {"gate": "always"}
    plan = under(tuned.plan, tuned.plan.settings.model_copy(update=changes), 0)
    with AnswerStore(tmp_path / "answers.sqlite") as store:
        assert Variants(tuned.model, tuned.cases, tuned.reading, ("emomm", "1"), store).opened(plan).all()


def test_a_reading_is_read_back_as_it_was(tuned, tmp_path) -> None:
    tuned.reading.write(tmp_path / "reading.npz")
    back = Reading.read(tmp_path / "reading.npz")
    assert back.answers.tolist() == tuned.reading.answers.tolist()
    assert back.conflict.keys() == tuned.reading.conflict.keys() == {4, 5}
    assert all(np.array_equal(back.conflict[layer], tuned.reading.conflict[layer]) for layer in (4, 5))


@pytest.mark.parametrize("changes", [{"layers": (5,), "k": 1}, {"select": "discriminability", "k": 3}])
def test_one_fit_serves_other_settings_as_their_own_fits_would(data, fitted, tmp_path, changes) -> None:
    own = FitSettings(
        model="organism", data=data, out=tmp_path / "own.json", measure=8, steering=STEERING | changes
    )
    other = fit_plan(own).plan
    derived = under(fitted.plan, other.settings, 0)
    assert {layer: one.heads for layer, one in derived.layers.items()} == {
        layer: one.heads for layer, one in other.layers.items()
    }
    for layer, one in other.layers.items():
        assert derived.layers[layer].probe.model_dump_json() == one.probe.model_dump_json()


# Combinations and the choice among them


def swept(**values) -> SweepSettings:
    return SweepSettings(model="organism", data="data", out="out", **values)


def test_every_combination_comes_once() -> None:
    found = combinations(ChaseSettings(), swept(k="1,2,2", eta=".3,.9", layers=["upper", "0-2"]))
    assert len(found) == 2 * 2 * 2
    assert {(one.k, one.eta, one.layers) for one in found} == {
        (k, eta, layers) for k in (1, 2) for eta in (0.3, 0.9) for layers in ("upper", (0, 1, 2))
    }
    assert {one.tau for one in found} == {ChaseSettings().tau}


def test_nothing_swept_tries_the_settings_as_they_are() -> None:
    assert combinations(ChaseSettings(eta=0.2), swept()) == [ChaseSettings(eta=0.2)]


@pytest.mark.parametrize(
    ("base", "values", "line"),
    [
        ({"gate": "always"}, {"tau": ".5"}, "--tau does nothing where the gate is 'always'"),
        ({"soft": True}, {"tau": ".5"}, "--tau does nothing where the gate is soft"),
        ({"select": "all"}, {"k": "1,2"}, "--k does nothing where all heads are steered"),
    ],
)
def test_sweeping_what_does_nothing_is_refused(base, values, line) -> None:
    with pytest.raises(BenchError, match=line):
        combinations(ChaseSettings(**base), swept(**values))


def trial(conflict: float, aligned: float, eta: float = 0.5) -> Trial:
    def gain(subset: str, metric: str, value: float) -> Gain:
        return Gain(subset, metric, 0.5, 0.4, 0.6, Difference(value, value, value, 9, 0, p=1.0), 10)

    gains = (gain("conflict", "accuracy", conflict), gain("aligned", "macro_f1", aligned))
    return Trial(ChaseSettings(eta=eta), gains, {"conflict": 1.0, "aligned": 1.0})


def test_the_best_gains_most_in_conflict_within_what_agreement_may_cost() -> None:
    cheap, dear, fair = trial(0.1, 0.0), trial(0.3, -0.02), trial(0.2, -0.01)
    nothing = replace(trial(0, 0), settings=None)
    assert best_of([nothing, cheap, dear, fair]) is fair
    assert best_of([nothing, cheap, dear]) is cheap
    assert best_of([nothing, dear]) is None
    assert best_of([nothing, trial(0.0, 0.0), trial(-0.1, 0.2)]) is None
    first, second = trial(0.1, 0.0, 0.3), trial(0.1, 0.0, 0.6)
    assert best_of([nothing, first, second]) is first
