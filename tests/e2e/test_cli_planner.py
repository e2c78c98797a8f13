"""Live sessions whose planner is a model on a server that fails: the music never waits for it."""

import os
import signal
from pathlib import Path

import pytest
from cli_driver import only_json, sound_has_begun, started, until
from planner_server import GOOD, answers, chat_server, dies, hangs, writes

from affectlab.session.recording import Recording

pytest.importorskip("pydantic_ai", reason="pydantic-ai is not installed")


def live(out: Path, planner: str, *, allowed: int = 10, minutes: float = 0.12) -> tuple[object, ...]:
    lasting = ("--rest", "1", "--minutes", minutes, "--synth", "builtin", "--json")
    return ("session", "run", "--out", out, "--planner", planner, "--plan-seconds", allowed, *lasting)


@pytest.mark.parametrize(
    ("reply", "outcome", "allowed"),
    [(hangs, "late", 2), (dies, "failed", 10), (writes("The music should be nice."), "invalid", 10)],
    ids=["hangs", "dies", "rubbish"],
)
def test_music_goes_on_by_the_rules_and_the_record_says_why(reply, outcome, allowed, tmp_path) -> None:
    out = tmp_path / "s"
    with chat_server() as server:
        server.replies = [reply]
        with started(*live(out, server.planner, allowed=allowed)) as process:
            stdout, stderr = process.communicate(timeout=90)
    assert (process.returncode, "Traceback" in stderr) == (0, False)
    assert only_json(stdout)["audio"]["seconds"] > 4
    records = Recording.load(out).records
    assert {one["outcome"] for one in records["exchanges"]} <= {outcome, "repair"}
    assert records["exchanges"][0]["messages"]
    assert {one["plan"]["made_by"] for one in records["plans"]} == {"rules"}
    assert any(one["plan"]["fallback_reason"] for one in records["plans"])


def test_a_server_that_answers_plans_the_music(tmp_path) -> None:
    out = tmp_path / "s"
    with chat_server() as server:
        server.replies = [answers(GOOD, cite=[])]
        with started(*live(out, server.planner)) as process:
            stdout, _ = process.communicate(timeout=90)
    assert process.returncode == 0
    assert only_json(stdout)["underruns"] == 0
    records = Recording.load(out).records
    assert records["exchanges"]


def test_a_session_killed_while_the_model_thinks_is_readable(tmp_path) -> None:
    out = tmp_path / "s"
    with chat_server() as server:
        server.replies = [hangs]
        with started(*live(out, server.planner, minutes=2)) as process:
            until(lambda: server.seen and sound_has_begun(out, 1.0)())
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    recording = Recording.load(out)
    assert recording.interrupted
    assert recording.records["plans"][0]["plan"]["made_by"] == "rules"
    assert recording.audio_seconds > 0.9
