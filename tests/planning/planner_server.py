"""A chat server whose answers are chosen by a test: real HTTP on the loopback address."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["ChatHandler"], None]

GOOD: dict[str, Any] = {
    "mode": "major",
    "reg": "middle",
    "inst": ["piano", "harp"],
    "art": "legato",
    "bpm": 64,
    "dens": 3,
    "loud": [4, 3],
    "v1": 1,
    "a1": -1,
    "v2": 3,
    "a2": -3,
    "cite": ["1 bpm", "2 mode"],
    "mood": "warm slow piano",
    "why": "Slow tempo calms.",
    "stop": "worse",
    "given": "quiet",
}
"""What a well-behaved model says to the requests of these tests."""


class ChatHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with server.lock:
            server.seen.append(body)
            reply = server.replies.pop(0) if len(server.replies) > 1 else server.replies[0]
        reply(self)

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class ChatServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ChatHandler)
        self.lock = threading.Lock()
        self.seen: list[dict[str, Any]] = []
        self.replies: list[Reply] = [answers(GOOD)]
        self.over = threading.Event()

    @property
    def planner(self) -> str:
        return f"openai:test@http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *arguments: object) -> None:
        """Clients that hang up are part of the tests."""


def writes(text: str) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    content = {"id": "1", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice]}
    content["usage"] = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    return lambda handler: handler.send(200, json.dumps(content).encode())


def answers(content: dict[str, Any], **changes: Any) -> Reply:
    return writes(json.dumps(content | changes))


def refuses(status: int) -> Reply:
    return lambda handler: handler.send(status, json.dumps({"error": {"message": "no"}}).encode())


def hangs(handler: ChatHandler) -> None:
    handler.server.over.wait(30)


def drips(handler: ChatHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def dies(handler: ChatHandler) -> None:
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"message": {"content": "{\\"mode')
    handler.wfile.flush()
    handler.close_connection = True


def floods(handler: ChatHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(b"x" * (1 << 16))


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
