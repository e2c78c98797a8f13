from types import SimpleNamespace

import pytest

from affectlab.cli.progress import counting, session_progress
from affectlab.session.bus import Bus
from affectlab.session.events import NoticeEvent, StateEvent


@pytest.fixture
def session():
    bus = Bus()
    return SimpleNamespace(
        subscribe=bus.subscribe, emit=bus.emit, phase="playing", config=SimpleNamespace(minutes=1)
    )


def test_notices_are_whole_lines_on_stderr_and_stdout_stays_empty(session, capsys) -> None:
    text = (
        "no EEG arrives: check that the [headset] is on and in reach, and that nobody sits on it by mistake"
    )
    with session_progress(session):
        session.emit(NoticeEvent(time=12.34, kind="lost", text=text))
    assert capsys.readouterr() == ("", f"   12.3 s  {text}\n")


def test_states_move_no_line_when_nobody_is_watching(session, capsys) -> None:
    state = StateEvent(
        time=5.0,
        decoder="d",
        decoded_mean=(0.0, 0.0),
        decoded_covariance=(0.1, 0.0, 0.1),
        belief_mean=(0.1, 0.2),
        belief_covariance=(0.1, 0.0, 0.1),
        resting=False,
        usable_share=1.0,
    )
    with session_progress(session):
        session.emit(state)
    assert capsys.readouterr() == ("", "")


def test_afterwards_nobody_listens(session, capsys) -> None:
    with session_progress(session):
        pass
    session.emit(NoticeEvent(time=1.0, kind="lost", text="too late"))
    assert capsys.readouterr().err == ""


def test_counting_prints_nothing_when_nobody_is_watching(capsys) -> None:
    with counting("sessions") as done:
        done(1, 3)
    assert capsys.readouterr() == ("", "")
