import json
import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import pyxdf
import soundfile
from live_sessions import FakeReceiver, FakeSource, plug_in, run_session

from affectlab.affect import AffectState
from affectlab.errors import (
    BoardError,
    DiskFull,
    InvalidAffect,
    InvalidConfig,
    RecordingError,
    StreamNotFound,
)
from affectlab.music.composer import RuleComposer
from affectlab.session.config import SessionConfig
from affectlab.session.events import (
    STREAMS,
    BeatEvent,
    ControlEvent,
    NoticeEvent,
    PageEvent,
    PhaseEvent,
    PlanEvent,
    QualityEvent,
    StateEvent,
)
from affectlab.session.recording import Recording
from affectlab.session.runner import Session

REPRODUCED = ("states", "quality", "plans", "controls", "music", "phases", "page", "notices")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run_session(tmp_path_factory.mktemp("runner") / "one")


@pytest.fixture(scope="module")
def recording(finished):
    return Recording.load(finished.folder)


def eeg_stream(folder):
    (eeg,), _ = pyxdf.load_xdf(folder / "eeg.xdf", [{"type": "EEG"}], dejitter_timestamps=False)
    return eeg


def eeg(folder):
    return eeg_stream(folder)["time_series"]


def distance(beat, control):
    return np.hypot(beat.valence - control.music[0], beat.arousal - control.music[1])


def phases(finished):
    return [event.phase for event in finished.of(PhaseEvent)]


def notices(finished):
    return [(event.kind, event.text) for event in finished.of(NoticeEvent)]


# A whole session


def test_every_sample_that_came_in_is_in_the_file(finished) -> None:
    stream = eeg_stream(finished.folder)
    assert len(stream["time_stamps"]) == finished.summary.samples_recorded == finished.summary.samples_in
    np.testing.assert_allclose(stream["time_stamps"], np.arange(1, 60 * 250 + 1) / 250, atol=1e-9)


def test_windows_come_every_half_second_once_four_seconds_are_in(finished) -> None:
    assert [event.time for event in finished.of(StateEvent)] == pytest.approx(np.arange(4, 60.1, 0.5))
    assert finished.summary.windows == len(finished.of(QualityEvent)) == 113


def test_phases_follow_each_other(finished) -> None:
    assert [(event.phase, event.time) for event in finished.of(PhaseEvent)] == [
        ("waiting", 0.0),
        ("resting", 0.0),
        ("playing", 14.0),
        ("ended", pytest.approx(60.2)),
    ]
    assert finished.session.phase == "ended"
    assert finished.session.rested
    assert finished.summary.ended == "the planned time is over"


def test_what_was_told_is_what_was_recorded(finished, recording) -> None:
    told = {stream: [] for stream in STREAMS}
    for event in finished.events:
        told[event.stream].append(json.loads(json.dumps(event.record())))
    assert {stream: list(records) for stream, records in recording.records.items()} == told
    assert not recording.interrupted
    assert recording.summary == json.loads(json.dumps(finished.summary.to_json()))


def test_decisions_plan_and_beats_agree(finished) -> None:
    controls, beats = finished.of(ControlEvent), finished.of(BeatEvent)
    assert [event.reason for event in finished.of(PlanEvent)] == ["start"]
    assert [event.time for event in controls] == pytest.approx([14.5, 24.5, 34.5, 44.5, 54.5])
    assert beats[0].time == pytest.approx(14.5, abs=0.05)
    for control, following in pairwise(controls):
        before = [beat for beat in beats if beat.time < control.time + 0.02]
        after = [beat for beat in beats if control.time <= beat.time < following.time]
        if before:
            assert distance(after[-1], control) <= distance(before[-1], control)
        assert distance(after[-1], control) < 0.25
    assert all(later.time > earlier.time for earlier, later in pairwise(beats))


def test_belief_is_the_filtered_state_that_decisions_start_from(finished) -> None:
    states = finished.of(StateEvent)
    assert all(state.resting == (8 <= state.time <= 14 or state.time < 8) for state in states[:21])
    assert not any(state.resting for state in states if state.time > 14)
    first, last = states[0], states[-1]
    assert last.belief_covariance[0] < first.belief_covariance[0]
    for state in states:
        AffectState(
            np.array(state.belief_mean),
            np.array([state.belief_covariance[:2], state.belief_covariance[1:]]),
            0,
        )


def test_ratings_of_a_simulated_listener_are_asked_and_recorded(finished) -> None:
    ratings = [event for event in finished.of(PageEvent) if event.kind == "rating"]
    assert [rating.time for rating in ratings] == pytest.approx([14, 34, 54])
    assert all(rating.data["simulated"] for rating in ratings)
    truths = {state.time: state.truth for state in finished.of(StateEvent)}
    for rating in ratings:
        reported = (2 * rating.data["valence"] - 1, 2 * rating.data["arousal"] - 1)
        assert np.abs(np.subtract(reported, truths[rating.time])).max() < 4 * 0.15


def test_sound_is_recorded_whole_and_silent_until_the_music_begins(finished) -> None:
    sound, rate = soundfile.read(finished.folder / "audio.flac", dtype="int16")
    assert rate == 48_000
    assert len(sound) == 48_000 * 60.2
    assert finished.summary.audio["seconds"] == 60.2
    assert not sound[: 14 * rate].any()
    assert np.abs(sound[20 * rate :]).max() > 1000
    assert finished.summary.audio["peak_dbfs"] <= -1


def test_the_summary_has_the_figures_that_are_promised(finished) -> None:
    content = finished.summary.to_json()
    assert {
        "samples_in",
        "samples_recorded",
        "windows",
        "latency_ms",
        "underruns",
        "fallbacks",
        "audio",
        "cpu_share",
    } <= content.keys()
    for stage in ("sample_to_control", "control_to_pcm"):
        assert {"p50", "p99"} <= content["latency_ms"][stage].keys()
    assert content["outcome"]["basis"] == "truth"
    assert content["outcome"]["goal"] == (0.4, -0.5)


def test_the_manifest_says_how_to_run_it_again(recording, finished) -> None:
    assert SessionConfig.model_validate(recording.manifest["config"]) == finished.session.config
    assert recording.manifest["seeds"] == {"session": 0}
    assert recording.manifest["models"]["music"] == "rules, builtin"


# The same again, and otherwise


def test_the_same_seed_gives_the_same_session_to_the_last_byte(finished, recording, tmp_path) -> None:
    again = run_session(tmp_path / "again")
    other = Recording.load(again.folder)
    for stream in REPRODUCED:
        assert other.records[stream] == recording.records[stream], stream
    np.testing.assert_array_equal(eeg(again.folder), eeg(finished.folder))
    assert (again.folder / "audio.flac").read_bytes() == (finished.folder / "audio.flac").read_bytes()
    assert again.summary.outcome == finished.summary.outcome


def test_another_arm_meets_the_same_listener(finished, tmp_path) -> None:
    other = run_session(tmp_path / "random", arm="random", minutes=0.5)
    until_music = 14 * 250
    np.testing.assert_array_equal(eeg(other.folder)[:until_music], eeg(finished.folder)[:until_music])
    assert not np.array_equal(eeg(other.folder), eeg(finished.folder)[: 30 * 250], equal_nan=True)
    assert {event.kind for event in other.of(ControlEvent)} == {"follow"}


def test_another_seed_is_another_listener(finished, tmp_path) -> None:
    other = run_session(tmp_path / "other", seed=1, minutes=0.1)
    assert not np.array_equal(eeg(other.folder), eeg(finished.folder)[:1500])


@pytest.mark.parametrize("minutes", [0.0004, 0.05, 0.3])
def test_short_sessions_end_in_order(minutes, tmp_path) -> None:
    done = run_session(tmp_path / "short", minutes=minutes, rest_seconds=None)
    assert phases(done)[0] == "waiting"
    assert phases(done)[-1] == "ended"
    assert done.summary.samples_recorded == done.summary.samples_in
    assert done.summary.latency_ms["sample_to_control"]["n"] == done.summary.windows
    assert not Recording.load(done.folder).interrupted


def test_a_session_without_a_folder_keeps_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_session(None, minutes=0.1)
    assert done.summary.samples_in == 1500
    assert done.summary.samples_recorded == 0
    assert list(tmp_path.iterdir()) == []


# Requests


def test_pause_holds_music_and_decisions_until_resume(tmp_path) -> None:
    done = run_session(tmp_path / "s", {20: Session.pause, 30: Session.resume}, minutes=0.6, rating_seconds=0)
    assert phases(done) == ["waiting", "resting", "playing", "paused", "playing", "ended"]
    assert not [event for event in done.of(ControlEvent) if 20.1 < event.time < 30]
    sound, _ = soundfile.read(done.folder / "audio.flac", dtype="int16")
    assert not sound[22 * 48_000 : 30 * 48_000].any()
    assert sound[32 * 48_000 :].any()
    assert done.summary.samples_in == 9_000


def test_stop_ends_at_once_and_only_the_first_reason_counts(tmp_path) -> None:
    def stop(session):
        session.stop("enough")
        session.stop("too late")

    done = run_session(tmp_path / "s", {20: stop})
    assert done.summary.ended == "enough"
    assert 20 <= done.events[-1].time < 20.5
    assert not Recording.load(done.folder).interrupted


def test_without_automation_the_session_waits_for_rest_and_play(tmp_path) -> None:
    script = {2: Session.rest, 20: Session.play, 25: Session.play}
    done = run_session(tmp_path / "s", script, automatic=False, minutes=0.25)
    timed = [(event.phase, round(event.time)) for event in done.of(PhaseEvent)]
    assert timed == [("waiting", 0), ("resting", 2), ("waiting", 16), ("playing", 20), ("ended", 35)]


def test_rest_left_counts_down(tmp_path) -> None:
    left = []
    done = run_session(tmp_path / "s", {5: lambda session: left.append(session.rest_left)}, minutes=0.3)
    assert left == [pytest.approx(9, abs=0.03)]
    assert done.session.rest_left == 0


def test_a_new_goal_brings_a_new_plan_and_is_what_the_outcome_is_measured_by(tmp_path) -> None:
    done = run_session(tmp_path / "s", {30: lambda session: session.choose_goal("energise")})
    plans = done.of(PlanEvent)
    assert [plan.reason for plan in plans] == ["start", "request"]
    before, after = (plan.plan["trajectory"][-1]["arousal"] for plan in plans)
    assert before < 0 < after
    assert done.of(ControlEvent)[-1].desired[1] > done.of(ControlEvent)[0].desired[1]
    assert done.summary.outcome["goal"] == (0.5, 0.6)


def test_ratings_and_markers_of_a_person_are_recorded(tmp_path) -> None:
    script = {
        20: lambda session: session.rate(0.9, 0.1),
        22: lambda session: session.page("marker", {"n": 1}),
    }
    done = run_session(tmp_path / "s", script, minutes=0.5, rating_seconds=0)
    rating, marker = done.of(PageEvent)
    assert rating.data == {"valence": 0.9, "arousal": 0.1, "simulated": False}
    assert (marker.kind, marker.data) == ("marker", {"n": 1})
    before, after = (
        next(state.belief_mean for state in done.of(StateEvent) if state.time >= time)
        for time in (19.5, 20.5)
    )
    assert after[0] > before[0] + 0.2


def test_wrong_requests_are_refused_where_they_are_made(tmp_path) -> None:
    session = Session(SessionConfig(), tmp_path / "s")
    with pytest.raises(InvalidAffect, match=r"slider positions must be in \[0, 1\], got valence 1.2"):
        session.rate(1.2, 0.5)
    with pytest.raises(InvalidConfig, match="goal 'bliss' is not known"):
        session.choose_goal("bliss")


def test_requests_come_from_any_thread(tmp_path) -> None:
    def from_elsewhere(session):
        thread = threading.Thread(target=session.stop, args=("from another thread",))
        thread.start()
        thread.join()

    assert run_session(tmp_path / "s", {5: from_elsewhere}).summary.ended == "from another thread"


# Opening


def test_a_folder_in_use_is_refused_before_anything_starts(tmp_path, monkeypatch) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.setattr("affectlab.session.runner.build", lambda *_a, **_k: pytest.fail("built"))
    monkeypatch.setattr("affectlab.session.runner.donor_states", lambda *_a: pytest.fail("simulated"))
    with pytest.raises(RecordingError, match="is not an empty folder; choose another --out"):
        Session(SessionConfig(), tmp_path).open()
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_a_source_that_is_not_there_leaves_nothing_behind(tmp_path) -> None:
    session = Session(SessionConfig(source="lsl:nobody-publishes-this"), tmp_path / "s")
    with pytest.raises(StreamNotFound, match="no LSL stream 'nobody-publishes-this'"):
        session.open()
    assert not (tmp_path / "s").exists()


def test_a_recorder_that_cannot_begin_leaves_no_folder_and_frees_the_device(tmp_path, monkeypatch) -> None:
    source, receiver = FakeSource(), FakeReceiver()
    plug_in(monkeypatch, source, receiver)
    monkeypatch.setattr("affectlab.session.recorder.MIN_FREE_BYTES", 2**80)
    with pytest.raises(DiskFull, match="free some space or choose another --out"):
        Session(SessionConfig(), tmp_path / "s").open()
    assert not (tmp_path / "s").exists()
    assert source.closed
    assert receiver.closed


# Faults on the way


def test_a_decoder_that_fails_measures_nothing_and_the_music_goes_on(tmp_path, monkeypatch) -> None:
    class Broken:
        name, rest_seconds, reason = "broken", 0.0, ""

        def observe_rest(self, window):
            raise RuntimeError("no weights")

        def decode(self, window):
            if window.time < 20 or window.time >= 27:
                raise RuntimeError("no weights")
            return AffectState.at(0.5, 0.0, sd=0.2, time=window.time)

    monkeypatch.setattr("affectlab.session.build.make_decoder", lambda *_: Broken())
    done = run_session(tmp_path / "s", minutes=0.5, rating_seconds=0)
    told = [text for kind, text in notices(done) if kind == "decoder"]
    text = "the decoder failed (RuntimeError: no weights): nothing is measured and the music goes on"
    assert told == [text, text], "once for each time it begins to fail"
    failed = [state for state in done.of(StateEvent) if state.time < 20]
    assert all(state.belief_mean == (0.0, 0.0) for state in failed)
    assert done.of(StateEvent)[-1].belief_mean[0] > 0.2
    assert done.summary.windows == 53
    assert len(done.of(BeatEvent)) > 10


def test_a_composer_that_fails_is_told_once_and_the_session_ends_in_order(tmp_path, monkeypatch) -> None:
    class Broken:
        name = "broken"

        def next_beat(self, control):
            raise ValueError("out of ideas")

    monkeypatch.setattr("affectlab.music.registry.make_composer", lambda *_, **__: Broken())
    done = run_session(tmp_path / "s", minutes=0.4)
    told = [text for kind, text in notices(done) if kind == "composer"]
    assert told == ["the composer failed (ValueError: out of ideas): its last chord is held"]
    assert done.summary.ended == "the planned time is over"


def test_a_learned_composer_that_is_relieved_is_told_counted_and_in_the_report(tmp_path, monkeypatch) -> None:
    class Late(RuleComposer):
        name = "learned"

        def next_beat(self, control):
            beat = super().next_beat(control)
            if not 4 <= beat.bar < 6:
                return beat
            return replace(beat, facts=beat.facts | {"relieved": "the beat was not ready in time"})

    monkeypatch.setattr("affectlab.music.registry.make_composer", lambda *_, **__: Late(1))
    done = run_session(tmp_path / "s", minutes=0.7)
    told = [text for kind, text in notices(done) if kind == "learned composer"]
    assert told == [
        "the learned composer failed (the beat was not ready in time): the rules play until it has caught up"
    ]
    relieved = [beat for beat in done.of(BeatEvent) if "relieved" in beat.facts]
    assert done.summary.fallbacks == len(relieved) > 4


def test_a_synthesiser_that_fails_is_told_once_a_spell(tmp_path, monkeypatch) -> None:
    class Broken:
        name = "broken"

        def schedule(self, note, start_frame):
            pass

        def render(self, frames):
            raise OSError("no sound")

        def release_all(self):
            pass

    monkeypatch.setattr("affectlab.music.registry.make_synthesiser", lambda *_: Broken())
    done = run_session(tmp_path / "s", minutes=0.4)
    told = [text for kind, text in notices(done) if kind == "synthesiser"]
    assert told == ["the synthesiser failed (broken failed): what it cannot play is silent"]
    assert done.summary.audio["seconds"] == 24.2


def test_a_recording_that_breaks_off_is_told_and_the_music_goes_on(tmp_path, monkeypatch) -> None:
    from affectlab.session.session_files import SessionFiles

    write = SessionFiles.eeg

    def full(files, chunk):
        if chunk.times[-1] > 20:
            raise DiskFull("no room left to write eeg.xdf; free some space and start again")
        write(files, chunk)

    monkeypatch.setattr(SessionFiles, "eeg", full)
    done = run_session(tmp_path / "s", minutes=0.5)
    assert isinstance(done.session.recording_failure, DiskFull)
    (told,) = [text for kind, text in notices(done) if kind == "recording"]
    assert told.startswith("the recording failed (no room left to write eeg.xdf")
    assert done.summary.audio["seconds"] == 30.2
    assert done.summary.samples_recorded == 20 * 250
    assert Recording.load(done.folder).interrupted
    assert len(eeg(done.folder)) == 20 * 250


def test_a_device_that_fails_for_a_while_is_reported_once_and_heard_again(tmp_path, monkeypatch) -> None:
    error = BoardError("board 'cyton' does not answer")
    source = FakeSource(error, failing=(5.0, 15.0))
    plug_in(monkeypatch, source, FakeReceiver(silent=lambda time: 5 <= time < 15))
    done = run_session(tmp_path / "s", source="brainflow:cyton", minutes=0.5)
    assert notices(done) == [("lost", "board 'cyton' does not answer")]
    assert done.summary.samples_in == done.summary.samples_recorded == pytest.approx(20 * 250, abs=10)
    assert done.summary.audio["seconds"] == 30.2


def test_a_device_that_cannot_be_released_does_not_cost_the_recording(tmp_path, monkeypatch) -> None:
    source = FakeSource(refuses_to_close=BoardError("board 'cyton' cannot be released"))
    plug_in(monkeypatch, source, FakeReceiver())
    done = run_session(tmp_path / "s", source="brainflow:cyton", minutes=0.1)
    assert notices(done) == [("source", "board 'cyton' cannot be released")]
    assert not Recording.load(done.folder).interrupted


def test_whatever_breaks_a_session_off_its_recording_is_readable(tmp_path, monkeypatch) -> None:
    source = FakeSource()
    plug_in(monkeypatch, source, FakeReceiver())

    def broken(_session):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_session(tmp_path / "s", {10: broken}, source="brainflow:cyton")
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    assert len(eeg(tmp_path / "s")) == pytest.approx(10 * 250, abs=10)
    assert recording.audio_seconds == pytest.approx(10, abs=0.05)
    assert source.closed


def test_what_the_stream_leaves_open_is_told(tmp_path, monkeypatch) -> None:
    plug_in(monkeypatch, FakeSource(), FakeReceiver(warnings=("the stream declares no unit",)))
    done = run_session(tmp_path / "s", source="brainflow:cyton", minutes=0.05)
    assert [text for _, text in notices(done)] == ["the stream declares no unit"]


@pytest.mark.parametrize("leap", [3600.0, -3600.0])
def test_a_clock_that_is_set_costs_the_windows_across_the_leap_and_no_more(
    leap, tmp_path, monkeypatch
) -> None:
    receiver = FakeReceiver(stamp=lambda time: time + (leap if 20 <= time < 40 else 0))
    plug_in(monkeypatch, FakeSource(), receiver)
    done = run_session(tmp_path / "s", source="brainflow:cyton", decoder="bandpower")
    states = done.of(StateEvent)
    assert 113 - 2 * 8 <= len(states) < 113
    assert [state.time for state in states] == sorted(state.time for state in states)
    assert 0 < states[-1].time <= 60
    assert Recording.load(done.folder).duration < 61
    assert [notice.time for notice in done.of(NoticeEvent)] == []
