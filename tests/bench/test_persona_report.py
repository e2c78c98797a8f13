"""The persona report: its tables, its pages, and what it does with hostile words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from persona_folder import ReadersModel, oracle_loading, persona_data, small_world

from affectlab.affect import krippendorff_alpha
from affectlab.bench.persona.report import PersonaReport, make_persona_report
from affectlab.bench.persona.scores import alpha
from affectlab.bench.report import report_on
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError

HOSTILE = 'it said "</td><script>alert(1)</script>" | *and* more'
ARMS = "none,mbti,bigfive,both,shuffled,none@zh"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> tuple[PersonaReport, Path]:
    folder = tmp_path_factory.mktemp("report")
    people = small_world(25)
    data = persona_data(folder / "data", people, say=HOSTILE)
    model = ReadersModel(people, oracle_loading(0.8, 3, 25, 6))
    settings = {"benchmark": "persona", "data": data, "model": "readers", "out": folder / "run"}
    run_benchmark(
        RunSettings.model_validate({**settings, "arms": ARMS, "tasks": "prediction,sweep"}), model=model
    )
    made = make_persona_report([folder / "run"], resamples=50)
    made.write(folder / "out")
    return made, folder / "out"


def rows_of(made: PersonaReport, **about: str) -> list[dict[str, object]]:
    return [row for row in made.to_json()["rows"] if about.items() <= row.items()]


def test_every_condition_has_every_score_with_an_interval(report: tuple[PersonaReport, Path]) -> None:
    rows = rows_of(report[0], metric="top1", subset="all")
    assert [row["arm"] for row in rows] == ARMS.split(",")
    assert {row["n"] for row in rows} == {25 * 6}
    assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    assert {row["cluster"] for row in report[0].to_json()["rows"]} <= {"event", "reader"}
    told = {row["metric"] for row in rows_of(report[0], arm="bigfive", subset="all")}
    assert told >= {
        "top1",
        "top2",
        "macro_f1",
        "manhattan",
        "jsd",
        "alpha",
        "ece",
        "illusion_index",
        "told_shift",
    }


def test_conditions_are_compared_on_the_same_questions(report: tuple[PersonaReport, Path]) -> None:
    rows = [row for row in report[0].to_json()["rows"] if row.get("against") and row["metric"] == "top1"]
    assert {(row["arm"], row["against"]) for row in rows} == {
        ("mbti", "none"),
        ("bigfive", "none"),
        ("both", "none"),
        ("both", "shuffled"),
        ("bigfive", "mbti"),
    }
    assert all(row["p_holm"] >= row["p"] for row in rows)
    top1 = {row["arm"]: row["value"] for row in rows_of(report[0], metric="top1", subset="all")}
    for row in rows:
        assert row["value"] == pytest.approx(top1[row["arm"]] - top1[row["against"]])


def test_a_sweep_of_the_numbers_moves_what_the_model_was_made_to_move(
    report: tuple[PersonaReport, Path],
) -> None:
    rows = rows_of(report[0], metric="sensitivity", arm="bigfive")
    loading = oracle_loading(0.8, 3, 25, 6)
    strength = np.ptp(loading, axis=1)
    assert len(rows) == 5
    assert np.argmax([row["value"] for row in rows]) == np.argmax(strength)
    assert all(row["value"] > 0.8 for row in rows_of(report[0], metric="monotone_share", arm="bigfive"))


def test_floors_and_ceilings_stand_in_the_table_of_scores(report: tuple[PersonaReport, Path]) -> None:
    assert {row["method"] for row in report[0].to_json()["baselines"]} >= {
        "majority",
        "event-majority-oracle",
    }
    assert "event-majority-oracle" in report[0].to_markdown()


def test_there_is_a_page_for_each_trait_and_each_event_and_every_link_leads_to_one(
    report: tuple[PersonaReport, Path],
) -> None:
    out = report[1]
    assert len(list((out / "pages").glob("trait-*.html"))) == 5
    assert len(list((out / "pages").glob("event-*.html"))) == 25
    links = re.findall(r'href="([^"]+)"', (out / "report.html").read_text(encoding="utf-8"))
    links = [link for link in links if not link.startswith("#")]
    assert len(links) == 30
    assert all((out / link).is_file() for link in links)
    back = re.findall(r'href="([^"]+)"', (out / "pages" / "event-0001.html").read_text(encoding="utf-8"))
    assert all((out / "pages" / link).is_file() for link in back)


def test_an_event_page_says_who_felt_what_and_what_the_model_said(report: tuple[PersonaReport, Path]) -> None:
    content = (report[1] / "pages" / "event-0004.html").read_text(encoding="utf-8")
    assert "Event number 3" in content
    assert "第 3 号事件" in content
    run = report[0].runs[0].of
    for unit, name in enumerate(run.units):
        felt = run.labels[run.felt[3, unit]]
        assert re.search(rf'<td>{name}</td><td>[^<]*</td><td class="felt">{felt}</td>', content)


def test_hostile_words_stay_words(report: tuple[PersonaReport, Path]) -> None:
    for path in report[1].rglob("*.html"):
        content = path.read_text(encoding="utf-8")
        assert "<script" not in content
        assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"|<!DOCTYPE[^>]*>', "", content)
    assert "&lt;script&gt;" in (report[1] / "pages" / "event-0001.html").read_text(encoding="utf-8")


def test_the_rows_are_json_without_numbers_that_json_cannot_say(report: tuple[PersonaReport, Path]) -> None:
    text = (report[1] / "report.json").read_text(encoding="utf-8")
    content = json.loads(text, parse_constant=pytest.fail)
    blind = [row for row in content["rows"] if row["metric"] == "illusion_index" and row["arm"] == "none"]
    assert [row["value"] for row in blind] == [None]


def test_the_command_finds_the_report_by_the_benchmark(report: tuple[PersonaReport, Path]) -> None:
    folder = report[1].parent / "run"
    assert isinstance(report_on([folder], resamples=10), PersonaReport)
    with pytest.raises(BenchError, match="no run to report on"):
        make_persona_report([])


def test_a_report_without_its_data_set_says_so(report: tuple[PersonaReport, Path]) -> None:
    data = report[1].parent / "data"
    moved = data.rename(data.with_name("elsewhere"))
    try:
        made = make_persona_report([report[1].parent / "run"], resamples=10)
    finally:
        moved.rename(data)
    assert not made.to_json()["baselines"]
    assert any("left out" in note for note in made.runs[0].notes)


def test_one_reader_of_each_event_has_scores_and_no_illusion(tmp_path: Path) -> None:
    people = small_world(12)
    data = persona_data(tmp_path / "data", people)
    told = {"benchmark": "persona", "data": data, "model": "readers", "out": tmp_path / "run"}
    run_benchmark(
        RunSettings.model_validate({**told, "arms": "none,both", "units": 1}),
        model=ReadersModel(people, oracle_loading(0.8, 3, 12, 6)),
    )
    made = make_persona_report([tmp_path / "run"], resamples=20)
    made.write(tmp_path / "out")
    assert {row["n"] for row in rows_of(made, metric="top1", subset="all")} == {12}
    assert [row["arm"] for row in rows_of(made, metric="told_shift")] == ["both"]
    assert not rows_of(made, metric="illusion_index")
    assert "No shift or illusion of none, both" in (tmp_path / "out" / "report.md").read_text()


def test_alpha_from_counts_is_alpha_of_the_pairs() -> None:
    generator = np.random.default_rng(0)
    pairs = generator.integers(0, 4, (60, 2))
    counts = np.zeros((4, 4))
    np.add.at(counts, tuple(pairs.T), 1)
    assert alpha(counts) == pytest.approx(krippendorff_alpha(pairs, level="nominal"))
    assert np.isnan(alpha(np.diag([5.0, 0, 0])))
