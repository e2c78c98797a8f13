"""A vision model behind real HTTP that hashes what it is shown and fails as it is told to.

Run as a program it serves until it is stopped and then prints what it saw as JSON:
``python picture_server.py DATA PORT`` with the folder of a data set.
"""

from __future__ import annotations

import hashlib
import json
import signal
import socket
import sys
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

Fault = Literal["answered", "busy", "broken", "hangs", "drops"]


class PictureServer(ThreadingHTTPServer):
    """Counts requests, and how many are in its hands at once.

    Parameters
    ----------
    known
        SHA-256 of the pictures that may be shown.
    answer
        From the words of a request and the hash of its picture to the answer.
    faults
        What befalls the requests in the order they come; those after the last are answered.
    meeting
        Answers wait until so many requests are in hand, once; 1 for no waiting.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        known: Sequence[str],
        answer: Callable[[str, str], str],
        faults: Sequence[Fault] = (),
        meeting: int = 1,
        port: int = 0,
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.known, self.answer, self.faults = frozenset(known), answer, list(faults)
        self.lock = threading.Lock()
        self.in_hand = self.highest = 0
        self.met = threading.Event()
        self.meeting = meeting
        self.over = threading.Event()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.befell: Counter[str] = Counter()
        self.after: Callable[[int], None] = lambda _: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def strangers(self) -> list[str]:
        """Words of the requests whose picture is none of the data set's, byte for byte."""
        return [words for words, hashes in self.seen if not hashes or not set(hashes) <= self.known]

    def handle_error(self, *arguments: object) -> None:
        """Clients that hang up or are killed are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: PictureServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        words, hashes = _shown(body)
        server = self.server
        with server.lock:
            server.in_hand += 1
            server.highest = max(server.highest, server.in_hand)
            if server.highest >= server.meeting:
                server.met.set()
            server.seen.append((words, hashes))
            fault: Fault = server.faults.pop(0) if server.faults else "answered"
            server.befell[fault] += 1
            number = len(server.seen)
        try:
            server.met.wait(10)
            getattr(self, f"_{fault}")(words, hashes)
        finally:
            with server.lock:
                server.in_hand -= 1
            server.after(number)

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""

    def _answered(self, words: str, hashes: tuple[str, ...]) -> None:
        text = self.server.answer(words, hashes[0] if hashes else "")
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 9, "completion_tokens": len(text.split()), "total_tokens": 10}
        self._send(200, {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})

    def _busy(self, *_: object) -> None:
        self._send(429, {"error": {"message": "too many requests"}}, {"retry-after": "0"})

    def _broken(self, *_: object) -> None:
        self._send(500, {"error": {"message": "out of order"}})

    def _hangs(self, *_: object) -> None:
        self.server.over.wait(60)
        self.close_connection = True

    def _drops(self, *_: object) -> None:
        self.send_response(200)
        self.send_header("content-length", "400")
        self.end_headers()
        self.wfile.write(b'{"choices"')
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        written = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


def _shown(body: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the words of a request and the hashes of its pictures."""
    content = body["messages"][-1]["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    words = "".join(part["text"] for part in parts if part["type"] == "text")
    pictures = (part["image_url"]["url"].partition(",")[2] for part in parts if part["type"] == "image_url")
    return words, tuple(hashlib.sha256(b64decode(one)).hexdigest() for one in pictures)


@contextmanager
def serving_pictures(server: PictureServer) -> Iterator[PictureServer]:
    """Serve while the block lasts."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()


def hashes_of(data: Path) -> dict[str, str]:
    """SHA-256 of the files of a data set's pictures, computed anew, to the sample's id."""
    found = {}
    for line in (data / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        sample = json.loads(line)
        for one in sample["media"]:
            found[hashlib.sha256((data / one["path"]).read_bytes()).hexdigest()] = sample["id"]
    return found


def main(data: str, port: str) -> None:
    """Serve a data set with faults until SIGTERM: of the first eighty requests thirty fail."""
    words = ("amusement", "awe", "contentment", "anger", "fear", "sadness", "5", "no idea")
    cycle: list[Any] = ["answered", "busy", "answered", "broken", "answered", "answered", "drops", "answered"]
    server = PictureServer(
        list(hashes_of(Path(data))),
        lambda _, digest: (time.sleep(0.05), words[int(digest[:4] or "0", 16) % len(words)])[1],
        faults=cycle * 10,
        port=int(port),
    )
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    asked = Counter(server.seen)
    seen = {"requests": len(server.seen), "different": len(asked), "befell": dict(server.befell)}
    about = {**seen, "at_once": server.highest, "wrong_pictures": len(server.strangers)}
    sys.stdout.write(json.dumps(about) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
