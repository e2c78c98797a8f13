"""The gallery: pictures by reference, hostile answers as plain text, filters, and a thousand pictures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aica_runs import HOSTILE, aica_data, aica_run, judge
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.bench.aica.report._gallery import gallery_page, link, outcome
from affectlab.bench.aica.report._judged import Judged, read_judged
from affectlab.bench.exam.table import ExamRun, read_exam_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Elements(HTMLParser):
    """Names and attributes of the elements a page is made of, as a browser parts them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ExamRun:
    root = tmp_path_factory.mktemp("gallery")
    folder = aica_run(aica_data(root / "data", 24, 4), root / "run")
    judge(folder)
    return read_exam_run(folder)


@pytest.fixture(scope="module")
def page(run: ExamRun) -> str:
    return gallery_page([("a <model>", run, read_judged(run, []))], run.folder)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_pictures_are_linked_and_not_copied(page: str, run: ExamRun) -> None:
    pictures = data_of(page)["pictures"]
    assert len(pictures) == 28
    for one in pictures:
        assert (run.folder / unquote(one["image"])).resolve().is_file()
    assert "data:image" not in page


def test_every_answer_is_there_with_its_outcome(page: str, run: ExamRun) -> None:
    answers = [answer for one in data_of(page)["pictures"] for answer in one["answers"]]
    assert len(answers) == len(run.rows)
    hits = sum(answer["outcome"] == "right" for answer in answers)
    rows = [row for row in run.select(task="eu") if row["status"] == "answered"]
    assert hits == sum(row["prediction"] == max(row["target"]) for row in rows) > 0
    assert {"right", "wrong", "unparsed", "failed", "answered"} == {answer["outcome"] for answer in answers}
    assert all(answer["score"] for answer in answers if answer["task"] in {"er", "egcg"})
    assert all("error" in answer for answer in answers if answer["task"] == "intensity")


def test_hostile_answers_make_no_elements(page: str) -> None:
    elements = Elements(page).found
    assert [name for name, _ in elements].count("script") == 2
    assert "img" not in {name for name, _ in elements}
    assert not any(key.startswith("on") for _, attributes in elements for key in attributes)
    assert HOSTILE in {answer["text"] for one in data_of(page)["pictures"] for answer in one["answers"]}
    assert "default-src 'none'" in page
    assert "'unsafe-" not in page


def test_nothing_comes_from_elsewhere(page: str) -> None:
    for _, attributes in Elements(page).found:
        for key in ("src", "href"):
            assert not re.match(r"(?:https?:)?//", attributes.get(key) or "")
    assert "@import" not in page
    assert "url(" not in page


@settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=60) | st.sampled_from(["</SCRIPT >", "<!--<script>", "\u2028", "]]>", "&lt;"]))
def test_any_answer_comes_back_as_it_was(run: ExamRun, text: str) -> None:
    row = {**run.rows[0], "text": text, "status": "unparsed"}
    page = gallery_page([("m", ExamRun(run.folder, run.about, (row,)), Judged())], run.folder)
    assert data_of(page)["pictures"][0]["answers"][0]["text"] == text
    assert [name for name, _ in Elements(page).found].count("script") == 2


def test_a_data_set_that_went_away_leaves_the_answers(run: ExamRun, tmp_path: Path) -> None:
    about = {**run.about, "dataset": {**run.about["dataset"], "folder": str(tmp_path / "gone")}}
    page = gallery_page([("m", ExamRun(run.folder, about, run.rows), Judged())], tmp_path)
    assert {one["image"] for one in data_of(page)["pictures"]} == {None}


def test_links_quote_what_file_names_may_hold(tmp_path: Path) -> None:
    assert link(tmp_path / "a b" / 'c#d?e%f".jpg', tmp_path / "out") == "../a%20b/c%23d%3Fe%25f%22.jpg"


def test_of_tied_votes_the_first_label_of_the_space_is_right() -> None:
    row = {"status": "answered", "task": "eu", "subset": "abstract"}
    tied = {**row, "target": {"sadness": 0.5, "awe": 0.5}}
    assert outcome({**tied, "prediction": "awe"}) == "right"
    assert outcome({**tied, "prediction": "sadness"}) == "wrong"
    several = {**row, "subset": "emotic", "target": {"peace": 0.5, "pain": 0.5}}
    assert outcome({**several, "prediction": "pain"}) == "right"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_shows_a_thousand_pictures_and_runs_no_answer(run: ExamRun, tmp_path: Path) -> None:
    rows = [{**row, "sample": f"{row['sample']}-{copy}"} for copy in range(36) for row in run.rows]
    page = gallery_page([("m", ExamRun(run.folder, run.about, tuple(rows)), Judged())], tmp_path)
    (tmp_path / "gallery.html").write_text(page, encoding="utf-8")
    assert CHROMIUM is not None
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
    ]
    command = [
        CHROMIUM,
        *flags,
        "--virtual-time-budget=3000",
        "--dump-dom",
        f"file://{tmp_path}/gallery.html",
    ]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout
    assert shown.count("<article>") == 60
    assert f"{28 * 36} of {28 * 36} pictures" in shown
    assert f"Show more ({28 * 36 - 60} left)" in shown
    assert "<title>aica: gallery</title>" in shown
    assert "&lt;img src=x onerror=" in shown
    assert "<img src=x" not in shown.partition('<main id="cards">')[2]
