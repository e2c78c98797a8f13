"""The report of runs as rows, Markdown, HTML and in the terminal."""

import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console
from run_folders import attention_of, emomm_items, failure, item, write_run

from affectlab.bench.report import make_report, write_report
from affectlab.errors import BenchError

NASTY = "hf:<script>alert(1)</script>|`x`$\\frac"
VOID = {"meta", "br", "img", "path", "use", "image", "rect", "line", "stop"}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "one"
    items = emomm_items(30, 1, {"T": 1.5, "A": 3.0, "V": 0.5})
    items[0] |= {"status": "failed", "prediction": None, "log_likelihoods": None} | {
        "failure_kind": "media",
        "failure": "<b>clip.mp4</b> is | cut off",
    }
    items[1] |= {"status": "unparsed", "prediction": None, "text": "I <i>cannot</i> tell\nfor sure"}
    return make_report([write_run(folder, items, model=NASTY, attention=attention_of(items))], resamples=100)


@pytest.fixture(scope="module")
def page(report):
    return report.to_html()


class Structure(HTMLParser):
    """Checks that elements close in order and collects what a page asks the browser to fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.fetched, self.figures, self.names, self.ids = [], [], 0, [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.fetched += [found[key] for key in ("src", "href", "xlink:href") if found.get(key)]
        self.figures += tag == "figure"
        self.ids += [found["id"]] if "id" in found else []
        if tag == "svg":
            self.names.append(found.get("aria-label", ""))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(page):
    structure = Structure()
    structure.feed(page)
    assert structure.open == []
    return structure


def test_rows_say_what_they_are_about_and_are_unique(report) -> None:
    keys = [(one["run"], one["subset"], one["metric"]) for one in report.rows]
    assert len(set(keys)) == len(keys)
    others = [(one["run"], one["method"], one["subset"], one["metric"]) for one in report.baselines]
    assert len(set(others)) == len(others)
    methods = {"majority", "text alone", "audio alone", "video alone", "late fusion"}
    assert {one["method"] for one in report.baselines} == methods
    assert all(
        {"value", "low", "high", "n", "failed"} <= one.keys()
        and (np.isnan(one["low"]) or one["low"] <= one["high"])
        for one in (*report.rows, *report.baselines)
    )
    overall = next(one for one in report.rows if (one["subset"], one["metric"]) == ("overall", "accuracy"))
    assert (overall["n"], overall["failed"]) == (4 * 30 - 1, 1)


def test_the_page_is_whole_and_asks_for_nothing_from_anywhere(page) -> None:
    structure = parsed(page)
    assert structure.figures >= 10
    assert all(where.startswith(("#", "data:")) for where in structure.fetched)
    assert "@import" not in page
    assert "url(http" not in page


def test_every_figure_says_in_words_what_it_shows(page) -> None:
    structure = parsed(page)
    assert len(structure.names) == structure.figures
    assert all(len(name) > 30 and re.search(r"\d", name) for name in structure.names)
    assert len(set(structure.ids)) == len(structure.ids)


def test_what_users_and_models_wrote_stays_text(report, page) -> None:
    assert "<script" not in page
    assert "<b>clip.mp4" not in page
    assert "<i>cannot" not in page
    assert "&lt;script&gt;alert(1)" in page
    written = report.to_markdown()
    assert "<script" not in written
    assert "\\|" in written
    assert "&lt;b&gt;clip.mp4&lt;/b&gt; is \\| cut off" in written


def test_the_honest_notes_failures_and_unparsed_answers_are_shown(report, page) -> None:
    for text in (page, report.to_markdown()):
        assert "Research software, not a medical device." in text
        assert "Failed samples, left out of every metric: 1" in text
        assert "Answers that name no label or several, counted as wrong: 1" in text
        assert "macro (every label equal)" in text
        assert "over whole sources, 100 resamples, seed 0" in text


def test_markdown_tables_have_as_many_cells_in_every_line(report) -> None:
    for block in report.to_markdown().split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) <= 1


def test_same_seed_same_report(report) -> None:
    again = make_report([one.run.folder for one in report.runs], resamples=100)
    np.testing.assert_equal(again.rows, report.rows)
    assert again.to_markdown() == report.to_markdown()
    assert strip_manifest(again.to_html()) == strip_manifest(report.to_html())


def strip_manifest(page):
    return re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)


def test_files_are_written_whole_and_the_json_is_strict(report, tmp_path) -> None:
    paths = report.write(tmp_path / "out")
    assert [path.name for path in paths] == ["report.html", "report.md", "report.json"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)
    content = json.loads(paths[2].read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert content["command"] == "bench report"
    assert len(content["rows"]) == len(report.rows)
    assert len(content["baselines"]) == len(report.baselines)
    assert content["manifest"]["seeds"] == {"bootstrap": 0}


def test_the_terminal_shows_the_tables_and_no_markup(report) -> None:
    console = Console(file=io.StringIO(), width=200)
    report.print(console)
    shown = console.file.getvalue()
    assert "<script>alert(1)</script>" in shown
    assert "missing_conflict" in shown
    assert "Research software" in shown


def test_no_number_is_cut_in_a_narrow_terminal(report) -> None:
    console = Console(file=io.StringIO(), width=80)
    report.print(console)
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in re.sub(r"hf:.*", "", shown)
    for one in report.runs[0].rows:
        if one["method"] == "model":
            assert f"[{one['low']:.3f}, {one['high']:.3f}]" in shown


def test_runs_side_by_side_keep_their_names_apart(tmp_path) -> None:
    items = emomm_items(8, 1, {"T": 1, "A": 1, "V": 1})
    folders = [write_run(tmp_path / name, items, model="hf:same") for name in ("left", "right")]
    paths = write_report(folders, tmp_path / "both", resamples=20)
    page = paths[0].read_text(encoding="utf-8")
    structure = parsed(page)
    assert "2 runs side by side" in page
    assert "hf:same (left)" in page
    assert "hf:same (right)" in page
    assert len(set(structure.ids)) == len(structure.ids)


def test_a_run_of_answers_in_another_script_and_other_labels(tmp_path) -> None:
    labels = {"怒": "愤怒", "喜": "高兴", "$x": "_odd"}
    items = [
        item(
            f"s{i}", name, name if i % 2 else None, labels=tuple(labels), subset=f"部分{i % 2}", text="不知道"
        )
        for i, name in enumerate(list(labels) * 4)
    ]
    folder = write_run(tmp_path, items, labels=labels, values={}, benchmark="other", mode="generate")
    made = make_report([folder], resamples=20)
    page = made.to_html()
    parsed(page)
    assert "不知道" in page
    assert {one["subset"] for one in made.rows} == {"部分0", "部分1", "overall"}
    assert "no probabilities" in made.to_markdown()


def test_a_run_with_one_source_or_only_failures_still_has_a_report(tmp_path) -> None:
    one = make_report([write_run(tmp_path / "one", [item("a", "P", "P")])], resamples=20)
    parsed(one.to_html())
    assert "Few sources (1)" in one.to_markdown()
    none = make_report([write_run(tmp_path / "none", [failure("a", "P", "media", "cut off")])], resamples=20)
    parsed(none.to_html())
    assert none.rows == []
    assert "cut off" in none.to_markdown()


def test_a_chosen_part_of_the_modalities_is_said_and_not_taken_for_the_whole(tmp_path) -> None:
    items = emomm_items(6, 1, {"T": 1, "A": 1, "V": 1})
    made = make_report([write_run(tmp_path, items, selection={"modalities": ["T"], "seed": 0})], resamples=20)
    assert {one["method"] for one in made.baselines} == {"majority"}
    assert "modalities T" in made.to_markdown()


def test_runs_of_different_benchmarks_and_none_at_all_are_refused(tmp_path) -> None:
    a = write_run(tmp_path / "a", [item("a", "P", "P")])
    b = write_run(tmp_path / "b", [item("a", "P", "P")], benchmark="other")
    with pytest.raises(BenchError, match=r"different benchmarks \(emomm, other\)"):
        make_report([a, b])
    with pytest.raises(BenchError, match="no run to report on"):
        make_report([])
