"""EmoBench as an exam: what is asked in which order, what is read, and what known models get."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from empathy_files import Say, Sayer, emobench_files, options
from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.dataset import read_dataset
from affectlab.bench.empathy.emobench import ORDERS, EmoBenchExam, shifted
from affectlab.bench.empathy.emobench_build import build_emobench
from affectlab.bench.empathy.letters import read_letter
from affectlab.bench.exam.item import ExamChoice
from affectlab.bench.report import report_on
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.cli import main
from affectlab.errors import BenchError
from affectlab.models import Request


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("emobench")
    build_emobench(emobench_files(folder / "files", 6), folder / "data")
    return folder / "data"


def knows(request: Request) -> str:
    if "step by step" in request.text or "一步步" in request.text:
        return "It depends."
    return next(letter for letter, words in options(request).items() if words.startswith("RIGHT"))


def measured(data: Path, out: Path, say: Say, *, logits: bool = True, **settings: object) -> dict[str, float]:
    model = Sayer(say, logits=logits)
    told = {"benchmark": "emobench", "data": data, "model": "toy", "out": out, **settings}
    run_benchmark(RunSettings.model_validate(told), model=model)
    rows = report_on([out], resamples=20).to_json()["rows"]
    return {
        f"{row['task']} {row['arm']} {row['metric']}{' -' if 'against' in row else ''}": row["value"]
        for row in rows
        if row["subset"] == "all" and row["category"] == "all"
    }


@given(st.integers(2, 8))
def test_the_orders_are_cyclic_and_differ_where_there_are_options_enough(number: int) -> None:
    found = [shifted(number, order) for order in range(ORDERS)]
    assert found[0] == list(range(number))
    for places in found:
        assert sorted(places) == list(range(number))
        assert all((b - a) % number == 1 for a, b in pairwise(places))
    assert len({tuple(one) for one in found}) == min(number, ORDERS)


@pytest.mark.parametrize("logits", [True, False])
def test_a_model_that_knows_every_answer_gets_everything(data: Path, tmp_path: Path, logits: bool) -> None:
    found = measured(data, tmp_path / "run", knows, logits=logits, arms="base,cot")
    assert {name: value for name, value in found.items() if not name.endswith("-")} == {
        f"{task} {arm} {metric}": 1.0
        for task, metrics in {"EA": ["accuracy"], "EU": ["joint", "emotion", "cause"]}.items()
        for arm in ("base", "cot")
        for metric in [*metrics, "consistency", "parse_rate"]
    }
    assert found["EA cot accuracy -"] == 0


def test_a_model_that_always_takes_the_first_letter_gets_what_chance_gets(data: Path, tmp_path: Path) -> None:
    found = measured(data, tmp_path / "run", lambda _: "A")
    assert found["EA base accuracy"] == pytest.approx(0.25)
    assert found["EA base consistency"] == 0


def test_the_cause_is_asked_of_the_emotion_that_was_chosen(data: Path, tmp_path: Path) -> None:
    model = Sayer(lambda _: "B", logits=True)
    told = {"benchmark": "emobench", "data": data, "model": "toy", "out": tmp_path / "run", "units": 1}
    run_benchmark(RunSettings.model_validate({**told, "tasks": "EU", "subsets": "en"}), model=model)
    asked = [request.text for request in model.asked]
    assert sum("Why does Ann feel wrong feeling 0 1?" in text for text in asked) == 1
    assert len(asked) == 12


def test_an_emotion_that_cannot_be_read_leaves_the_cause_to_be_asked_without_it(
    data: Path, tmp_path: Path
) -> None:
    found = measured(data, tmp_path / "run", lambda _: "none of these", logits=False, subsets="en")
    assert found["EU base joint"] == found["EU base parse_rate"] == 0


def test_questions_of_one_scenario_begin_alike(data: Path) -> None:
    samples = read_dataset(data).samples
    items = EmoBenchExam(read_dataset(data).info, ExamChoice()).items(samples, scoring=True)
    mine = [item.request for item in items if item.sample.id == "EA_1_en"]
    assert len(mine) == ORDERS
    assert len({(one.system, one.parts[:2]) for one in mine}) == 1


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (ExamChoice(tasks=("EX",)), "no task 'EX'"),
        (ExamChoice(arms=("few",)), "no arm 'few'"),
        (ExamChoice(units=5), "1 to 4 orders"),
    ],
)
def test_what_it_does_not_know_is_said(data: Path, choice: ExamChoice, words: str) -> None:
    with pytest.raises(BenchError, match=words):
        EmoBenchExam(read_dataset(data).info, choice)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        ("(b)", "B"),
        ("B. Because he cares.", "B"),
        ("The correct answer is C.", "C"),
        ('```json\n{"answer": "D"}\n```', "D"),
        ('{"answer": "D"}', "D"),
        ("答案：C", "C"),
        ("选项Ｂ。", "B"),
        ("<think>A or B?</think>\nB", "B"),
        ("A person would cry", None),
        ("E", None),
        ("", None),
    ],
)
def test_letters_are_read_only_where_one_is_named(text: str, letter: str | None) -> None:
    assert read_letter(text, "ABCD") == letter


def test_the_report_has_floors_and_a_page(data: Path, tmp_path: Path) -> None:
    measured(data, tmp_path / "run", knows)
    report = report_on([tmp_path / "run"], resamples=20)
    floors = {
        (row["method"], row["task"], row["metric"]): row["value"]
        for row in report.to_json()["baselines"]
        if row["subset"] == "all" and row["category"] == "all"
    }
    assert floors["random", "EA", "accuracy"] == pytest.approx(0.25)
    assert floors["random", "EU", "emotion"] == pytest.approx(1 / 6)
    assert floors["random", "EU", "joint"] < floors["random", "EU", "cause"]
    written = report.write(tmp_path / "out")
    assert [path.name for path in written] == ["report.html", "report.md", "report.json"]
    assert "EU by category" in written[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": "none of them"}, "expected one of the different options"),
        ({"language": "de"}, "expected en or zh"),
        ({"scenario": "  "}, "scenario is"),
    ],
)
def test_a_line_that_is_not_as_published_is_named(
    tmp_path: Path, mistake: object, change: dict[str, str], words: str
) -> None:
    files = emobench_files(tmp_path / "files")
    lines = (files / "EA.jsonl").read_text(encoding="utf-8").splitlines()
    lines[2] = json.dumps({**json.loads(lines[2]), **change})
    (files / "EA.jsonl").write_text("\n".join(lines), encoding="utf-8")
    said = mistake("bench", "build", "emobench", "--files", str(files), "--out", str(tmp_path / "d"))
    assert "EA.jsonl, line 3" in said
    assert words in said


def test_files_that_are_not_there_are_asked_for(tmp_path: Path, mistake: object) -> None:
    said = mistake("bench", "build", "emobench", "--files", str(tmp_path), "--out", str(tmp_path / "d"))
    assert "expected the folder with EA.jsonl and EU.jsonl" in said


@pytest.mark.data
def test_the_published_files_hold_four_hundred_scenarios_in_two_languages(
    data_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = data_root / "emobench"
    if not files.is_dir():
        pytest.skip(f"no EmoBench at {files}")
    with pytest.raises(SystemExit) as left:
        main(["bench", "build", "emobench", "--files", str(files), "--out", str(tmp_path), "--json"])
    assert left.value.code == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = {(row.get("task"), row.get("subset")): row["value"] for row in rows}
    assert found.pop((None, None)) == 400
    assert found == {(task, language): 200 for task in ("EA", "EU") for language in ("en", "zh")}
