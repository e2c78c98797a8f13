from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from affectlab.errors import BoardError, MissingExtra, UnreadableFile
from affectlab.signals import Receiver, Source, liblsl, open_source

pytestmark = [
    pytest.mark.board,
    # BrainFlow imports it; which test does so first is chance.
    pytest.mark.filterwarnings("ignore:pkg_resources is deprecated:UserWarning"),
]

SYNTHETIC_NAMES = "Fz C3 Cz C4 Pz PO7 Oz PO8 F5 F7 F3 F1 F2 F4 F6 F8"


@pytest.fixture(autouse=True)
def brainflow_is_there() -> None:
    pytest.importorskip("brainflow", reason="BrainFlow is not installed (extra: devices)")


def stream_for(source: Source, seconds: float) -> tuple[int, np.ndarray, np.ndarray, Receiver]:
    start = liblsl.clock()
    receiver = Receiver(source.open(), session_start_lsl=start)
    receiver.open()
    sent, chunks, end = 0, [], time.monotonic() + seconds
    while time.monotonic() < end and not source.ended:
        sent += (published := source.advance(0.0))
        if (chunk := receiver.pull(expect=published)) is not None:
            chunks.append(chunk)
        time.sleep(0.02)
    age = liblsl.clock() - start - chunks[-1].times[-1]
    assert 0 <= age < 0.3
    receiver.close()
    source.close()
    source.close()
    data = np.concatenate([chunk.data for chunk in chunks])
    return sent, data, np.concatenate([chunk.times for chunk in chunks]), receiver


def test_the_synthetic_board_streams_with_names_and_live_stamps_and_says_nothing(capfd) -> None:
    sent, data, times, receiver = stream_for(open_source("brainflow:synthetic"), 1.2)
    assert receiver.channels == tuple(SYNTHETIC_NAMES.split())
    assert sent == len(data) == pytest.approx(1.2 * 250, rel=0.15)
    assert np.diff(times).min() > 0
    assert (np.ptp(data, axis=0) > 1).all()
    assert capfd.readouterr() == ("", "")


def test_a_recorded_file_plays_back_whole_and_ends(tmp_path) -> None:
    from brainflow.board_shim import BoardShim
    from brainflow.data_filter import DataFilter

    rows = np.zeros((BoardShim.get_num_rows(-1), 200))
    rows[BoardShim.get_eeg_channels(-1)] = np.arange(200)
    rows[BoardShim.get_timestamp_channel(-1)] = 1.7e9 + np.arange(200) / 250
    file = tmp_path / "recorded.csv"
    DataFilter.write_file(rows, str(file), "w")
    source = open_source(f"brainflow:playback?file={file}&master=synthetic")
    sent, data, _, _ = stream_for(source, 5.0)
    assert sent == 200
    assert source.ended
    np.testing.assert_array_equal(data[:, 0], np.arange(200))


def test_electrode_names_can_be_given_and_two_boards_run_at_once() -> None:
    names = "Fp1,Fp2,F7,F8,T7,T8,P7,P8,O1,O2,C3,C4,Fz,Cz,Pz,X"
    one, other = open_source(f"brainflow:synthetic?channels={names}"), open_source("brainflow:-1")
    other.open()
    other.advance(0.0)
    _, _, _, receiver = stream_for(one, 0.3)
    assert receiver.channels == tuple(names.split(",")[:-1])
    other.close()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("brainflow:synthetc", "board 'synthetc' is not known to BrainFlow; did you mean synthetic"),
        ("brainflow:4711", "board '4711' is not known"),
        ("brainflow:cyton?speed=9", "option 'speed' is not known; expected some of channels, file"),
        ("brainflow:playback", "playback needs a file and the board that made it"),
        ("brainflow:synthetic?channels=Fp1,Fp2", "2 electrode names for board 'synthetic'; expected 16"),
    ],
)
def test_mistakes_are_one_line(spec, words) -> None:
    with pytest.raises(BoardError, match=words):
        open_source(spec)


def test_a_board_that_is_not_plugged_in() -> None:
    source = open_source("brainflow:cyton?serial_port=/dev/absent")
    with pytest.raises(
        BoardError, match=r"board 'cyton' cannot be started \(UNABLE_TO_OPEN_PORT.*check that"
    ):
        source.open()
    source.close()


def test_a_port_that_is_no_number() -> None:
    with pytest.raises(BoardError, match="option port='abc' is no number"):
        open_source("brainflow:synthetic?port=abc").open()


@pytest.mark.parametrize("name", ["absent.csv", "empty.csv"])
def test_an_absent_or_empty_file_to_play_back(tmp_path, name) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(UnreadableFile, match="missing or empty"):
        open_source(f"brainflow:playback?file={tmp_path / name}&master=synthetic")


def test_without_brainflow_the_extra_is_named(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "brainflow", None)
    with pytest.raises(MissingExtra, match=r"brainflow is not installed; .*'affectlab\[devices\]'"):
        open_source("brainflow:synthetic")
