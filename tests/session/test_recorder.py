import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import pyxdf
import soundfile
from recorded_session import CHANNELS, SFREQ, eeg_chunks, session_events, session_summary, tone, write_session

from affectlab.errors import DiskFull, RecordingError
from affectlab.session import growing_file, recorder
from affectlab.session.events import STREAMS, NoticeEvent
from affectlab.session.recorder import SessionRecorder, delete_session
from affectlab.session.recording import Recording
from affectlab.signals.window import Chunk

MANIFEST = {"command": "session run", "config": {}}


@pytest.fixture
def running(tmp_path):
    """A recorder that has begun, with its EEG stream open."""
    session = SessionRecorder(tmp_path / "s")
    session.begin(MANIFEST)
    session.open_eeg("sim", CHANNELS, SFREQ, None)
    yield session
    session.abandon()


def chunk(n: int = 5, start: float = 0.0) -> Chunk:
    return Chunk(np.zeros((n, len(CHANNELS)), np.float32), start + np.arange(n) / SFREQ)


def wait_for(condition, seconds: float = 10.0) -> None:
    due = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < due, "it did not happen"
        time.sleep(0.01)


def test_every_sample_event_and_frame_is_recorded(tmp_path) -> None:
    session = write_session(tmp_path / "s", seconds=20)
    assert (session.failure, session.dropped, session.samples_recorded) == (None, 0, 20 * SFREQ)
    recording = Recording.load(tmp_path / "s")
    expected = np.concatenate([part.data for part in eeg_chunks(20, 0)])
    np.testing.assert_array_equal(recording.eeg().data, expected)
    for stream in STREAMS:
        events = [event.record() for event in session_events(20, 0) if event.stream == stream]
        expected_records = json.loads(json.dumps(sorted(events, key=lambda record: record["time"])))
        assert list(recording.records[stream]) == expected_records
    pcm, _ = soundfile.read(recording.audio_file, dtype="int16")
    np.testing.assert_array_equal(pcm, np.concatenate([tone(second) for second in range(20)]))
    assert recording.summary == session_summary(20, "closed")


def test_the_disk_is_asked_to_keep_it_now_and_then(running, monkeypatch) -> None:
    kept = []
    monkeypatch.setattr(growing_file.os, "fdatasync", kept.append)
    running.abandon()
    monkeypatch.setattr(recorder, "SYNC_SECONDS", 0.0)
    session = SessionRecorder(running.folder.parent / "other")
    session.begin(MANIFEST)
    session.audio(tone(0))
    wait_for(lambda: len(kept) >= 2 + len(STREAMS))
    session.abandon()
    assert session.failure is None


def test_health_data_are_readable_by_their_owner_only(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=2).folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_what_people_did_is_also_a_marker_in_the_eeg_file(tmp_path) -> None:
    write_session(tmp_path / "s", seconds=20)
    streams, _ = pyxdf.load_xdf(tmp_path / "s" / "eeg.xdf", [{"type": "Markers"}])
    markers = [json.loads(text) for (text,) in streams[0]["time_series"]]
    assert {marker["stream"] for marker in markers} == {"phases", "plans", "controls", "notices", "page"}
    assert [marker["time"] for marker in markers] == streams[0]["time_stamps"].tolist()


def test_events_are_on_the_disk_while_the_session_runs(running) -> None:
    running.event(NoticeEvent(time=1.0, kind="quality", text="Fz ist lose – bitte andrücken"))
    file = running.folder / "notices.jsonl"
    wait_for(lambda: file.read_text(encoding="utf-8").endswith('andrücken"}\n'))


def test_eeg_and_sound_reach_the_disk_within_half_a_second_or_so(running) -> None:
    running.eeg(chunk(10))
    running.audio(tone(0))
    wait_for(lambda: running.samples_recorded == 10, seconds=2)
    wait_for(lambda: soundfile.info(str(running.folder / "audio.wav")).frames == 48_000, seconds=2)


def test_values_that_json_does_not_know_become_ones_it_does(running) -> None:
    text = {"a": np.float32(1.5), "b": float("nan"), "c": np.arange(2), "d": Path("x")}
    running.event(NoticeEvent(time=1.0, kind="odd", text=text))
    running.abandon()
    assert running.failure is None
    (notice,) = Recording.load(running.folder).records["notices"]
    assert notice["text"] == {"a": 1.5, "b": None, "c": [0, 1], "d": "x"}


def test_callers_may_reuse_their_arrays(running) -> None:
    part, sound = chunk(), tone(0)
    running.eeg(part)
    running.audio(sound)
    part.data[:], sound[:] = 7, 0
    running.finish({})
    recording = Recording.load(running.folder)
    assert not recording.eeg().data.any()
    assert recording.audio_levels().peak[0] > 0.05


def test_an_abandoned_session_keeps_everything_and_reads_as_interrupted(tmp_path) -> None:
    write_session(tmp_path / "s", seconds=5, end=False)
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    assert len(recording.eeg().times) == 5 * SFREQ
    assert recording.audio_file.name == "audio.wav"
    assert recording.audio_seconds == 5


def test_after_stopping_the_count_is_final_and_can_go_into_the_summary(running) -> None:
    for part in eeg_chunks(2, 0):
        running.eeg(part)
    running.stop()
    assert running.samples_recorded == 2 * SFREQ
    running.eeg(chunk())
    assert (running.samples_recorded, running.dropped) == (2 * SFREQ, 1)
    running.finish({"samples_recorded": running.samples_recorded})
    assert Recording.load(running.folder).summary == {"samples_recorded": 500}


def test_an_abandoned_session_cannot_be_finished(running) -> None:
    running.abandon()
    running.finish({})
    assert Recording.load(running.folder).interrupted


def test_ending_twice_changes_nothing(tmp_path) -> None:
    session = write_session(tmp_path / "s", seconds=2)
    before = {path.name: path.read_bytes() for path in session.folder.iterdir()}
    session.finish({"other": 1})
    session.abandon()
    assert {path.name: path.read_bytes() for path in session.folder.iterdir()} == before


def test_a_recorder_that_never_began_can_be_abandoned(tmp_path) -> None:
    SessionRecorder(tmp_path / "s").abandon()
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("kind", ["full", "file"])
def test_a_folder_in_use_is_refused(tmp_path, kind) -> None:
    out = tmp_path / "s"
    if kind == "full":
        out.mkdir()
        (out / "notes.txt").write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(RecordingError, match=r"s is not an empty folder; choose another --out$"):
        SessionRecorder(out).begin(MANIFEST)


def test_an_empty_folder_is_made_private_and_used(tmp_path) -> None:
    tmp_path.chmod(0o755)
    session = SessionRecorder(tmp_path)
    session.begin(MANIFEST)
    session.abandon()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_little_room_is_said_up_front(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recorder.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 5 * 2**20}))
    with pytest.raises(DiskFull, match=r"only 5 MB are free at .* needs 200 MB; free some space or choose"):
        SessionRecorder(tmp_path / "s").begin(MANIFEST)


def test_mistakes_of_the_caller_stop_the_recording_and_are_told(running) -> None:
    running.eeg(Chunk(np.zeros((5, 3), np.float32), np.arange(5.0)))
    wait_for(lambda: running.failure is not None)
    assert "(5, 3), not (5, 8)" in str(running.failure)


def test_a_second_eeg_stream_is_refused(running) -> None:
    running.open_eeg("other", ("Fz",), 100.0, None)
    wait_for(lambda: running.failure is not None)
    assert "an EEG stream is open already; 'other'" in str(running.failure)


def test_eeg_without_a_stream_is_refused(tmp_path) -> None:
    session = SessionRecorder(tmp_path / "s")
    session.begin(MANIFEST)
    session.eeg(chunk())
    session.abandon()
    assert "call open_eeg first" in str(session.failure)


def test_errors_nobody_foresaw_are_kept_with_their_cause(running) -> None:
    event = NoticeEvent(time=1.0, kind="a", text="b")
    object.__setattr__(event, "time", "not a number")
    running.event(event)
    wait_for(lambda: running.failure is not None)
    assert "recording into" in str(running.failure)
    assert running.failure.__cause__ is not None


@pytest.mark.parametrize("pcm", [np.zeros((5, 2)), np.zeros(10, np.int16), np.zeros((5, 1), np.int16)])
def test_sound_of_another_kind_is_refused(running, pcm) -> None:
    with pytest.raises(RecordingError, match="int16 of shape"):
        running.audio(pcm)


def test_no_call_waits_for_the_disk(running, monkeypatch) -> None:
    disk_moves = threading.Event()
    real = os.pwrite
    monkeypatch.setattr(
        growing_file.os, "pwrite", lambda *arguments: (disk_moves.wait(20), real(*arguments))[1]
    )
    sound, start = tone(0)[:960], time.monotonic()
    for index in range(200):
        running.eeg(chunk(start=index * 0.02))
        running.audio(sound)
        running.event(NoticeEvent(time=index * 0.02, kind="a", text="b"))
    waited = time.monotonic() - start
    disk_moves.set()
    running.finish({})
    assert waited < 20, "the disk was waited for"
    assert running.samples_recorded == 1_000


def test_a_disk_that_stands_still_ends_the_recording_whole(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recorder, "QUEUE_JOBS", 50)
    session = SessionRecorder(tmp_path / "s")
    session.begin(MANIFEST)
    session.open_eeg("sim", CHANNELS, SFREQ, None)
    disk_moves = threading.Event()
    real = os.pwrite
    monkeypatch.setattr(
        growing_file.os, "pwrite", lambda *arguments: (disk_moves.wait(20), real(*arguments))[1]
    )
    session.event(NoticeEvent(time=0.0, kind="a", text="b"))
    for index in range(200):
        session.eeg(chunk(start=index * 0.02))
    assert "too slow" in str(session.failure)
    assert session.dropped >= 140
    disk_moves.set()
    session.finish({})
    times = Recording.load(session.folder).eeg().times
    assert len(times) == 5 * (200 - session.dropped)
    np.testing.assert_allclose(np.diff(times), 1 / SFREQ, atol=1e-9)


def test_a_session_in_no_hurry_waits_for_the_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recorder, "QUEUE_JOBS", 10)
    real = os.pwrite
    monkeypatch.setattr(
        growing_file.os, "pwrite", lambda *arguments: (time.sleep(0.002), real(*arguments))[1]
    )
    session = SessionRecorder(tmp_path / "s", patience=30.0)
    session.begin(MANIFEST)
    for index in range(100):
        session.event(NoticeEvent(time=float(index), kind="a", text="b"))
    session.finish({})
    assert (session.failure, session.dropped) == (None, 0)
    assert len(Recording.load(session.folder).records["notices"]) == 100


FILES = ["eeg.xdf", "audio.wav", *(f"{stream}.jsonl" for stream in STREAMS)]


@pytest.mark.parametrize("name", FILES)
def test_no_room_in_the_middle_of_any_file_leaves_all_files_whole(tmp_path, monkeypatch, name) -> None:
    room = {"left": 40_000 if name in {"eeg.xdf", "audio.wav"} else 60}
    real_open, real_write, handles = os.open, os.pwrite, set()

    def opened(path, *arguments):
        handle = real_open(path, *arguments)
        if Path(path).name == name:
            handles.add(handle)
        return handle

    def written(handle, content, offset):
        overwrites = name == "audio.wav" and not offset
        if handle not in handles or overwrites:
            return real_write(handle, content, offset)
        if not room["left"]:
            raise OSError(errno.ENOSPC, "No space left on device")
        count = real_write(handle, bytes(content)[: room["left"]], offset)
        room["left"] -= count
        return count

    monkeypatch.setattr(growing_file.os, "open", opened)
    monkeypatch.setattr(growing_file.os, "pwrite", written)
    monkeypatch.setattr(recorder, "FLUSH_SECONDS", 0.0)
    session = write_session(tmp_path / "s", seconds=30, model=True)
    assert isinstance(session.failure, DiskFull)
    assert name in str(session.failure)
    assert session.dropped > 0
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    assert recording.cut_lines == 0
    _whole_and_as_sent(recording)
    if name == "eeg.xdf":
        assert 0 < len(recording.eeg().times) < 30 * SFREQ


def _whole_and_as_sent(recording: Recording) -> None:
    """Check that what is there is, from the start and without a gap, what was sent."""
    (eeg,), _ = pyxdf.load_xdf(recording.folder / "eeg.xdf", [{"type": "EEG"}], dejitter_timestamps=False)
    sent = np.concatenate([part.data for part in eeg_chunks(30, 0)])
    np.testing.assert_array_equal(eeg["time_series"], sent[: len(eeg["time_stamps"])])
    if recording.audio_file is not None:
        pcm, _ = soundfile.read(recording.audio_file, dtype="int16")
        assert 44 + pcm.nbytes == recording.audio_file.stat().st_size
        np.testing.assert_array_equal(pcm, np.concatenate([tone(s) for s in range(30)])[: len(pcm)])


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 230 MB, really."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=230m", "tmpfs", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_runs_full_leaves_a_whole_recording(small_disk) -> None:
    session = SessionRecorder(small_disk / "s")
    session.begin(MANIFEST)
    session.open_eeg("sim", CHANNELS, SFREQ, None)
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    with (small_disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, free - 2**20)
    chunks = eeg_chunks(30, 0)
    for second in range(30):
        for _ in range(50):
            session.eeg(next(chunks))
        session.audio(tone(second))
        time.sleep(0.02)
    wait_for(lambda: session.failure is not None)
    session.finish({})
    assert isinstance(session.failure, DiskFull)
    assert "free some space and start again" in str(session.failure)
    recording = Recording.load(small_disk / "s")
    assert recording.interrupted
    _whole_and_as_sent(recording)


def test_no_room_for_the_flac_keeps_the_wav(small_disk) -> None:
    session = SessionRecorder(small_disk / "s")
    session.begin(MANIFEST)
    noise = np.random.default_rng(0).integers(-32768, 32768, (48_000, 2), dtype=np.int16)
    for _ in range(10):
        session.audio(noise)
    wait_for((session.folder / "audio.wav").exists)
    wait_for(lambda: (session.folder / "audio.wav").stat().st_size == 44 + 10 * noise.nbytes)
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    with (small_disk / "ballast").open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, free - 2**19)
    session.finish({})
    assert isinstance(session.failure, DiskFull)
    assert "no room left to write" in str(session.failure)
    assert "audio.flac" in str(session.failure)
    assert sorted(path.name for path in session.folder.glob("*audio*")) == ["audio.wav"]
    recording = Recording.load(session.folder)
    assert not recording.interrupted
    assert recording.audio_seconds == 10


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from recorded_session import CHANNELS, SFREQ, eeg_chunks, session_events, tone
from affectlab.session.recorder import SessionRecorder
session = SessionRecorder(Path(sys.argv[1]))
session.begin({"command": "session run"})
session.open_eeg("sim", CHANNELS, SFREQ, None)
events = sorted(session_events(600, 0), key=lambda event: event.time)
begin, second = time.monotonic(), 0
for chunk in eeg_chunks(600, 0):
    session.eeg(chunk)
    now = float(chunk.times[-1])
    while events[0].time <= now:
        session.event(events.pop(0))
    if now >= second:
        session.audio(tone(second))
        second += 1
    print(len(chunk.times), now, flush=True)
    time.sleep(max(0.0, begin + now / 10 - time.monotonic()))
"""


def test_a_killed_session_loses_half_a_second_at_most(tmp_path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "s"), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(700):
            now = float(process.stdout.readline().split()[1])
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")
    now = float(rest[-2].split()[1]) if len(rest) > 1 else now
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    (eeg,), _ = pyxdf.load_xdf(tmp_path / "s" / "eeg.xdf", [{"type": "EEG"}], dejitter_timestamps=False)
    # The session ran at ten times real time, so half a second of disk time is five of session time.
    assert now - 6.5 < eeg["time_stamps"][-1] <= now + 0.021
    assert recording.audio_seconds >= now - 7.5
    assert recording.duration > now - 3


def test_sessions_can_be_deleted(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=1).folder
    (folder / "derived").mkdir()
    (folder / "derived" / "a.txt").write_text("a")
    delete_session(folder)
    assert not folder.exists()


@pytest.mark.parametrize("manifest", [None, "{}", '{"command": "bench run"}', "not json", "[]"])
def test_what_is_not_a_session_is_not_deleted(tmp_path, manifest) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(RecordingError, match=r"is not a session folder .*nothing removed"):
        delete_session(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_a_link_to_a_session_is_not_followed(tmp_path) -> None:
    folder = write_session(tmp_path / "s", seconds=1).folder
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(RecordingError, match="nothing removed"):
        delete_session(tmp_path / "link")
    assert folder.exists()
