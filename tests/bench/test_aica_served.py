"""A vision model on a server: pictures arrive intact, failures are sat out, nothing is asked twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from picture_server import Fault, PictureServer, hashes_of, serving_pictures
from toy_aica import PICTURED, SPACES, write_pictures

from affectlab.bench.exam.run import run_exam
from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.run import RunSummary
from affectlab.bench.settings import RunSettings
from affectlab.models import ModelOptions
from affectlab.models.openai import OpenAIModel

PICTURES = 24
QUESTIONS = 3 * PICTURES  # two arms, and a reason after each label of the first

CHILD = """
import sys
from pathlib import Path
from test_aica_served import take
take(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], lanes=3)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("served") / "data", PICTURES)


@pytest.fixture(scope="module")
def answer(data: Path) -> Callable[[str, str], str]:
    """Answer from the picture alone; a picture that is none of the data set's has no answer."""
    samples = hashes_of(data)

    def say(words: str, digest: str) -> str:
        if "why" in words:
            return f"Because of the light in {samples[digest]}."
        labels = re.search(r"which of (.*)\?", words)
        assert labels is not None
        known = labels[1].split(", ")
        return known[int(digest[:8], 16) % len(known)]

    return say


def take(data: Path, out: Path, url: str, *, lanes: int = 4, seconds: float = 30) -> RunSummary:
    options = ModelOptions(base_url=url, lanes=lanes, retry_minutes=0.5)
    settings = RunSettings(benchmark="aica", data=data, model="openai:toy", out=out, options=options)
    model = OpenAIModel("toy", options, request_seconds=seconds)
    try:
        return run_exam(PICTURED, settings, model=model, stop=None, progress=lambda *_: None)
    finally:
        model.close()


def rows_of(out: Path) -> list[tuple[str, str, str]]:
    return [(row["item"], row["status"], row["text"]) for row in read_exam_run(out).rows]


@pytest.fixture(scope="module")
def calm(
    data: Path, answer: Callable[[str, str], str], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str, str]]:
    """What a run gives whose server never fails."""
    out = tmp_path_factory.mktemp("calm") / "run"
    with serving_pictures(PictureServer(list(hashes_of(data)), answer)) as server:
        take(data, out, server.url)
    return rows_of(out)


def test_every_picture_arrives_as_the_file_it_is(
    data: Path, answer: Callable[[str, str], str], calm: list[tuple[str, str, str]]
) -> None:
    assert len(calm) == QUESTIONS
    samples = {sample: digest for digest, sample in hashes_of(data).items()}
    for item, status, text in calm:
        sample, task, _ = item.split("__")
        words = "why" if task == "er" else asked(sample)
        assert (status, text) == ("answered", answer(words, samples[sample]))


def asked(sample: str) -> str:
    return f"which of {', '.join(SPACES[sample.partition('_')[0]])}?"


def test_a_server_that_fails_often_costs_nothing_but_retries(
    data: Path, tmp_path: Path, answer: Callable[[str, str], str], calm: list[tuple[str, str, str]]
) -> None:
    faults: list[Fault] = ["busy", "answered", "broken", "drops", "answered", "busy", "broken", "answered"]
    server = PictureServer(list(hashes_of(data)), answer, 2 * faults, meeting=4)
    with serving_pictures(server):
        summary = take(data, tmp_path / "run", server.url, lanes=4)
    assert (summary.status, summary.counts["answered"]) == ("complete", QUESTIONS)
    assert rows_of(tmp_path / "run") == calm
    assert server.strangers == []
    assert server.highest == 4
    failed = sum(server.befell[name] for name in ("busy", "broken", "drops"))
    assert (failed, len(server.seen)) == (10, QUESTIONS + 10)


def test_a_server_that_hangs_is_left_and_asked_again_by_the_next_start(
    data: Path, tmp_path: Path, answer: Callable[[str, str], str], calm: list[tuple[str, str, str]]
) -> None:
    server = PictureServer(list(hashes_of(data)), answer, ["answered", "hangs", "answered", "hangs"])
    with serving_pictures(server):
        first = take(data, tmp_path / "run", server.url, seconds=1)
        assert (first.status, first.counts["failed"]) == ("complete", 2)
        hung = {row["item"] for row in read_exam_run(tmp_path / "run").rows if row["status"] == "failed"}
        before = len(server.seen)
        second = take(data, tmp_path / "run", server.url)
    assert second.counts == {"answered": QUESTIONS, "unparsed": 0, "failed": 0}
    # The two that hung, and the reasons that could not be asked for before.
    reasons = sum("__eu__basic" in item for item in hung)
    assert (second.asked, len(server.seen) - before) == (2 + reasons, 2 + reasons)
    assert rows_of(tmp_path / "run") == calm


def test_a_killed_run_goes_on_and_asks_nothing_twice(
    data: Path, tmp_path: Path, answer: Callable[[str, str], str], calm: list[tuple[str, str, str]]
) -> None:
    server = PictureServer(list(hashes_of(data)), answer)
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    with serving_pictures(server):
        command = [sys.executable, "-c", CHILD, str(data), str(tmp_path / "run"), server.url]
        child = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths})
        server.after = lambda number: os.kill(child.pid, signal.SIGKILL) if number == 20 else None
        assert child.wait(60) == -signal.SIGKILL
        assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "running"
        before = Counter(server.seen)
        second = take(data, tmp_path / "run", server.url, lanes=3)
    assert 20 - 2 * 3 <= second.kept <= 20
    assert second.asked == QUESTIONS - second.kept == sum((Counter(server.seen) - before).values())
    # Only what was in hand when it died may come again.
    assert sum(number - 1 for number in Counter(server.seen).values()) == before.total() - second.kept <= 6
    assert server.strangers == []
    assert rows_of(tmp_path / "run") == calm
