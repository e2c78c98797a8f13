"""A whole evaluation: same folds for all, gone on with, same seed same figures, nothing peeped at."""

import json
import threading
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from evaluation_people import epochs_of, rest_and_task, trials
from pydantic import ValidationError

from affectlab.decoding.datasets.jobs import Interrupted
from affectlab.decoding.datasets.store import write_epochs
from affectlab.decoding.evaluation import bench, methods
from affectlab.decoding.evaluation.conditions import Condition, conditions
from affectlab.decoding.evaluation.evaluate import KEPT, evaluate
from affectlab.decoding.evaluation.foldwork import bench_of
from affectlab.decoding.evaluation.method import Prediction
from affectlab.decoding.evaluation.report import figure, write_report
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.errors import DecodingError, UnknownChannels

pytest.importorskip("polars")

QUICK = {"resamples": 100, "permutations": 99, "chance": 2, "workers": 1, "baseline_seconds": 12.0}


def settings(**more) -> EvaluateSettings:
    return EvaluateSettings(**QUICK | {"methods": ("majority", "bandpower-ridge")} | more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    epochs = epochs_of(rest_and_task(5, rest=48, task=24), effect=0.8, seed=2)
    place = tmp_path_factory.mktemp("data") / "epochs"
    write_epochs(place, epochs.info, [epochs])
    return place


def value(found, method, metric, **keys):
    rows = [
        row
        for row in found.rows
        if (row["method"], row["metric"]) == (method, metric)
        and all(row.get(name) == wanted for name, wanted in keys.items())
        and not {"subject", "against", "curve", "labels", "signals"} & row.keys() - keys.keys()
    ]
    assert len(rows) == 1
    return rows[0]


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    return evaluate(settings(controls=("drift",)), folder, tmp_path_factory.mktemp("out"))


def test_figures_have_intervals_over_people_and_what_can_know_nothing_is_at_chance(found) -> None:
    row = value(found, "bandpower-ridge", "balanced_accuracy")
    assert row["low"] <= row["value"] <= row["high"]
    assert row["n"] == 5
    assert row["value"] > 0.8
    assert row["p"] <= 0.1
    assert value(found, "majority", "balanced_accuracy")["value"] == 0.5
    assert abs(value(found, "permuted", "balanced_accuracy")["value"] - 0.5) < 0.25
    people = [row for row in found.rows if "subject" in row and row["metric"] == "auc"]
    assert len(people) == 10


def test_what_limits_the_figures_is_said(found) -> None:
    told = " ".join(found.notes)
    assert "nobody's high and low windows share a recording" in told
    assert "the label follows from the stimulus" in told
    about = found.facts["targets"]["arousal"]
    assert about["states"].keys() == {"rest", "task"}
    assert found.facts["windows"] + found.facts["windows_set_aside"] == 5 * (23 + 11)


def test_the_belief_moves_with_the_state_and_not_with_time(found) -> None:
    moved = value(found, "bandpower-ridge", "shift_with_state")
    late = value(found, "bandpower-ridge", "shift_late_rest")
    assert moved["low"] > 0.2
    assert abs(late["value"]) < 0.3 * moved["value"]


def test_same_seed_same_figures_in_one_process_or_two(folder, tmp_path, found) -> None:
    again = evaluate(settings(controls=("drift",), workers=2), folder, tmp_path)
    assert again.rows == found.rows


def test_what_was_finished_is_not_done_again(folder, tmp_path) -> None:
    first = evaluate(settings(), folder, tmp_path)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / KEPT).rglob("*.npz")}
    gone = sorted(files)[0]
    gone.unlink()
    second = evaluate(settings(), folder, tmp_path)
    now = {path: path.stat().st_mtime_ns for path in (tmp_path / KEPT).rglob("*.npz")}
    assert [path for path in files if files[path] != now[path]] == [gone]
    assert second.rows == first.rows


def test_told_to_stop_it_keeps_what_is_finished_and_goes_on(folder, tmp_path, found) -> None:
    stop = threading.Event()

    def say(_name):
        return lambda done, _total, _failed: stop.set() if done == 3 else None

    with pytest.raises(Interrupted):
        evaluate(settings(controls=("drift",)), folder, tmp_path, stop=stop, say=say)
    assert len(list((tmp_path / KEPT).rglob("*.npz"))) == 3
    assert evaluate(settings(controls=("drift",)), folder, tmp_path).rows == found.rows


def test_a_damaged_fold_is_named(folder, tmp_path) -> None:
    evaluate(settings(methods=("majority",), chance=0), folder, tmp_path)
    torn = next((tmp_path / KEPT).rglob("*.npz"))
    torn.write_bytes(torn.read_bytes()[:40])
    with pytest.raises(DecodingError, match=r"npz is damaged .* delete it"):
        evaluate(settings(methods=("majority",), chance=0), folder, tmp_path)


class Peeping:
    """Says the label where it can see one, and otherwise that it does not know."""

    name = "peeping"

    def fit(self, examples, target, *, seed):
        assert np.isfinite(examples.table.label(target)).all()
        return self

    def predict(self, examples):
        label = examples.table.arousal
        seen = np.nan_to_num(label) + (examples.table.state == "task")
        return Prediction(seen * 0, seen * 0 + 1, np.clip(0.5 + seen, 0, 1))


class Broken(Peeping):
    """Gives something else than a belief."""

    def predict(self, examples):
        return replace(super().predict(examples), high=np.full(len(examples), np.nan))


def test_labels_of_what_is_judged_cannot_be_seen(folder, monkeypatch) -> None:
    monkeypatch.setattr(bench, "make_method", lambda _name: Peeping())
    ready = bench_of(folder, Condition("", 12.0), settings())
    np.testing.assert_array_equal(ready.run("peeping", "arousal", 0)["high"], 0.5)


def test_what_is_no_belief_is_refused_by_name(folder, monkeypatch) -> None:
    monkeypatch.setattr(bench, "make_method", lambda _name: Broken())
    ready = bench_of(folder, Condition("", 12.0), settings())
    with pytest.raises(DecodingError, match="method 'broken' gave high of shape"):
        ready.run("broken", "arousal", 0)


def test_the_default_is_compared_with_every_rival_and_not_with_the_oracle(
    folder, tmp_path, monkeypatch
) -> None:
    monkeypatch.setitem(methods._METHODS, "graph", methods._METHODS["bandpower-ridge"])
    chosen = settings(methods=("majority", "stimulus-mean", "bandpower-ridge", "graph"), chance=0)
    compared = evaluate(chosen, folder, tmp_path)
    rows = {(row["against"], row["metric"]): row for row in compared.rows if "against" in row}
    assert {name for name, _ in rows} == {"majority", "bandpower-ridge"}
    same = rows["bandpower-ridge", "difference_balanced_accuracy"]
    assert (same["value"], same["p"], same["p_holm"]) == (0.0, 1.0, 1.0)
    better = rows["majority", "difference_ccc"]
    assert better["value"] > 0.3
    assert better["p_holm"] >= better["p"]


# Curves, controls, protocols


def test_a_longer_baseline_is_judged_on_the_same_windows(folder) -> None:
    asked = settings(curves=("calibration",))
    made = conditions(asked, bench_of(folder, Condition("", 12.0), asked).epochs.table, ())
    lengths = [one for one in made if one.keys.get("own") == "rest"]
    assert [one.baseline_seconds for one in lengths] == [0.0, 15.0, 30.0]
    scored = [bench_of(folder, one, asked).scored for one in lengths]
    for other in scored[1:]:
        np.testing.assert_array_equal(scored[0], other)


def test_a_persons_own_labelled_windows_are_learned_from_and_never_judged(folder) -> None:
    asked = settings(curves=("calibration",))
    epochs = bench_of(folder, Condition("", 12.0), asked).epochs
    assert not any(one.own_reserved for one in conditions(asked, epochs.table, ()))
    more = Condition("own", 12.0, own_seconds=8.0, own_reserved=12.0)
    for fold in bench_of(folder, more, asked).folds("arousal"):
        judged = epochs.table.subject[fold.test[0]]
        mine = fold.train[epochs.table.subject[fold.train] == judged]
        assert set(epochs.table.state[mine]) == {"rest", "task"}
        assert 0.2 < mine.size / fold.train.size < 0.3
        assert not set(mine) & set(fold.test)


def test_channels_and_artefacts_are_rows_of_their_own(folder, tmp_path) -> None:
    asked = settings(methods=("bandpower-ridge",), chance=0, curves=("channels",), controls=("artefacts",))
    curves = evaluate(asked, folder, tmp_path)
    assert value(curves, "bandpower-ridge", "ccc", curve="channels", channels=4)["montage"] == "Fp1 Fp2 T7 T8"
    alone = value(curves, "bandpower-ridge", "balanced_accuracy", signals="eyes and muscle only")
    cleaned = value(curves, "bandpower-ridge", "balanced_accuracy", signals="without eyes and muscle")
    # The effect of these made-up people is in alpha, at all electrodes.
    assert cleaned["value"] > 0.8 > alone["value"]


def test_the_leak_says_so_in_every_output(folder, tmp_path) -> None:
    leaked = evaluate(settings(protocol="leaked", chance=0), folder, tmp_path)
    assert leaked.notes[0].startswith("LEAKED ON PURPOSE")
    assert sum("leaks:" in note for note in leaked.notes) == 3
    write_report(leaked, tmp_path, {})
    assert "LEAKED ON PURPOSE" in (tmp_path / "evaluation.md").read_text()
    assert json.loads((tmp_path / "evaluation.json").read_text())["facts"]["checked_apart"] == []


def test_stimuli_of_others_are_judged_by_people_not_met(tmp_path) -> None:
    epochs = epochs_of(trials(people=4, stimuli=8, seed=1), effect=0.8)
    write_epochs(tmp_path / "epochs", epochs.info, [epochs])
    crossed = evaluate(
        settings(
            protocol="subject-stimulus", parts=4, chance=0, methods=("stimulus-mean", "bandpower-ridge")
        ),
        tmp_path / "epochs",
        tmp_path / "out",
    )
    assert crossed.facts["targets"]["arousal"]["folds"] == 16
    assert crossed.facts["people_with_baseline"] == 0
    assert value(crossed, "bandpower-ridge", "auc")["value"] > 0.6


# Reports


def test_the_report_is_whole_and_its_drawings_are_svg(found, tmp_path) -> None:
    files = write_report(found, tmp_path, {"seeds": {"evaluation": 0}})
    assert [path.name for path in files[:2]] == ["evaluation.json", "evaluation.md"]
    content = json.loads(files[0].read_text())
    assert content.keys() == {"command", "format", "manifest", "facts", "notes", "rows"}
    assert len(content["rows"]) == len(found.rows)
    for drawing in files[2:]:
        assert ElementTree.fromstring(drawing.read_text()).tag.endswith("svg")
        assert f"]({drawing.name})" in files[1].read_text()
    shown = value(found, "bandpower-ridge", "balanced_accuracy")
    assert figure(shown) in files[1].read_text()


@pytest.mark.parametrize(
    ("wrong", "error", "line"),
    [
        ({"channels": ("Fp1", "Oz")}, UnknownChannels, "channel 'Oz' is not recorded"),
        ({"targets": ("valence",)}, DecodingError, "no labels above and below 0 of valence are left"),
    ],
)
def test_what_the_data_lack_is_named(folder, tmp_path, wrong, error, line) -> None:
    with pytest.raises(error, match=line):
        evaluate(settings(**wrong), folder, tmp_path)


def test_unknown_methods_are_named() -> None:
    with pytest.raises(ValidationError, match="method 'magic' is not known; expected one of: majority"):
        settings(methods="majority,magic")
