import json
import os
import signal
import threading
import time

import numpy as np
import pytest

from affectlab.cli import main
from affectlab.decoding.personal_file import read_person
from affectlab.decoding.weights import Output

SHORT = "eyes-open=9,arithmetic=21,breathing=21"


class Weights:
    """A network that reads nothing but the loudness of the relations."""

    axes, sha256, sfreq = ("arousal",), "d" * 64, 125.0

    def run(self, inputs):
        n = len(inputs)
        size = np.abs(inputs.relations).mean(axis=(1, 2, 3))
        mean = np.column_stack([np.zeros(n), np.tanh(size - 1)]).astype(np.float32)
        spread = np.tile(np.eye(2, dtype=np.float32) * 0.09, (n, 1, 1))
        embedding = np.column_stack([size, size**2]).astype(np.float32)
        course = np.zeros((n, 2, 2), dtype=np.float32)
        return Output(mean, spread, course, 0.5 + mean / 4, embedding, np.zeros(n, dtype=np.float32))


@pytest.fixture
def weights(monkeypatch, clean_environment, tmp_path):
    monkeypatch.setattr("affectlab.decoding.weights.load_weights", lambda _path=None: Weights())
    monkeypatch.chdir(tmp_path)


def calibrate(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["decode", "calibrate", *arguments])
    return left.value.code


def test_a_calibration_prints_one_json_object_and_writes_the_file(weights, tmp_path, capfd) -> None:
    code = calibrate("--speed", "inf", "--steps", SHORT, "--out", "person.json", "--name", "P7", "--json")
    printed = capfd.readouterr()
    assert code == 0
    found = json.loads(printed.out)
    assert [*found] == [
        *("command", "person", "rest_seconds", "steps", "accepted", "reasons", "manifest", "rows"),
    ]
    assert found["steps"] == ["arithmetic", "breathing"]
    assert {row["metric"] for row in found["rows"]} == {"nll", "ccc", "balanced_accuracy", "ece"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in found["rows"])
    file = read_person(tmp_path / "person.json")
    assert (file.name, found["accepted"]["arousal"]) == ("P7", bool(file.heads))
    assert printed.err.count("\n") == 3, "each step is said once"
    assert "3/3  Breathe slowly." in printed.err


def test_people_are_shown_a_table_and_the_reason(weights, capfd) -> None:
    assert calibrate("--speed", "inf", "--steps", SHORT, "--out", "person.json") == 0
    shown = capfd.readouterr().out
    assert "correction of arousal" in shown
    assert "accepted: " in shown or "refused: " in shown
    assert "balanced_accuracy" in shown


def test_rest_only_makes_a_baseline_without_a_correction(weights, tmp_path, capfd) -> None:
    assert calibrate("--speed", "inf", "--rest-only", "--out", "rest.json", "--json") == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["rows"], found["accepted"], found["rest_seconds"]) == ([], {}, 60.0)
    assert read_person(tmp_path / "rest.json").heads == {}


def test_ctrl_c_ends_it_and_writes_nothing(weights, tmp_path, capfd) -> None:
    def press():
        time.sleep(2.0)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    assert calibrate("--out", "person.json") == 128 + signal.SIGINT
    assert "stopped; nothing was written" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rest-only", "--steps", "eyes-open"], "--rest-only and --steps exclude each other"),
        (["--steps", "breathing"], "begin with eyes-open"),
        (["--steps", "eyes-open,yoga"], "step 'yoga' is not known"),
        (["--source", "nonsense"], "--source 'nonsense' names no source"),
        (["--source", "replay:gone.edf"], "gone.edf"),
        (["--channels", "Fp1,Nose"], "Nose"),
    ],
)
def test_a_mistake_is_one_line(weights, mistake, arguments, line) -> None:
    assert line in mistake("decode", "calibrate", "--out", "person.json", *arguments)


@pytest.mark.data
def test_a_recording_too_short_for_a_baseline_says_so(weights, tmp_path, capfd, data_root) -> None:
    import mne

    whole = data_root / "eegmat" / "125hz" / "Subject00_1.edf"
    if not whole.is_file():
        pytest.skip(f"EEGMAT at 125 Hz is not in {whole.parent}")
    raw = mne.io.read_raw_edf(whole, verbose="error").crop(0, 8).load_data(verbose="error")
    raw.save(tmp_path / "short_raw.fif", verbose="error")
    code = calibrate("--source", "replay:short_raw.fif", "--speed", "inf", "--rest-only", "--out", "p.json")
    assert code == 2
    reason = "no resting baseline could be made: the recording being replayed is over"
    assert reason in capfd.readouterr().err
    assert not (tmp_path / "p.json").exists()
