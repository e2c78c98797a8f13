"""The substitute: where it begins, how long it stays, and the thread it stands in for."""

import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.errors import ModelError
from affectlab.music.instruments import INSTRUMENTS
from affectlab.music.learned.writing.fallback import Fallback
from affectlab.music.learned.writing.relief import MOST_BARS, SOON_BEATS, Relief
from affectlab.music.learned.writing.worker import Worker
from affectlab.music.mapping import requested
from affectlab.music.modes import PITCH_NAMES
from affectlab.music.score import MusicControl

CONTROL = MusicControl(0.2, 0.1)
NOW = requested(MusicControl(0.0, 0.0, tempo_bpm=101.0, dynamics=0.66, density=0.4))


@given(st.integers(0, 200), st.integers(0, 11), st.integers(0, 5))
@settings(max_examples=40)
def test_it_begins_in_the_key_the_tempo_and_the_beat_of_the_music(seed, tonic, beat) -> None:
    substitute = Fallback(seed, tonic, beat)
    beats = [substitute.next_beat(CONTROL, NOW) for _ in range(16)]
    assert beats[0].beat in {beat, 0}
    assert beat > 1 or beats[0].beat == beat
    assert beats[0].facts["key"] == PITCH_NAMES[tonic]
    assert {one.dynamics for one in beats} == {0.66}
    assert [one.tempo_bpm for one in beats] == pytest.approx([101.0] * 16)
    for before, after in pairwise(beats):
        assert after.beat in {before.beat + 1, 0}
    by_program = {instrument.program: instrument for instrument in INSTRUMENTS.values()}
    for note in (note for one in beats for note in one.notes):
        assert by_program[note.program].low <= note.pitch <= by_program[note.program].high


def bars_until_free(relief):
    bars = 1
    while not relief.at_bar_line():
        bars += 1
    return bars


def test_who_fails_again_soon_is_relieved_for_longer() -> None:
    relief, stays = Relief(), []
    for _ in range(7):
        relief.begin()
        stays.append(bars_until_free(relief))
        relief.end()
        relief.played()
    assert stays == [1, 2, 4, 8, MOST_BARS, MOST_BARS, MOST_BARS]
    for _ in range(SOON_BEATS):
        relief.played()
    relief.begin()
    assert relief.ends_soon
    assert bars_until_free(relief) == 1


def test_a_worker_gives_its_result_once_and_is_not_waited_for_in_vain() -> None:
    worker, gate = Worker(threaded=True), threading.Event()
    worker.give(lambda: gate.wait(30) and 7)
    assert worker.take(0.01) is None
    assert worker.busy
    gate.set()
    assert worker.take(None) == 7
    assert not worker.busy
    assert worker.take(None) is None
    worker.close()


@pytest.mark.parametrize("threaded", [False, True])
def test_what_a_job_raises_comes_to_who_takes_it(threaded) -> None:
    worker = Worker(threaded=threaded)
    worker.give(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        worker.take(None)
    worker.give(lambda: 3)
    assert worker.take(None) == 3
    worker.close()
    worker.give(lambda: 3)
    with pytest.raises(ModelError, match="the composer was closed"):
        worker.take(None)


def test_a_job_runs_elsewhere_only_with_a_thread() -> None:
    for threaded in (False, True):
        worker = Worker(threaded=threaded)
        worker.give(threading.current_thread)
        assert (worker.take(None) is threading.current_thread()) is not threaded
        worker.close()
