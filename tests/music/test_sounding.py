"""Generators of sound in the place of composer and synthesiser: never a gap, whatever the generator does."""

import time

import numpy as np
import pytest

from affectlab.errors import AudioError, InvalidConfig, InvalidData, UnknownModel
from affectlab.music.composer import RuleComposer
from affectlab.music.engine import MusicEngine
from affectlab.music.score import MusicControl
from affectlab.music.sounding import making
from affectlab.music.sounding.describing import describe, quarters
from affectlab.music.sounding.playing import Handover, StreamComposer, StreamSynthesiser
from affectlab.music.sounding.worked import WorkedStream, checked_chunk
from affectlab.music.synth import BuiltinSynth

CALM, LIVELY = MusicControl(0.4, -0.5), MusicControl(0.6, 0.6)
BLOCK = 960


class Tone:
    """A tone of 440 Hz in chunks of a second, each when it is let through; fails when told to."""

    name = "tone"

    def __init__(self, *, broken=0) -> None:
        self.asked, self.frame, self.closed, self.broken = [], 0, False, broken

    def next_chunk(self, control):
        self.asked.append(control)
        if self.broken:
            self.broken -= 1
            raise RuntimeError("out of breath")
        frames = np.arange(self.frame, self.frame + 48_000)
        self.frame += 48_000
        wave = 0.3 * np.sin(2 * np.pi * 440 * frames / 48_000)
        return np.repeat(wave[:, None], 2, axis=1)

    def close(self):
        self.closed = True


class Shelf:
    """A stream that holds what the test puts there."""

    name = "shelf"
    failures = 0

    def __init__(self, seconds=0.0) -> None:
        self.buffered = round(seconds * 48_000)
        self.steered = []

    def steer(self, control):
        self.steered.append(control)

    def wait(self, frames):
        """Need no time."""

    def read(self, frames):
        taken = min(frames, self.buffered)
        self.buffered -= taken
        return np.full((taken, 2), 0.5, np.float32)

    def heard(self):
        return LIVELY

    def close(self):
        self.steered.append(None)


class Quiet:
    """A synthesiser that counts notes and sounds like a constant."""

    name = "quiet"

    def __init__(self) -> None:
        self.notes, self.released = 0, 0

    def schedule(self, note, start_frame):
        self.notes += 1

    def render(self, frames):
        return np.full((frames, 2), 0.25, np.float32)

    def release_all(self):
        self.released += 1


def rendered(player, seconds):
    return np.vstack([player.render(BLOCK) for _ in range(round(seconds * 48_000 / BLOCK))])


def test_a_stream_is_made_ahead_and_read_in_order_under_the_control_given_last() -> None:
    source = Tone()
    stream = WorkedStream(source, ahead=2.0, patience=10.0)
    assert stream.heard() is None
    assert stream.read(10).shape == (0, 2)
    stream.steer(CALM)
    parts = []
    for block in range(350):
        if block == 100:
            stream.steer(LIVELY)
        stream.wait(BLOCK)
        parts.append(stream.read(BLOCK))
    stream.close()
    whole = np.vstack(parts)
    truth = 0.3 * np.sin(2 * np.pi * 440 * np.arange(len(whole)) / 48_000)
    assert np.allclose(whole[:, 0], truth, atol=1e-6)
    assert source.asked[0] == CALM
    assert stream.heard() == LIVELY
    assert source.closed
    assert len(source.asked) <= len(whole) / 48_000 + 4


def test_a_source_that_fails_is_counted_and_asked_again(caplog) -> None:
    source = Tone(broken=1)
    stream = WorkedStream(source, patience=20.0)
    stream.steer(CALM)
    while not stream.buffered:
        time.sleep(0.02)
    stream.close()
    assert stream.failures == 1
    assert len(source.asked) >= 2
    assert "out of breath" in caplog.text


def test_a_stream_that_was_never_steered_closes_its_source() -> None:
    source = Tone()
    WorkedStream(source).close()
    assert source.closed


def test_chunks_are_checked() -> None:
    assert np.array_equal(checked_chunk(np.array([[np.nan, 0.0], [1.0, 1.0]])), [[0, 0], [1, 1]])
    for shape in ((0, 2), (5,), (5, 1)):
        with pytest.raises(InvalidData, match="expected"):
            checked_chunk(np.zeros(shape))


def test_the_rules_are_heard_until_enough_lies_ready_and_again_before_it_runs_out() -> None:
    shelf = Shelf(3.9)
    player = StreamSynthesiser(shelf, Quiet(), Handover(fade=1.0, resume=4.0))
    assert player.needs_notes
    assert (rendered(player, 0.5) == 0.25).all()
    shelf.buffered = 8 * 48_000
    rise = rendered(player, 1.0)
    assert rise[-1, 0] == pytest.approx(0.5)
    assert not player.needs_notes
    assert (rendered(player, 3.0) == 0.5).all()
    sound = rendered(player, 6.0)
    assert sound[-1, 0] == 0.25
    assert np.abs(np.diff(np.vstack([rise, sound]), axis=0)).max() < 1e-3
    assert player.counts() == {
        "starvations": 1,
        "failures": 0,
        "streamed_share": pytest.approx(0.76, abs=0.02),
    }


def test_notes_are_there_before_the_stream_runs_out() -> None:
    shelf = Shelf(5.0)
    player = StreamSynthesiser(shelf, Quiet())
    composer = StreamComposer(shelf, RuleComposer(0), player)
    rendered(player, 1.2)
    beat = composer.next_beat(CALM)
    assert not beat.notes
    assert (beat.valence, beat.arousal) == (LIVELY.valence, LIVELY.arousal)
    assert beat.facts == {"source": "shelf", "affect": "as asked, not measured"}
    shelf.buffered = round(2.4 * 48_000)
    assert player.needs_notes
    beats = [composer.next_beat(CALM) for _ in range(8)]
    assert sum(len(one.notes) for one in beats)
    assert {one.facts["source"] for one in beats} == {"rules"}
    assert shelf.steered == [CALM] * 9


def test_an_engine_plays_a_stream_within_its_ceilings() -> None:
    stream = WorkedStream(Tone(), ahead=5.0, patience=20.0)
    player = StreamSynthesiser(stream, BuiltinSynth(0))
    engine = MusicEngine(StreamComposer(stream, RuleComposer(0), player), player)
    engine.set_control(CALM, 0.0)
    sound = [engine.render(BLOCK).samples for _ in range(300)]
    player.close()
    counts = engine.counts()
    assert (counts["composer_failures"], counts["synthesiser_failures"]) == (0, 0)
    tail = np.vstack(sound)[-48_000:, 0]
    assert np.abs(np.fft.rfft(tail)).argmax() == 440
    assert player.counts() == {"starvations": 0, "failures": 0, "streamed_share": 1.0}
    assert engine.composer == "tone"


def test_handover_must_leave_time_for_the_rules() -> None:
    with pytest.raises(InvalidConfig, match="do not fit"):
        Handover(fade=2.0, resume=4.0)


def test_a_control_is_put_into_words_without_what_is_felt() -> None:
    said = describe(MusicControl(0.8, -0.7, tempo_bpm=62, instruments=("piano", "cello"), felt=(-1.0, 1.0)))
    assert said == "instrumental serene, warm, gentle music, 60 bpm, piano, cello"
    weighed = dict(quarters(MusicControl(0.0, 1.0)))
    assert weighed == {"joyful, lively music": 0.5, "tense, restless music": 0.5}
    assert len(quarters(CALM)) == 4
    assert sum(weight for _, weight in quarters(CALM)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("spec", "controller", "kind", "said"),
    [
        ("musicgen", None, InvalidConfig, "expected one of: musicgen:MODEL"),
        ("flute", None, InvalidConfig, "not known"),
        ("lyria", "a.safetensors", InvalidConfig, "takes no controller"),
        ("musicgen:nobody/nothing", None, UnknownModel, "not on this machine.*hf download nobody/nothing"),
        ("magenta:huge", None, AudioError, "expected magenta:mrt2_small"),
        ("magenta:mrt2_small", None, AudioError, "pip install magenta-rt"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(spec, controller, kind, said) -> None:
    with pytest.raises(kind, match=said) as caught:
        making.make(spec, controller, 0, notes=Quiet())
    assert "\n" not in str(caught.value)


def test_generators_of_sound_are_told_from_composers() -> None:
    assert [making.is_sounding(spec) for spec in ("musicgen:x", "magenta:y", "lyria", "rules")] == [
        True,
        True,
        True,
        False,
    ]
