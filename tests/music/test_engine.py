from dataclasses import replace

import numpy as np
import pytest

from affectlab.errors import InvalidConfig
from affectlab.music.engine import MusicEngine
from affectlab.music.limiter import true_peaks
from affectlab.music.score import Beat, MusicControl, Note
from affectlab.music.synth import BuiltinSynth

CALM = MusicControl(0.4, -0.5)
LIVELY = MusicControl(0.6, 0.6)


class Chords:
    """A chord on every beat, 0.5 s long; says what it was asked."""

    name = "chords"

    def __init__(self, velocity=80) -> None:
        self.asked = []
        self.velocity = velocity

    def next_beat(self, control):
        index = len(self.asked)
        self.asked.append(control)
        notes = tuple(Note(0.0, 0.45, pitch, self.velocity, "harmony", 0) for pitch in (48, 55, 64))
        return Beat(0.5, notes, index // 4, index % 4, control.valence, control.arousal, 120, 0.5, 0.5)


class Impulses:
    """A click of one frame at each note's first frame, so that timing can be read off the sound."""

    name = "impulses"

    def __init__(self, height=0.5) -> None:
        self.height, self.starts, self.position, self.released = height, [], 0, 0

    def schedule(self, note, start_frame):
        self.starts.append(start_frame)

    def render(self, frames):
        block = np.zeros((frames, 2), np.float32)
        for start in self.starts:
            if self.position <= start < self.position + frames:
                block[start - self.position] = self.height
        self.position += frames
        return block

    def release_all(self):
        self.released += 1
        self.starts.clear()


def run(engine, seconds, frames=960):
    blocks = [engine.render(frames) for _ in range(round(seconds * 48_000 / frames))]
    return np.vstack([block.samples for block in blocks]), [
        event for block in blocks for event in block.events
    ]


def rms(samples):
    return float(np.sqrt((samples**2).mean()))


def test_there_is_silence_until_a_control_is_set() -> None:
    composer = Chords()
    engine = MusicEngine(composer, BuiltinSynth())
    sound, events = run(engine, 1)
    assert not sound.any()
    assert not composer.asked
    assert events == []
    assert engine.sounding(0.5) is None


@pytest.mark.parametrize("frames", [960, 441, 4096])
def test_beats_sound_at_the_frame_their_event_names(frames) -> None:
    engine = MusicEngine(Chords(), Impulses(), fade_in=0.0)
    engine.set_control(CALM, 0.0)
    sound, events = run(engine, 3, frames)
    heard = np.flatnonzero(sound[:, 0] > 0.01)
    starts = [event.start_frame for event in events if event.start_frame < len(sound)]
    np.testing.assert_array_equal(heard, starts)
    np.testing.assert_array_equal(np.diff(starts), 24_000)


def test_a_beat_is_asked_for_in_the_block_it_begins_in() -> None:
    composer = Chords()
    engine = MusicEngine(composer, Impulses())
    engine.set_control(CALM, 0.0)
    asked = []
    for _ in range(100):
        engine.render(960)
        asked.append(len(composer.asked))
    np.testing.assert_array_equal(asked, np.repeat([1, 2, 3, 4], 25))


def test_a_new_control_is_heard_from_the_next_beat_on() -> None:
    engine = MusicEngine(Chords(), Impulses())
    engine.set_control(CALM, 0.0)
    run(engine, 0.7)
    engine.set_control(LIVELY, 0.7)
    _, events = run(engine, 1)
    assert [event.control for event in events] == [LIVELY, LIVELY]
    assert events[0].control_set_at == 0.7
    assert engine.sounding(0.9) == (0.4, -0.5)
    assert engine.sounding(1.1) == (0.6, 0.6)
    assert engine.sounding(99.0) == (0.6, 0.6)


def test_the_time_from_control_to_sound_is_kept() -> None:
    engine = MusicEngine(Chords(), Impulses())
    assert engine.control_latency_ms() == {"p50": 0.0, "p99": 0.0, "max": 0.0, "n": 0}
    engine.set_control(CALM, 0.0)
    run(engine, 0.7)
    engine.set_control(replace(CALM, valence=0.1), 0.65)
    engine.set_control(LIVELY, 0.7)
    run(engine, 1.0)
    # The first within its block of 20 ms, the last with the beat at 1.0 s; both through the limiter's delay.
    delay = 1000 * engine.latency / 48_000
    latency = engine.control_latency_ms()
    assert latency["n"] == 2
    assert latency["max"] == pytest.approx(320 + delay, abs=0.01)
    assert latency["p50"] == pytest.approx((20 + 320) / 2 + delay, abs=0.01)


def test_music_fades_in() -> None:
    engine = MusicEngine(Chords(), BuiltinSynth(), fade_in=2.0)
    engine.set_control(CALM, 0.0)
    sound, _ = run(engine, 4)
    levels = [rms(part) for part in np.split(sound, 8)]
    assert levels[0] < 0.25 * levels[2] < 0.25 * levels[6]
    assert np.abs(sound[:480]).max() < 1e-3


def test_pause_fades_to_silence_and_resume_begins_a_beat_softly() -> None:
    composer = Chords()
    engine = MusicEngine(composer, BuiltinSynth())
    engine.set_control(CALM, 0.0)
    run(engine, 3)
    engine.pause()
    engine.pause()
    fading, _ = run(engine, 1)
    asked = len(composer.asked)
    assert np.abs(np.diff(fading, axis=0)).max() < 0.05
    silent, events = run(engine, 2)
    assert not silent.any()
    assert events == []
    assert engine.sounding(5.0) is None
    engine.resume()
    sound, events = run(engine, 3)
    assert len(composer.asked) > asked
    assert events[0].start_frame == 6 * 48_000 + engine.latency
    assert rms(sound[:9600]) < 0.2 * rms(sound[-48_000:])
    assert engine.sounding(6.1) == (0.4, -0.5)


def test_resume_in_the_middle_of_the_fade_goes_on() -> None:
    engine = MusicEngine(Chords(), BuiltinSynth())
    engine.set_control(CALM, 0.0)
    run(engine, 3)
    engine.pause()
    run(engine, 0.1)
    engine.resume()
    sound, _ = run(engine, 3)
    assert rms(sound[-48_000:]) > 1e-3
    assert engine.sounding(5.0) == (0.4, -0.5)


def test_resume_without_pause_changes_nothing() -> None:
    one, other = (MusicEngine(Chords(), BuiltinSynth()) for _ in range(2))
    for engine in (one, other):
        engine.set_control(CALM, 0.0)
        run(engine, 1)
    one.resume()
    np.testing.assert_array_equal(run(one, 2)[0], run(other, 2)[0])


def test_stop_is_quick_smooth_and_final() -> None:
    synth = Impulses()
    engine = MusicEngine(Chords(), synth)
    engine.set_control(CALM, 0.0)
    run(engine, 3)
    engine.stop(fade=0.05)
    run(engine, 0.08)
    engine.set_control(LIVELY, 3.0)
    engine.resume()
    sound, events = run(engine, 2)
    assert not sound.any()
    assert events == []
    assert synth.released == 1
    assert engine.sounding(4.0) is None


def test_a_composer_that_fails_has_its_chord_held_and_music_goes_on() -> None:
    class Failing(Chords):
        def next_beat(self, control):
            beat = super().next_beat(control)
            if 4 <= beat.bar * 4 + beat.beat < 6:
                raise RuntimeError("no idea")
            return beat

    engine = MusicEngine(Failing(), BuiltinSynth())
    engine.set_control(CALM, 0.0)
    sound, events = run(engine, 5)
    failures = [event.failure for event in events]
    assert failures == [None] * 4 + ["RuntimeError: no idea"] * 2 + [None] * 4
    assert [note.velocity for note in events[5].beat.notes] == [51, 51, 51]
    assert rms(sound[round(2.5 * 48_000) : 3 * 48_000]) > 1e-3
    assert engine.counts()["composer_failures"] == 2


def test_a_broken_synthesiser_is_silent_and_counted() -> None:
    class Broken(Impulses):
        def render(self, frames):
            super().render(frames)
            raise OSError("gone")

        def schedule(self, note, start_frame):
            raise ValueError("no such note")

    engine = MusicEngine(Chords(), Broken())
    engine.set_control(CALM, 0.0)
    sound, events = run(engine, 1)
    assert not sound.any()
    assert len(events) == 2
    assert engine.counts()["synthesiser_failures"] == 50 + 6


def test_not_a_number_becomes_silence_and_is_counted() -> None:
    class Poisoned(Impulses):
        def render(self, frames):
            block = super().render(frames)
            if self.position == 4800:
                block[100:200] = np.nan
            return block + np.float32(0.1)

    engine = MusicEngine(Chords(), Poisoned(), fade_in=0.01)
    engine.set_control(CALM, 0.0)
    sound, _ = run(engine, 1)
    assert np.isfinite(sound).all()
    assert rms(sound[24_000:]) > 0.05
    assert engine.counts()["nonfinite_blocks"] == 1
    assert np.isfinite(list(engine.level().values())).all()


def test_however_loud_the_synthesiser_the_ceilings_hold() -> None:
    class Loud:
        name = "loud"
        generator = np.random.default_rng(0)

        def schedule(self, note, start_frame): ...

        def render(self, frames):
            return self.generator.normal(size=(frames, 2)).astype(np.float32) * 3

        def release_all(self): ...

    engine = MusicEngine(Chords(), Loud(), loudness_ceiling=-20.0, peak_ceiling=-2.0, fade_in=0.01)
    engine.set_control(CALM, 0.0)
    sound, _ = run(engine, 6)
    assert 20 * np.log10(true_peaks(sound).max()) <= -2.0
    assert engine.level()["short_term_lufs"] <= -20.0
    assert engine.level()["peak_dbfs"] <= -2.0


def test_levels_and_dose_describe_the_sound() -> None:
    engine = MusicEngine(Chords(), BuiltinSynth(), full_scale_spl=90.0)
    engine.set_control(CALM, 0.0)
    sound, _ = run(engine, 6)
    level, dose = engine.level(), engine.dose()
    assert level["seconds"] == 6.0
    assert level["peak_dbfs"] == pytest.approx(20 * np.log10(np.abs(sound).max()), abs=0.01)
    assert level["rms_dbfs"] == pytest.approx(20 * np.log10(rms(sound)), abs=0.01)
    assert dose["basis"] == "measured"
    assert 0 < dose["percent"] < 0.01
    assert engine.counts()["frames"] == 288_000


def test_an_unused_engine_reads_finite_levels() -> None:
    level = MusicEngine(Chords(), BuiltinSynth()).level()
    assert level["peak_dbfs"] == level["rms_dbfs"] == level["integrated_lufs"] == -120.0


def test_the_same_music_gives_the_same_pcm() -> None:
    pcm = []
    for _ in range(2):
        engine = MusicEngine(Chords(), BuiltinSynth(3))
        engine.set_control(CALM, 0.0)
        pcm.append(np.vstack([engine.render(960).to_pcm16() for _ in range(100)]))
    assert pcm[0].dtype == np.int16
    np.testing.assert_array_equal(*pcm)


def test_blocks_follow_each_other() -> None:
    engine = MusicEngine(Chords(), BuiltinSynth())
    assert [engine.render(frames).first_frame for frames in (960, 100, 960)] == [0, 960, 1060]


def test_a_ceiling_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="dBTP, got 3"):
        MusicEngine(Chords(), BuiltinSynth(), peak_ceiling=3)
