"""Sessions in real time that do not come to their planned end."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import pyxdf
import soundfile
from cli_driver import affectlab, one_line, only_json, sound_has_begun, started, until

from affectlab.session.recording import Recording

LIVE = ("--rest", "1", "--minutes", "2", "--synth", "builtin", "--json")


def eeg_times(folder: Path) -> np.ndarray:
    (eeg,), _ = pyxdf.load_xdf(folder / "eeg.xdf", [{"type": "EEG"}], dejitter_timestamps=False)
    return eeg["time_stamps"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_completes_the_recording(number, code, tmp_path) -> None:
    out = tmp_path / "s"
    with started("session", "run", "--out", out, *LIVE) as process:
        until(sound_has_begun(out, 3.0))
        process.send_signal(number)
        pressed = time.monotonic()
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in stderr) == (code, False)
    result = only_json(stdout)
    assert result["ended"] == "interrupted"
    assert result["samples_in"] == result["samples_recorded"] == len(eeg_times(out))
    recording = Recording.load(out)
    assert not recording.interrupted
    assert recording.audio_file.name == "audio.flac"
    assert recording.records["phases"][-1]["phase"] == "ended"
    assert time.monotonic() - pressed < 30


def test_a_killed_session_leaves_everything_readable(tmp_path) -> None:
    out = tmp_path / "s"
    with started("session", "run", "--out", out, *LIVE) as process:
        until(sound_has_begun(out, 7.5))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    recording = Recording.load(out)
    assert recording.interrupted
    times = eeg_times(out)
    assert times[-1] > 6
    np.testing.assert_allclose(np.diff(times), 1 / 250, atol=1e-9)
    sound, rate = soundfile.read(out / "audio.wav", dtype="int16")
    assert len(sound) > 7 * rate
    assert sound[3 * rate :].any()
    assert recording.records["states"]
    done = affectlab("session", "report", out, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "was interrupted" in Path(only_json(done.stdout)["report"]).read_text()


@pytest.fixture
def small_disk(tmp_path):
    """A disk with just the room that a session asks for."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=210m", "none", place],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(path: Path) -> None:
    """Take what room there is, to the last byte."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(2**16)):
            pass


def test_a_disk_that_fills_up_ends_the_recording_but_not_the_music(small_disk) -> None:
    out = small_disk / "s"
    arguments = ("--rest", "1", "--minutes", "0.15", "--synth", "builtin", "--json")
    with started("session", "run", "--out", out, *arguments) as process:
        until(sound_has_begun(out, 3.0))
        fill(small_disk / "filler")
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (2, "")
    assert stderr.splitlines()[-1].startswith("affectlab: no room left to write")
    assert any("the recording failed (no room left" in line for line in stderr.splitlines()[:-1])
    recording = Recording.load(out)
    assert recording.interrupted
    np.testing.assert_allclose(np.diff(eeg_times(out)), 1 / 250, atol=1e-9)
    assert recording.audio_seconds > 2


def test_a_disk_without_room_is_refused_and_no_folder_is_left(small_disk) -> None:
    (small_disk / "filler").write_bytes(bytes(50 * 2**20))
    done = affectlab("session", "run", "--out", small_disk / "s", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "only 160 MB are free" in one_line(done.stderr)
    assert not (small_disk / "s").exists()
