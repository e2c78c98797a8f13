"""``affectlab bench judge`` with a judge behind a real server, and its mistakes in one line."""

from __future__ import annotations

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from judged_runs import image_data, written_run
from PIL import Image

from affectlab.cli import main


class Opinions(BaseHTTPRequestHandler):
    """Finds every answer good and every first one better; notes the images it saw by their colour."""

    seen: list[int]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        parts = [
            part for message in body["messages"] for part in message["content"] if isinstance(part, dict)
        ]
        for part in parts:
            if part["type"] == "image_url":
                content = b64decode(part["image_url"]["url"].partition(",")[2])
                red, *_ = Image.open(BytesIO(content)).convert("RGB").getpixel((8, 8))
                self.seen.append(round(red / 40))
        text = "Fine.\nSCORE: 4" if "SCORE: and" in json.dumps(body) else "Fine.\nVERDICT: 1"
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        about = {"id": "1", "object": "chat.completion", "model": "m", "created": 1, "choices": [choice]}
        reply = json.dumps(
            {**about, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
        )
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply.encode())

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[int]]]:
    seen: list[int] = []
    handler = type("Noting", (Opinions,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}/v1", seen
        made.shutdown()
        thread.join()


def test_a_served_judge_sees_the_images_and_its_figures_are_printed(
    server: tuple[str, list[int]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    url, seen = server
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    data = image_data(tmp_path / "data", 2)
    run = written_run(data, tmp_path / "run", "hf:llava", lambda image, task, rest: f"I see {image} {rest}")
    options = ["--criteria", "alignment", "--controls", "2", "--resamples", "20", "--json"]
    with pytest.raises(SystemExit) as left:
        main(["bench", "judge", str(run), "--judge", "openai:gpt-4o", "--base-url", url, *options])
    printed = capfd.readouterr()
    assert left.value.code == 0, printed.err
    about = json.loads(printed.out)
    assert set(seen) == {0, 1}
    assert (about["command"], about["mode"], about["sees"]) == ("bench judge", "words", True)
    ratings = [row for row in about["rows"] if row["metric"] == "rating" and row["subset"] == "all"]
    assert [row["value"] for row in ratings] == [4.0, 4.0]
    assert about["trust"].startswith("trust: no: swap_consistency 0.00")
    assert (run / "judgements.jsonl").is_file()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nowhere", "--judge", "openai:gpt-4o"], "nowhere holds no run"),
        (["nowhere", "--judge", "openai:gpt-4o", "--mode", "loud"], "setting 'mode' is 'loud'"),
        (["nowhere", "--judge", "openai:gpt-4o", "--controls", "-1"], "--controls"),
    ],
)
def test_mistakes_are_one_line(mistake, arguments: list[str], line: str) -> None:
    assert line in mistake("bench", "judge", *arguments)
