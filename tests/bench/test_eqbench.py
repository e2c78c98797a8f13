"""EQ-Bench v2: its formula at known values, its reading of answers, and the rules of its score."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from empathy_files import Sayer, eqbench_file
from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.dataset import read_dataset
from affectlab.bench.empathy.eqbench import without_revision
from affectlab.bench.empathy.eqbench_build import build_eqbench
from affectlab.bench.empathy.eqbench_scoring import question_score, read_first, read_revised
from affectlab.bench.report import report_on
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.models import Request

NAMES = ("Glad", "Sad", "Calm", "Cross")
REFERENCE = {"Glad": 0.0, "Sad": 6.0, "Calm": 0.0, "Cross": 7.0}
SAID = "Glad: {}\nSad: {}\nCalm: {}\nCross: {}"


def said(*values: int) -> str:
    return SAID.format(*values)


def rows_of(data: Path, out: Path, model: Sayer, arms: str = "first") -> dict[str, float]:
    told = {"benchmark": "eqbench", "data": data, "model": "toy", "out": out, "arms": arms}
    run_benchmark(RunSettings.model_validate(told), model=model)
    report = report_on([out], resamples=20).to_json()
    found = {f"{row['arm']} {row['metric']}": row["value"] for row in report["rows"]}
    return found | {row["method"]: row["value"] for row in report["baselines"]}


def built(folder: Path, *references: tuple[float, ...]) -> Path:
    build_eqbench(eqbench_file(folder / "q.json", references), folder / "data")
    return folder / "data"


def test_the_reference_itself_scores_ten_and_differences_cost_what_the_formula_says() -> None:
    assert question_score(REFERENCE, REFERENCE) == 10
    near = question_score(REFERENCE, {**REFERENCE, "Sad": 7})
    assert near == pytest.approx(10 - 0.7477 * 6.5 / (1 + math.exp(3.6)))
    far = question_score(REFERENCE, {**REFERENCE, "Glad": 8})
    assert far == pytest.approx(10 - 0.7477 * 8)


@given(st.lists(st.integers(0, 10), min_size=4, max_size=4), st.integers(0, 3), st.integers(0, 10))
def test_no_answer_beats_the_reference(values: list[int], place: int, other: int) -> None:
    reference = dict(zip(NAMES, map(float, values), strict=True))
    answer = {**reference, NAMES[place]: float(other)}
    assert question_score(reference, answer) <= 10


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (said(0, 6, 0, 7), ""),
        ("Sure!\n" + said(0, 6, 0, 7) + "\n[End of answer]", ""),
        ("Glad: 1\nSad: 2\nCalm: 3", "no number for Cross"),
        (said(0, 6, 0, 7) + "\nAngry: 3", "a number for Angry, which was not asked"),
        (said(0, 6, 0, 11), "11 is above 10"),
        (said(0, 0, 0, 0), "every emotion is 0"),
        ("", "no number for Glad"),
    ],
)
def test_an_answer_is_read_whole_or_not_at_all(text: str, problem: str) -> None:
    found = read_first(text, NAMES)
    assert found.problem == problem
    assert bool(found.values) == (not problem)


def test_both_passes_are_read_by_their_headings() -> None:
    before, after = said(1, 2, 3, 4), said(1, 2, 1, 4)
    text = f"First pass scores:\n{before}\n\nCritique: too calm.\n\nRevised scores:\n{after}"
    first, revised = read_revised(text, NAMES)
    assert first.values["Calm"] == 3
    assert revised.values["Calm"] == 1
    first, revised = read_revised(f"Scores:\n{said(1, 2, 3, 4)}\nRevised scores:\nnone", NAMES)
    assert first.problem.startswith("no heading")
    assert revised.problem == "no number for Glad"


def test_a_model_that_gives_the_reference_scores_a_hundred(tmp_path: Path) -> None:
    data = built(tmp_path, *[(0, 6, 0, 7)] * 6)
    found = rows_of(data, tmp_path / "run", Sayer(lambda _: said(0, 6, 0, 7)))
    assert found["first eq_score"] == 100
    assert found["first absolute_error"] == 0
    assert found["constant-5"] < 100


def test_a_score_counts_only_where_enough_could_be_read(tmp_path: Path) -> None:
    data = built(tmp_path, *[(0, 6, 0, 7)] * 6)

    def every_third_fails(request: Request) -> str:
        return "no idea" if "Line 3" in request.text or "Line 6" in request.text else said(0, 6, 0, 7)

    found = rows_of(data, tmp_path / "run", Sayer(every_third_fails))
    assert found["first eq_score"] is None or math.isnan(found["first eq_score"])
    assert found["first first_score"] == 100
    assert found["first first_readable"] == pytest.approx(4 / 6)


@pytest.mark.parametrize(("revised", "score"), [((0, 6, 0, 7), 100.0), ((10, 0, 10, 0), None)])
def test_revised_answers_count_where_they_are_no_worse(
    tmp_path: Path, revised: tuple[int, ...], score: float | None
) -> None:
    data = built(tmp_path, *[(0, 6, 0, 7)] * 4)
    text = f"First pass scores:\n{said(0, 6, 1, 7)}\nCritique: hm.\nRevised scores:\n{said(*revised)}"
    found = rows_of(data, tmp_path / "run", Sayer(lambda _: text), arms="revise")
    expected = found["revise first_score"] if score is None else score
    assert found["revise eq_score"] == expected


def test_without_revision_nothing_speaks_of_it(tmp_path: Path) -> None:
    prompt = read_dataset(built(tmp_path, (0, 6, 0, 7))).samples[0].text
    assert prompt is not None
    plain = without_revision(prompt)
    assert "evise" not in plain
    assert "ritique" not in plain
    assert "First pass" not in plain
    assert plain.count("Glad: <score>") == 1
    assert plain.endswith("Your answer:\n")


def test_questions_about_one_dialogue_are_one_source(tmp_path: Path) -> None:
    samples = read_dataset(built(tmp_path, *[(0, 6, 0, 7)] * 4)).samples
    assert [one.groups["source"] for one in samples] == ["scene-1", "scene-2", "scene-1", "scene-2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "cannot be read"),
        ("{}", "holds no questions"),
        ('{"1": {"prompt": "no dialogue"}}', "question 1 has no prompt"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, mistake: object, content: str, words: str) -> None:
    path = tmp_path / "q.json"
    path.write_text(content, encoding="utf-8")
    line = mistake("bench", "build", "eqbench", "--files", str(path), "--out", str(tmp_path / "d"))
    assert words in line


@pytest.mark.data
def test_of_the_published_questions_a_random_answer_scores_about_nothing(
    data_root: Path, tmp_path: Path
) -> None:
    file = data_root / "eq_bench" / "eq_bench_v2_questions_171.json"
    if not file.is_file():
        pytest.skip(f"no EQ-Bench at {file}")
    summary = build_eqbench(file, tmp_path / "data")
    assert summary.sources == 50
    found = rows_of(tmp_path / "data", tmp_path / "run", Sayer(lambda _: "nothing"))
    assert abs(found["random"]) < 3
    assert found["constant-3"] == pytest.approx(38.9, abs=0.05)
