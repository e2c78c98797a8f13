"""A chat server to test against: real HTTP, whose behaviour each test chooses."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers the n-th request with the n-th reply of its server, the last one for ever."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server = self.server
        with server.lock:
            server.seen.append(
                (
                    self.path,
                    body,
                    {name.lower(): value for name, value in self.headers.items()},
                    time.monotonic(),
                )
            )
            reply = server.replies.pop(0) if len(server.replies) > 1 else server.replies[0]
        reply(self)

    def log_message(self, *arguments: object) -> None:
        """Keep the test's output clean."""

    def send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.seen: list[tuple[str, dict[str, Any], dict[str, str], float]] = []
        self.replies: list[Reply] = [says("positive")]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *arguments: object) -> None:
        """Clients that hang up are part of the tests."""


def says(text: str | None, ending: str = "stop", tokens: int = 2) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ending}
    content = {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}
    content["usage"] = {"prompt_tokens": 9, "completion_tokens": tokens, "total_tokens": 9 + tokens}
    return lambda handler: handler.send(200, json.dumps(content).encode())


def refuses(status: int, message: str = "no", headers: dict[str, str] | None = None, **extra: str) -> Reply:
    content = json.dumps({"error": {"message": message, **extra}}).encode()
    return lambda handler: handler.send(status, content, headers)


def dribbles(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def floods(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 20))


def hangs_up(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b'{"choices"')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def write_clip(path: Path) -> Path:
    """Write one second: pictures that brighten from black to white, with a tone."""
    with av.open(path, "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 32, "yuv420p"
        audio = container.add_stream("aac", rate=16000, layout="mono")
        for number in range(10):
            picture = np.full((32, 64, 3), 25 * number, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        tone = (0.5 * np.sin(np.arange(16000) * 2 * np.pi * 440 / 16000)).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
        sound.sample_rate = 16000
        container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def pixels(part: dict[str, Any]) -> np.ndarray:
    head, _, content = part["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(b64decode(content)))).astype(float)
