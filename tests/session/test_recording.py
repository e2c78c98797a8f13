import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_session import CHANNELS, SFREQ, path, write_session

from affectlab.errors import UnreadableFile
from affectlab.session.recorder import SessionRecorder
from affectlab.session.recording import Recording


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A session of twenty seconds."""
    return write_session(tmp_path_factory.mktemp("session") / "first", seconds=20).folder


@pytest.fixture
def copy(folder, tmp_path):
    """The same, to be damaged."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_session_is_what_it_was(folder) -> None:
    recording = Recording.load(folder)
    assert recording.session_id == "first"
    assert not recording.interrupted
    assert recording.duration == 20
    assert recording.config["arm"] == "closed"
    assert recording.audio_seconds == 20
    eeg = recording.eeg()
    assert (eeg.channels, eeg.sfreq, eeg.name) == (CHANNELS, SFREQ, "sim")
    assert eeg.data.dtype == np.float32
    np.testing.assert_allclose(eeg.times, np.arange(5_000) / SFREQ)


def test_decoded_states_and_beliefs_come_back_as_affect(folder) -> None:
    recording = Recording.load(folder)
    states, beliefs = recording.states(), recording.beliefs()
    assert len(states) == len(beliefs) == len(recording.records["states"])
    first = recording.records["states"][0]
    assert states[0].mean.tolist() == first["decoded_mean"]
    assert beliefs[0].mean.tolist() == first["belief_mean"]
    np.testing.assert_array_equal(states[0].covariance, [[0.12, 0.01], [0.01, 0.1]])
    assert [state.time for state in states] == [record["time"] for record in recording.records["states"]]


def test_the_belief_holds_until_the_next_one(folder) -> None:
    recording = Recording.load(folder)
    assert recording.belief_at(3.9) is None
    assert recording.belief_at(4.0) == recording.beliefs()[0]
    assert recording.belief_at(5.9) == recording.beliefs()[0]
    assert recording.belief_at(1e9) == recording.beliefs()[-1]


def test_columns_are_arrays_with_nan_for_null(folder) -> None:
    recording = Recording.load(folder)
    truth = recording.column("states", "truth")
    times = recording.column("states", "time")
    np.testing.assert_allclose(truth, [path(time, 20) for time in times])
    assert np.isnan(recording.column("controls", "density")).all()
    assert recording.column("states", "no such field").shape == times.shape


def test_levels_follow_the_sound(folder) -> None:
    levels = Recording.load(folder).audio_levels(step=1.0)
    assert levels.rms.shape == levels.peak.shape == (20,)
    # Two channels of amplitude a and 0.8 a; the loudness rises over the first seven seconds and a half.
    assert levels.rms[7] == pytest.approx(0.16 * np.sqrt((1 + 0.64) / 4), rel=0.01)
    assert np.all(np.diff(levels.rms[:7]) > 0)


def test_a_session_that_had_no_time_for_anything(tmp_path) -> None:
    recorder = SessionRecorder(tmp_path / "s")
    recorder.begin({"command": "session run"})
    recorder.abandon()
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    assert (recording.duration, recording.audio_seconds) == (0, 0)
    assert recording.eeg() is None
    assert recording.audio_levels() is None
    assert recording.states() == ()
    assert recording.belief_at(1.0) is None
    assert recording.column("states", "truth").shape == (0,)
    assert recording.config == {}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 2_000))
def test_a_line_cut_off_at_the_end_is_left_out_and_counted(folder, tmp_path, cut) -> None:
    content = (folder / "states.jsonl").read_bytes()[:-cut]
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "states.jsonl").write_bytes(content)
    recording = Recording.load(tmp_path)
    whole = content.count(b"\n")
    assert recording.records["states"] == Recording.load(folder).records["states"][:whole]
    assert recording.cut_lines == (not content.endswith(b"\n"))


def test_damage_in_the_middle_is_not_passed_over(copy) -> None:
    lines = (copy / "states.jsonl").read_text().split("\n")
    lines[2] = lines[2][:30]
    (copy / "states.jsonl").write_text("\n".join(lines))
    with pytest.raises(UnreadableFile, match=r"states\.jsonl line 3 is damaged"):
        Recording.load(copy)


@pytest.mark.parametrize("line", ["[]", "{}", '{"time": "now"}'])
def test_lines_that_are_not_events_are_not_passed_over(copy, line) -> None:
    (copy / "notices.jsonl").write_text(line + "\n")
    with pytest.raises(UnreadableFile, match=r"notices\.jsonl line 1 is damaged; expected a JSON object"):
        Recording.load(copy)


def test_states_off_the_plane_are_named(copy) -> None:
    record = json.loads((copy / "states.jsonl").read_text().split("\n")[0]) | {"belief_mean": [2, 0]}
    (copy / "states.jsonl").write_text(json.dumps(record) + "\n")
    with pytest.raises(UnreadableFile, match=r"recorded at 4\.0 s is not usable: .*got \[2\.0, 0\.0\]"):
        Recording.load(copy).beliefs()


def test_a_folder_that_is_no_session_is_named(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"manifest\.json: No such file .*expected a session's manifest"):
        Recording.load(tmp_path)
    with pytest.raises(UnreadableFile, match=r"nowhere is not a folder; expected a session folder"):
        Recording.load(tmp_path / "nowhere")


@pytest.mark.parametrize(("content", "said"), [("{", "not readable JSON"), ("[1]", "holds list, expected")])
def test_a_damaged_manifest_is_named(tmp_path, content, said) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(UnreadableFile, match=said):
        Recording.load(tmp_path)


def test_a_missing_eeg_file_is_named_when_it_is_asked_for(copy) -> None:
    (copy / "eeg.xdf").unlink()
    recording = Recording.load(copy)
    with pytest.raises(UnreadableFile, match=r"cannot read .*eeg\.xdf"):
        recording.eeg()
