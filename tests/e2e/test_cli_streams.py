"""Sessions in real time on streams from other programs, and on a board."""

import time
import uuid

import numpy as np
import pytest
import pyxdf
from cli_driver import affectlab, notices, only_json, published, sound_has_begun, stalled, started, until

from affectlab.session.recording import Recording


def brief(minutes: float) -> tuple[str, ...]:
    return ("--rest", "1", "--minutes", str(minutes), "--synth", "builtin", "--json")


def fresh_name() -> str:
    return f"cli-{uuid.uuid4().hex[:10]}"


def recorded(folder):
    (eeg,), _ = pyxdf.load_xdf(folder / "eeg.xdf", [{"type": "EEG"}], dejitter_timestamps=False)
    return eeg["time_series"], eeg["time_stamps"]


def check_figures(result: dict, folder) -> None:
    data, times = recorded(folder)
    assert result["samples_in"] == result["samples_recorded"] == len(data)
    assert len(data) == pytest.approx(0.17 * 60 * 250, rel=0.06)
    assert result["audio"]["seconds"] == pytest.approx(10.4, abs=0.05)
    assert -0.2 < times[0] < 1.0
    if not stalled(result):
        assert result["underruns"] == 0
        assert result["latency_ms"]["sample_to_control"]["p99"] < 250


def test_no_sample_of_an_lsl_stream_is_lost_or_doubled(tmp_path) -> None:
    name, out = fresh_name(), tmp_path / "s"
    with published(name):
        done = affectlab("session", "run", "--source", f"lsl:{name}", "--out", out, *brief(0.17))
    assert done.returncode == 0, done.stderr
    check_figures(only_json(done.stdout), out)
    data, times = recorded(out)
    numbers = data[:, Recording.load(out).eeg().channels.index("Cz")]
    np.testing.assert_array_equal(np.diff(numbers), 1)
    np.testing.assert_allclose(np.diff(times), 1 / 250, atol=1e-3)


@pytest.mark.board
def test_a_board_is_recorded_whole(tmp_path) -> None:
    pytest.importorskip("brainflow")
    out = tmp_path / "s"
    done = affectlab("session", "run", "--source", "brainflow:synthetic", "--out", out, *brief(0.17))
    assert done.returncode == 0, done.stderr
    check_figures(only_json(done.stdout), out)
    assert only_json(done.stdout)["windows"] >= 10


def test_nan_and_flat_eeg_is_recorded_judged_and_not_believed(tmp_path) -> None:
    name, out = fresh_name(), tmp_path / "s"
    with published(name, "faulty"):
        done = affectlab("session", "run", "--source", f"lsl:{name}", "--out", out, *brief(0.12))
    assert done.returncode == 0, done.stderr
    data, _ = recorded(out)
    assert np.isnan(data[:, 0]).all()
    assert not data[:, 1].any()
    records = Recording.load(out).records
    for quality in records["quality"]:
        assert set(quality["scores"].values()) == {0.0}
        assert "Fp1: no signal for 100% of the window" in quality["reasons"]["Fp1"][0]
        assert "Fp2: flat for" in quality["reasons"]["Fp2"][0]
    assert len(records["quality"]) >= 5
    assert all(state["belief_covariance"][0] >= 0.24 for state in records["states"])
    assert records["music"]


def test_a_clock_that_leaps_is_told_and_the_session_ends_on_time(tmp_path) -> None:
    name, out = fresh_name(), tmp_path / "s"
    with published(name, "leap"):
        done = affectlab("session", "run", "--source", f"lsl:{name}", "--out", out, *brief(0.15))
    assert done.returncode == 0, done.stderr
    (leap,) = [text for kind, text in notices(out) if kind == "clock_jump"]
    assert leap.startswith(
        "the time stamps jumped by +60.0 s: samples were lost or the device's clock was set"
    )
    recording = Recording.load(out)
    assert recording.duration < 12
    assert only_json(done.stdout)["samples_in"] == len(recorded(out)[0])


def test_a_lost_stream_is_told_found_again_and_never_heard(tmp_path) -> None:
    name, out = fresh_name(), tmp_path / "s"
    with (
        published(name) as first,
        started("session", "run", "--source", f"lsl:{name}", "--out", out, *brief(0.5)) as session,
    ):
        until(sound_has_begun(out, 5.0))
        first.kill()
        time.sleep(3.0)
        with published(name):
            stdout, stderr = session.communicate(timeout=90)
    assert session.returncode == 0, stderr
    result = only_json(stdout)
    kinds = [kind for kind, _ in notices(out)]
    assert kinds[:2] == ["lost", "back"]
    recording = Recording.load(out)
    lost, back = (one["time"] for one in recording.records["notices"][:2])
    assert 2 < back - lost < 20
    data, times = recorded(out)
    assert result["samples_in"] == result["samples_recorded"] == len(data)
    assert np.diff(times).max() > 2
    # The music went on through the silence of the stream: no gap in the file, and no second without sound.
    assert recording.audio_seconds == pytest.approx(30.2, abs=0.05)
    assert (recording.audio_levels().rms[5:29] > 1e-4).all()
