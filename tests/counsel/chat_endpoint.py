"""A real server on the loopback address, in a thread, with whatever counsellor a test gives it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from affectlab.counsel.serve import ServeSettings
from affectlab.counsel.serve.app import build_app
from affectlab.counsel.serve.desk import Desk


@dataclass
class Endpoint:
    url: str
    desk: Desk
    server: uvicorn.Server

    def client(self, **options) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, **options)

    def get(self, path: str) -> httpx.Response:
        with self.client() as client:
            return client.get(path)

    def post(self, **request) -> httpx.Response:
        with self.client() as client:
            return client.post("/v1/chat/completions", **request)

    def ask(self, *said: str, **fields) -> httpx.Response:
        with self.client() as client:
            return client.post("/v1/chat/completions", json=body(*said, **fields))


def body(*said: str, **fields) -> dict:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": one} for place, one in enumerate(said)]
    return {"model": "counsel", "messages": messages, **fields}


@contextmanager
def endpoint(counsellor, **settings) -> Iterator[Endpoint]:
    app = build_app(counsellor, ServeSettings(chat=counsellor.settings, **settings))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        while not server.started and thread.is_alive():
            thread.join(0.01)
        yield Endpoint(url, app.state.desk, server)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
