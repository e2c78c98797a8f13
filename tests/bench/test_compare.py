"""Two runs on the same data, compared sample by sample."""

import io

import numpy as np
import pytest
from rich.console import Console
from run_folders import LABELS, emomm_items, failure, item, write_run

from affectlab.affect import macro_f1, paired_cluster_bootstrap
from affectlab.bench.compare import compare
from affectlab.bench.report import show_comparison
from affectlab.errors import BenchError

NAMES = tuple(LABELS)


def keyed(rows):
    return {(one["subset"], one["metric"]): one for one in rows}


@pytest.fixture
def runs(tmp_path):
    a = emomm_items(60, 1, {"T": 1.0, "A": 3.0, "V": 0.3})
    b = emomm_items(60, 1, {"T": 1.5, "A": 1.5, "V": 1.5})
    return write_run(tmp_path / "a", a), write_run(tmp_path / "b", b), a, b


def test_differences_equal_the_reference_bootstrap_with_the_same_seed(runs) -> None:
    folder_a, folder_b, a, b = runs
    found = keyed(compare(folder_a, folder_b, seed=5, resamples=200))["conflict", "macro_f1"]
    keep = [i for i, one in enumerate(a) if one["subset"] == "conflict"]
    truth = np.array([a[i]["label"] for i in keep])
    was, now = (np.array([run[i]["prediction"] for i in keep]) for run in (a, b))
    expected = paired_cluster_bootstrap(
        lambda index: macro_f1(truth[index], was[index], labels=NAMES),
        lambda index: macro_f1(truth[index], now[index], labels=NAMES),
        [a[i]["source"] for i in keep],
        resamples=200,
        seed=5,
    )
    assert (found["value"], found["low"], found["high"], found["p"]) == pytest.approx(
        (expected.value, expected.low, expected.high, expected.p)
    )
    assert found["n"] == len(keep)
    assert found["b"] - found["a"] == pytest.approx(found["value"])


def test_a_run_does_not_differ_from_itself(runs) -> None:
    for one in compare(runs[0], runs[0], resamples=50):
        assert (one["value"], one["low"], one["high"], one["p"]) == (0, 0, 0, 1)


def test_swapping_the_runs_swaps_the_sign(runs) -> None:
    there, back = (keyed(compare(*order, resamples=100)) for order in (runs[:2], runs[1::-1]))
    for key, one in there.items():
        other = back[key]
        assert (one["value"], one["low"], one["high"]) == pytest.approx(
            (-other["value"], -other["high"], -other["low"])
        )
        assert one["p"] == pytest.approx(other["p"])


def test_only_accuracy_is_adjusted_for_the_number_of_subsets(runs) -> None:
    rows = compare(runs[0], runs[1], resamples=200)
    adjusted = [one for one in rows if one["p_holm"] is not None]
    assert {one["metric"] for one in adjusted} == {"accuracy"}
    assert {one["subset"] for one in adjusted} == {one["subset"] for one in rows}
    assert all(one["p_holm"] >= one["p"] for one in adjusted)


def test_samples_that_one_run_lacks_are_left_out_with_a_note(tmp_path) -> None:
    a = [item(f"s{i}", "P", "P") for i in range(6)]
    b = [item(f"s{i}", "P", "N") for i in (5, 4, 3, 2)] + [failure("s1", "P", "endpoint", "refused")]
    rows = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", b), resamples=20)
    found = keyed(rows)["overall", "accuracy"]
    assert (found["n"], found["value"]) == (4, -1.0)
    assert "2 of 6 samples of A left out" in found["note"]
    assert "1 of 5 samples of B left out" in found["note"]


def test_samples_are_paired_by_name_and_not_by_place(tmp_path) -> None:
    a = [item(f"s{i}", NAMES[i % 5], NAMES[i % 5]) for i in range(10)]
    rows = compare(write_run(tmp_path / "a", a), write_run(tmp_path / "b", a[::-1]), resamples=20)
    assert keyed(rows)["overall", "accuracy"]["value"] == 0
    assert "note" not in rows[0]


def test_what_the_runs_do_not_share_is_noted(tmp_path) -> None:
    items = [item(f"s{i}", "P", "P") for i in range(4)]
    a = write_run(tmp_path / "a", items)
    b = write_run(
        tmp_path / "b",
        items,
        mode="generate",
        status="cancelled",
        task={"name": "emomm", "version": "2", "parameters": {}},
        selection={"modalities": ["T", "V"]},
    )
    note = compare(a, b, resamples=20)[0]["note"]
    for words in (
        "mode score, B in mode generate",
        "versions of the task",
        "B was stopped",
        "A was shown everything, B TV",
    ):
        assert words in note


def test_the_terminal_shows_differences_whole_and_what_limits_them(runs, tmp_path) -> None:
    items = runs[3][:-7]
    rows = compare(runs[0], write_run(tmp_path / "fewer", items, model="hf:fewer"), resamples=50)
    console = Console(file=io.StringIO(), width=80)
    show_comparison(rows, "B [less] A", console)
    shown = console.file.getvalue()
    assert "B [less] A" in shown
    assert "…" not in shown
    assert "7 of 420 samples of A left out" in " ".join(shown.split())
    for one in rows:
        assert f"[{one['low']:.3f}, {one['high']:.3f}]".replace("-", "−") in shown


def test_different_data_are_refused(tmp_path) -> None:
    items = [item("s", "P", "P")]
    other = {"folder": "else", "samples_sha256": "bb" * 32, "labels": LABELS, "values": {}, "parameters": {}}
    a, b = write_run(tmp_path / "a", items), write_run(tmp_path / "b", items, dataset=other)
    with pytest.raises(BenchError, match=r"different data sets \(aaaaaaaaaaaa and bbbbbbbbbbbb\)"):
        compare(a, b)


def test_runs_without_a_common_sample_are_refused(tmp_path) -> None:
    a, b = (write_run(tmp_path / name, [item(name, "P", "P")]) for name in ("a", "b"))
    with pytest.raises(BenchError, match="no answered sample in common"):
        compare(a, b)
