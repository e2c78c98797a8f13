"""Reports on AICA runs: what is measured, paired, averaged, and said to be missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aica_runs import HOSTILE, aica_data, aica_run, judge

from affectlab.bench.aica.metrics import DEFINITIONS
from affectlab.bench.aica.paired import pairs_of, question_of
from affectlab.bench.aica.report import AicaReport, make_aica_report
from affectlab.bench.aica.report._arms import arm_differences
from affectlab.bench.aica.report._board import PAPER
from affectlab.bench.aica.report._judged import Judged, read_judged
from affectlab.bench.aica.report._published import PUBLISHED
from affectlab.bench.compare import compare
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.bench.report import report_on
from affectlab.errors import BenchError


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return aica_data(tmp_path_factory.mktemp("aica") / "data")


@pytest.fixture(scope="module")
def judged(data: Path) -> Path:
    folder = aica_run(data, data.parent / "judged")
    judge(folder)
    return folder


@pytest.fixture(scope="module")
def plain(data: Path) -> Path:
    return aica_run(data, data.parent / "plain", "other", right={"basic": 8, "cot": 8})


@pytest.fixture(scope="module")
def report(judged: Path, plain: Path) -> AicaReport:
    made = report_on([judged, plain], resamples=200)
    assert isinstance(made, AicaReport)
    return made


def find(rows: list[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_the_overall_figure_is_the_papers_mean(report: AicaReport) -> None:
    (line,) = find(report.rows, run="toy:seer", metric="overall_percent", arm=PAPER)
    eu = [
        find(
            report.rows,
            run="toy:seer",
            task="eu",
            arm=arm,
            subset="overall",
            metric="published_f1",
            method="toy:seer",
        )[0]["value"]
        for arm in ("basic", "cot")
    ]
    # Texts were rated 4, 3.5 and 3, and 4 and 3.5: 3.5 of ER and 3.75 of EGCG.
    assert line["value"] == pytest.approx((100 * np.mean(eu) + 20 * 3.5 + 20 * 3.75) / 3)
    assert line["missing"] == []


def test_the_published_overall_figures_follow_from_the_same_mean() -> None:
    for one in PUBLISHED:
        assert ((one.basic + one.cot) / 2 + one.er + one.egcg) / 3 == pytest.approx(one.overall, abs=0.011)


def test_a_model_without_a_judge_has_no_overall_figure(report: AicaReport) -> None:
    (line,) = find(report.rows, run="toy:other", metric="overall_percent", arm=PAPER)
    assert np.isnan(line["value"])
    assert line["missing"] == ["ER", "EGCG"]
    assert "incomplete: no ER, no EGCG" in report.book.to_markdown()
    assert "not judged yet" in report.book.to_markdown()


def test_differences_of_arms_are_paired(judged: Path) -> None:
    run = read_exam_run(judged)
    rows = arm_differences(run, read_judged(run, []), resamples=200, seed=0)
    found = find(rows, task="eu", arm="cot", than="basic", subset="artphoto", metric="accuracy")[0]
    sides = {
        arm: {question_of(row): row for row in run.select(task="eu", arm=arm) if row["status"] != "failed"}
        for arm in ("basic", "cot")
    }
    both = [key for key in sides["basic"] if key in sides["cot"] and key.startswith("artphoto")]
    right = {
        arm: np.mean([max(own[key]["target"]) == own[key]["prediction"] for key in both])
        for arm, own in sides.items()
    }
    assert found["n"] == len(both) < 24
    assert (found["a"], found["b"]) == pytest.approx((right["basic"], right["cot"]))
    assert found["value"] == pytest.approx(right["cot"] - right["basic"])
    assert found["low"] < found["value"] < found["high"]


def test_equal_arms_do_not_differ_and_holm_counts_the_arms(judged: Path) -> None:
    run = read_exam_run(judged)
    basic = run.select(task="eu", arm="basic")
    copies = [
        {**row, "arm": arm, "item": row["item"].replace("__basic", f"__{arm}")}
        for arm in ("gat", "gat-grid")
        for row in basic
    ]
    twins = ExamRun(run.folder, run.about, (*run.rows, *copies))
    rows = arm_differences(twins, Judged(), resamples=200, seed=0)
    same = find(rows, task="eu", arm="gat", than="basic", subset="overall", metric="accuracy")[0]
    assert (same["value"], same["low"], same["high"], same["p"]) == (0, 0, 0, 1)
    family = find(rows, task="eu", than="basic", subset="overall", metric="accuracy")
    assert {row["arm"] for row in family} == {"cot", "gat", "gat-grid"}
    cot = find(family, arm="cot")[0]
    assert cot["p_holm"] == pytest.approx(min(1, 3 * cot["p"]))
    assert {(row["arm"], row["than"]) for row in rows if row["than"] != "basic"} == {
        ("gat", "cot"),
        ("gat", "gat-grid"),
    }
    assert all(row["p_holm"] is None for row in rows if row["metric"] == "macro_f1")


def test_pairs_leave_out_what_failed_on_either_side(judged: Path) -> None:
    run = read_exam_run(judged)
    failed = {question_of(row) for row in run.select(task="eu") if row["status"] == "failed"}
    pairs = pairs_of(run.select(task="eu", arm="basic"), run.select(task="eu", arm="cot"))
    assert failed
    assert {question_of(a) for a, _ in pairs} == {question_of(b) for _, b in pairs}
    assert not failed & {question_of(a) for a, _ in pairs}


def test_the_files_hold_the_same_figures(report: AicaReport, tmp_path: Path) -> None:
    written = report.write(tmp_path)
    assert [path.name for path in written] == ["report.html", "report.md", "report.json", "gallery.html"]
    content = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    row = find(content["rows"], run="toy:seer", task="eu", arm="cot", subset="overall", metric="accuracy")[0]
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in markdown
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<caption>PUBLISHED, not measured here") == 2
    assert "<b>cannot</b>" not in page
    assert "&lt;b&gt;cannot&lt;/b&gt;" in page
    for address in ("http://", "https://"):
        assert f'src="{address}' not in page
        assert f"url({address}" not in page
    assert "3/7" in markdown


def test_the_terminal_gets_the_leaderboard(report: AicaReport, capsys: pytest.CaptureFixture[str]) -> None:
    report.print()
    assert "Leaderboard" in capsys.readouterr().out


def test_judgements_beside_another_run_count_for_the_run_they_name(
    judged: Path, plain: Path, tmp_path: Path
) -> None:
    judge(plain, best=2.0, into=tmp_path)
    found = read_judged(read_exam_run(plain), [judged, tmp_path])
    assert {value for one in found.scores.values() for value in one.values()} <= {2.0, 1.5, 1.0}
    assert found.judge == "toy:judge"


def test_a_damaged_judgement_is_refused_in_one_line(judged: Path, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "judgements.jsonl").write_text('{"kind": "rating", "item": "x"}\n', encoding="utf-8")
    with pytest.raises(BenchError, match="line 1 is no judgement"):
        read_judged(read_exam_run(plain), [tmp_path])


def test_two_runs_are_compared_question_by_question(judged: Path, plain: Path) -> None:
    rows = compare(judged, plain, resamples=200)
    assert {row["task"] for row in rows} == {"eu", "intensity:valence", "intensity:arousal"}
    basic = find(rows, task="eu", arm="basic", subset="overall", metric="accuracy")[0]
    assert basic["value"] == pytest.approx(basic["b"] - basic["a"])
    assert basic["value"] > 0
    assert basic["p"] <= basic["p_holm"]
    mirrored = compare(plain, judged, resamples=200)
    back = find(mirrored, task="eu", arm="basic", subset="overall", metric="accuracy")[0]
    assert back["value"] == pytest.approx(-basic["value"])


def test_what_cannot_be_compared_or_reported_is_refused_in_one_line(
    judged: Path, data: Path, tmp_path: Path
) -> None:
    other = aica_run(aica_data(tmp_path / "data", 8, 0), tmp_path / "run")
    with pytest.raises(BenchError, match="different data sets"):
        compare(judged, other)
    with pytest.raises(BenchError, match="no run to report on"):
        make_aica_report([])
    with pytest.raises(BenchError, match="holds no run"):
        make_aica_report([tmp_path / "nothing"])
    assert HOSTILE in {row["text"] for row in read_exam_run(other).rows if row["status"] == "unparsed"}


def test_the_documentation_says_what_every_metric_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "aica-report.md").read_text(encoding="utf-8")
    assert [metric for metric in DEFINITIONS if f"`{metric}`" not in page] == []
