"""What a session in real time does once the machine has held it up."""

import time

import numpy as np

from affectlab.session.config import SessionConfig
from affectlab.session.runner import Session


def test_a_session_that_fell_behind_catches_up_in_fewer_rounds_and_loses_nothing() -> None:
    session = Session(SessionConfig(source="sim", minutes=0.03, rest_seconds=0), None, automatic=True)
    session.open()
    blocks: list[tuple[int, int]] = []

    def listen(first_frame: int, pcm: np.ndarray) -> None:
        blocks.append((first_frame, len(pcm)))
        if len(blocks) == 20:
            time.sleep(0.5)

    session.on_pcm(listen)
    summary = session.run()
    assert [first for first, _ in blocks] == [960 * index for index in range(len(blocks))]
    assert {length for _, length in blocks} == {960}
    assert 450 <= summary.samples_in <= 475
    assert summary.latency_ms["lateness"]["n"] < len(blocks) - 10
