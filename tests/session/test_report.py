import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from recorded_session import write_session

from affectlab.errors import UnreadableFile
from affectlab.session.events import PlanEvent
from affectlab.session.recorder import SessionRecorder
from affectlab.session.recording import Recording
from affectlab.session.report import write_report
from affectlab.session.report._affect import unsaid
from affectlab.session.report._response import planning_section

VOID = {"meta", "path", "rect", "circle", "br"}


class Outline(HTMLParser):
    """Checks that tags are balanced and keeps headings, drawings' names and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.drawings: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "svg":
            self.drawings.append(dict(attrs)["aria-label"])

    def handle_startendtag(self, tag, attrs) -> None:
        assert tag in VOID

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] in {"h1", "h2"}:
            self.headings.append(data)
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A session of two minutes."""
    return write_session(tmp_path_factory.mktemp("report") / "pilot-7").folder


@pytest.fixture(scope="module")
def page(folder):
    """Its unblinded report."""
    return write_report(folder, unblind=True).read_text(encoding="utf-8")


def shown(page: str) -> str:
    return " ".join(" ".join(Outline(page).words).split())


def test_the_report_lies_in_the_session_folder_or_where_it_is_told(folder, tmp_path) -> None:
    assert write_report(folder) == folder / "report.html"
    assert write_report(folder, tmp_path / "r" / "a.html").is_file()


def test_everything_has_its_section(page) -> None:
    assert Outline(page).headings == [
        "Session pilot-7",
        "At a glance",
        "Affect",
        "Signal quality",
        "Plan",
        "Decisions",
        "Music as realised",
        "Sound",
        "Latency",
        "Phases",
        "Notices",
        "Ratings and actions",
        "What it was made of",
    ]


def test_every_drawing_has_a_name_that_can_be_read_out(page) -> None:
    drawings = Outline(page).drawings
    assert len(drawings) == 6
    assert any(re.search(r"the belief went from −\d.\d\d / \+\d", name) for name in drawings)


def test_it_asks_nothing_of_the_network(page) -> None:
    assert not re.search(r"https?:|src=|url\(|@import|<script|<link", page)


@pytest.mark.parametrize(
    "words",
    [
        "Research software, not a medical device.",
        "goal relax · source sim · decoder bandpower · planner rules · arm closed",
        "30,000 of 30,000",
        "21.4 ms",
        "58 windows, 8 channels; the worst is O2",
        "flat: the electrode may be off",
        "Begin close to how the listener feels, then slow down and brighten, section by section.",
        "Written by rules, because: start.",
        "10 decisions: 8 × lead, 2 × hold.",
        "a step towards the plan's target",
        "131 beats, 523 notes; tempo between 72 and 91 bpm",
        "120 s of sound",
        "O2 is flat: press the electrode on <gently>",
        "door slammed",
        "dba: 58.50",
        "truth of the simulated listener",
        '"command": "session run"',
    ],
)
def test_it_says_what_happened(page, words) -> None:
    assert words in shown(page)


def test_a_session_that_ended_well_has_no_warning(page) -> None:
    assert 'class="warning"' not in page


def test_blinded_reports_are_the_same_in_every_arm(tmp_path) -> None:
    pages = []
    for arm in ("closed", "sham"):
        folder = write_session(tmp_path / arm / "s", seconds=40, arm=arm).folder
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["started"] = "2026-01-01"
        manifest["config"]["sham_from"] = f"donor of {arm}"
        (folder / "manifest.json").write_text(json.dumps(manifest))
        pages.append(write_report(folder).read_text())
        assert f'"arm": "{arm}"' in shown(write_report(folder, unblind=True).read_text())
    assert pages[0] == pages[1]
    assert "10 decisions" not in pages[0]
    assert "Hidden, because it tells the experiment's arm" in shown(pages[0])


def test_an_interrupted_session_is_reported_as_far_as_it_went(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=30, end=False).folder
    with (folder / "music.jsonl").open("a") as file:
        file.write('{"time": 3')
    words = shown(write_report(folder).read_text())
    assert "This session was interrupted" in words
    assert "1 event lines were cut off" in words
    assert "30 s of sound" in words


def test_a_session_in_which_nothing_happened(tmp_path) -> None:
    session = SessionRecorder(tmp_path / "s")
    session.begin({"command": "session run"})
    session.abandon()
    words = shown(write_report(tmp_path / "s", unblind=True).read_text())
    for missing in (
        "No window of EEG was decoded",
        "No plan",
        "No decision",
        "No music",
        "No sound",
        "arm unknown",
    ):
        assert missing in words


@pytest.mark.parametrize("seconds", [0.5, 4.5, 6.5, 15])
def test_short_sessions(tmp_path, seconds) -> None:
    folder = write_session(tmp_path / "s", seconds=seconds).folder
    Outline(write_report(folder, unblind=True).read_text())


def test_people_without_a_simulated_truth(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=20).folder
    states = [
        json.loads(line) | {"truth": None} for line in (folder / "states.jsonl").read_text().splitlines()
    ]
    (folder / "states.jsonl").write_text("".join(json.dumps(state) + "\n" for state in states))
    page = write_report(folder).read_text()
    assert "truth of the simulated" not in shown(page)
    assert 'class="truth"' not in page


def test_plans_of_other_planners_need_not_have_everything(tmp_path) -> None:
    session = SessionRecorder(tmp_path / "s")
    session.begin({"command": "session run"})
    bare = {"description": "Play <something> calm."}
    session.event(PlanEvent(time=0.0, planner="human", reason="request", plan=bare))
    fallen = {"description": "Steady.", "fallback_reason": "the model did not answer in time"}
    session.event(PlanEvent(time=5.0, planner="rules", reason="residual", plan=fallen))
    session.abandon()
    words = shown(write_report(tmp_path / "s").read_text())
    assert "Play <something> calm." in words
    assert "Fallback: the model did not answer in time" in words
    assert "Plans" in words
    assert "residual" not in words


def test_sound_that_cannot_be_read_is_said_and_the_rest_is_reported(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=10).folder
    (folder / "audio.flac").write_bytes(b"noise")
    words = shown(write_report(folder).read_text())
    assert re.search(r"cannot read .*audio\.flac as sound", words)
    assert "tempo between" in words


def test_what_is_no_session_is_refused(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="expected a session's manifest"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_ten_minutes_are_reported_fast_and_small(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=600).folder
    begin = time.process_time()
    path = write_report(folder, unblind=True)
    assert time.process_time() - begin < 5
    assert path.stat().st_size < 500_000


def test_the_report_says_how_often_the_decoder_had_nothing_to_say(tmp_path) -> None:
    write_session(tmp_path / "s", seconds=44)
    lines = (tmp_path / "s" / "states.jsonl").read_text().splitlines()
    assert unsaid(Recording.load(tmp_path / "s")) == "Every window was decoded in full."
    told = [json.loads(line) for line in lines]
    for state in told[: len(told) // 2]:
        state["reason"] = "no baseline yet"
    (tmp_path / "s" / "states.jsonl").write_text("".join(json.dumps(state) + "\n" for state in told))
    assert unsaid(Recording.load(tmp_path / "s")).endswith("no baseline yet (50% of the windows).")
    assert "no baseline yet (50% of the windows)" in write_report(tmp_path / "s").read_text()


def test_planning_is_shown_where_anything_but_the_rules_took_part(folder) -> None:
    recording = Recording.load(folder)
    assert planning_section(recording) == ""
    exchange = {"time": 3.0, "model": "gguf:<b>", "outcome": "repaired", "seconds": 4.2}
    choice = {"time": 9.0, "who": "researcher", "action": "reject"}
    asked = replace(
        recording,
        summary={"planning": {"plans": {"rules": 1}, "fallbacks": 2}},
        records={**recording.records, "exchanges": (exchange,), "choices": (choice,)},
    )
    words = Outline(planning_section(asked)).words
    for shown in ("gguf:<b>", "repaired", "4.2", "reject", "Fallbacks to the rules"):
        assert shown in words
