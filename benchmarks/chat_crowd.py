"""How the chat endpoint bears a crowd: latency, throughput, what is lost, and what the gate costs.

A scripted model says each client's secret word back in pieces, at a steady pace, so that what is measured is
the server and the gate and no model. Rounds with the gate and without take turns in one process::

    python benchmarks/chat_crowd.py --clients 50 --lanes 16
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from affectlab.counsel.chat import ChatSettings, Counsellor, Guard
from affectlab.counsel.gate import GateConfig, Passed, RiskGate, Verdict
from affectlab.counsel.serve import ServeSettings
from affectlab.models import Identity, Request, Sampling, Speech, Spoken, Stop, Turn

ASKED = "I cannot sleep before the exam, and all I think of is {secret}."
ANSWER = (
    "That sounds exhausting. You wrote of {secret}, and it keeps you awake. Many people lie awake like this. "
    "What would help you tonight? I keep {secret} in mind."
)


class Paced:
    """Says `ANSWER` with the secret of the request, a piece every `pause` seconds."""

    holds_to_grammar = False
    identity = Identity("paced", "1")

    def __init__(self, lanes: int, pause: float, step: int) -> None:
        self.lanes, self._pause, self._step = lanes, pause, step

    def stream(
        self, request: Request, sampling: Sampling, grammar: str | None = None, stop: Stop | None = None
    ) -> Speech:
        secret = next(word.rstrip(".") for word in request.text.split() if word.startswith("secret"))
        text = f"<answer>{ANSWER.format(secret=secret)}</answer>"
        for place in range(0, len(text), self._step):
            time.sleep(self._pause)
            yield text[place : place + self._step]
        return Spoken(True, len(text) // self._step)

    def close(self) -> None:
        """Nothing to give back."""


class Open:
    """No gate: lets everything through, as the baseline of what the gate costs."""

    def read(self, turns: Sequence[Turn]) -> Verdict:
        return Verdict("none", (), "en")

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed:
        return Passed(True)

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        return ""


class Timed:
    """A gate, and the seconds that answers wait for it; its classifier runs in threads of its own."""

    def __init__(self, gate: Guard) -> None:
        self._gate, self.seconds = gate, 0.0

    def read(self, turns: Sequence[Turn]) -> Verdict:
        with self._counted():
            return self._gate.read(turns)

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed:
        with self._counted():
            return self._gate.check(answer, turns, verdict)

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        return self._gate.safe_reply(turns, verdict)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began


@dataclass
class Heard:
    """What one client got: seconds to the first words and to the end, and the answer."""

    first: float
    total: float
    answer: str


@contextmanager
def serving(counsellor: Counsellor, lanes: int, clients: int) -> Iterator[str]:
    import uvicorn

    from affectlab.counsel.serve.app import build_app

    settings = ServeSettings(chat=counsellor.settings, lanes=lanes, waiting=clients)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(build_app(counsellor, settings), log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


async def crowd(url: str, clients: int) -> list[Heard]:
    import httpx

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=300, limits=limits) as client:
        return await asyncio.gather(*(_one(client, number) for number in range(clients)))


async def _one(client, number: int) -> Heard:
    said = ASKED.format(secret=f"secret{number:03d}")
    asked = {"model": "counsel", "messages": [{"role": "user", "content": said}], "stream": True}
    began, first, words = time.perf_counter(), 0.0, ""
    async with client.stream("POST", "/v1/chat/completions", json=asked) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:]).get("choices") or [{"delta": {}}]
                piece = choices[0]["delta"].get("content", "")
                first = first or (time.perf_counter() - began if piece else 0.0)
                words += piece
    return Heard(first, time.perf_counter() - began, words)


def measure(clients: int, lanes: int, rounds: int, pause: float, step: int) -> list[dict[str, object]]:
    speaker = Paced(lanes, pause, step)
    heard: dict[str, list[Heard]] = {"gate": [], "no gate": []}
    spent = {"gate": 0.0, "no gate": 0.0}
    with RiskGate.open(GateConfig()) as gate:
        settings = ChatSettings(model="paced", chain=False)
        guards = {"gate": Timed(gate), "no gate": Timed(Open())}
        arms = {name: Counsellor(speaker, guard, settings) for name, guard in guards.items()}
        for turn in range(rounds):
            for name, counsellor in sorted(arms.items(), reverse=turn % 2 == 0):
                with serving(counsellor, lanes, clients) as url:
                    began = time.perf_counter()
                    heard[name] += asyncio.run(crowd(url, clients))
                    spent[name] += time.perf_counter() - began
    rows = [_row(name, heard[name], spent[name], clients) for name in heard]
    return [
        row | {"gate_ms_per_answer": 1000 * guards[str(row["arm"])].seconds / (clients * rounds)}
        for row in rows
    ]


def _row(arm: str, heard: list[Heard], seconds: float, clients: int) -> dict[str, object]:
    right = [ANSWER.format(secret=f"secret{place % clients:03d}") for place in range(len(heard))]
    firsts, totals = ([getattr(one, name) for one in heard] for name in ("first", "total"))
    return {
        "arm": arm,
        "answers": len(heard),
        "lost": sum(not one.answer for one in heard),
        "wrong": sum(one.answer != expected for one, expected in zip(heard, right, strict=True)),
        "first_s_p50": float(np.percentile(firsts, 50)),
        "first_s_p99": float(np.percentile(firsts, 99)),
        "total_s_p50": float(np.percentile(totals, 50)),
        "total_s_p99": float(np.percentile(totals, 99)),
        "answers_per_s": len(heard) / seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.02, help="seconds between pieces")
    parser.add_argument("--step", type=int, default=6, help="characters of a piece")
    given = parser.parse_args()
    for row in measure(given.clients, given.lanes, given.rounds, given.pause, given.step):
        print(
            json.dumps({name: round(one, 3) if isinstance(one, float) else one for name, one in row.items()})
        )


if __name__ == "__main__":
    main()
