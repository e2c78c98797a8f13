import threading
import time as wall
from itertools import pairwise

import numpy as np
import pytest

from affectlab.errors import DecodingError, InvalidConfig
from affectlab.session.guided import GuidedConfig, GuidedRun
from affectlab.session.guided_sound import GuidedSound, tone
from affectlab.session.guided_steps import REST_ONLY, STEPS, parse_steps
from affectlab.session.loop import FRAMES

SHORT = parse_steps("eyes-open=12,arithmetic=10,breathing=8,calm-music=10")


class Collected:
    """Takes in windows as a calibration does; `enough` says whether the rest makes a baseline."""

    def __init__(self, enough=True):
        self.enough, self.reference = enough, None
        self.resting, self.seen, self.forgotten = [], [], []

    def begin(self, channels):
        self.channels = channels

    def rest(self, window):
        self.resting.append(window.time)

    def set_reference(self):
        self.reference = "made" if self.enough else None
        return self.enough

    def observe(self, step, window):
        assert self.reference, "windows are compared with a baseline"
        self.seen.append((step, window.time))

    def forget(self, step):
        self.forgotten.append(step)
        self.seen = [row for row in self.seen if row[0] != step]

    def of(self, step):
        return [time for name, time in self.seen if name == step]


def guided(steps=SHORT, script=None, *, enough=True, **settings):
    """Run to the end; `script` maps the first session second at which something is asked to what is asked."""
    defaults = {"speed": float("inf"), "synth": "builtin", "seed": 1, "ready_seconds": 5.0}
    run = GuidedRun(GuidedConfig(steps=steps, **{**defaults, **settings}), Collected(enough))
    run.open()
    moments, waiting = [], sorted((script or {}).items())

    def follow(_block):
        moments.append((run.now, run.moment))
        while waiting and run.now >= waiting[0][0]:
            waiting.pop(0)[1](run)

    run.pcm.subscribe(follow)
    return run, moments


def finished(*args, **kwargs):
    run, moments = guided(*args, **kwargs)
    run.run()
    return run, moments


@pytest.fixture(scope="module")
def whole():
    return finished()


def test_windows_count_only_where_they_lie_wholly_inside_a_step(whole) -> None:
    run, _ = whole
    seen = run.calibration
    for times, begin, end in (
        (seen.resting, 5, 17),
        (seen.of("arithmetic"), 22, 32),
        (seen.of("breathing"), 37, 45),
        (seen.of("calm-music"), 50, 60),
    ):
        assert min(times) >= begin + 4
        assert max(times) <= end + 0.05
        assert len(times) >= (end - begin - 4) / 0.5


def test_a_person_is_led_through_every_step_in_order(whole) -> None:
    run, moments = whole
    walked = list(dict.fromkeys((m.step.name, m.phase) for _, m in moments))
    assert walked[:2] == [("eyes-open", "ready"), ("eyes-open", "doing")]
    names = list(dict.fromkeys(name for name, _ in walked))
    assert names == [step.name for step in SHORT]
    shares = [moment.done for _, moment in moments]
    assert all(one <= other + 1e-9 for one, other in pairwise(shares))
    assert run.moment.phase == "over"
    assert run.now == pytest.approx(60, abs=0.2)


def test_a_rated_step_counts_as_the_person_said_and_others_as_assumed(whole) -> None:
    run, _ = whole
    labels = run.labels()
    assert labels.keys() == {"arithmetic", "breathing", "calm-music"}
    assert labels["arithmetic"][1] == 0.4
    assert labels["breathing"][1] == -0.5
    assert np.isnan(labels["breathing"][0])
    assert labels["calm-music"] == run.ratings["calm-music"]
    assert np.abs(labels["calm-music"]).max() <= 1


def test_a_simulated_listener_does_what_it_is_asked() -> None:
    steps = parse_steps("eyes-open=9,breathing=20,arithmetic=20")
    risen = []
    for seed in (2, 3):
        run, _ = finished(steps, seed=seed, ready_seconds=10.0)
        felt = run._parts.intake._source.truth
        busy = np.mean([felt(time)[1] for time in run.calibration.of("arithmetic")])
        calm = np.mean([felt(time)[1] for time in run.calibration.of("breathing")])
        risen.append(busy - calm)
    assert min(risen) > 0.1


def test_a_step_that_is_skipped_leaves_nothing_and_the_baseline_cannot_be_skipped() -> None:
    run, _ = finished(script={2.0: GuidedRun.skip, 28.0: GuidedRun.skip})
    assert run.skipped == ["arithmetic"]
    assert run.calibration.of("arithmetic") == []
    assert len(run.calibration.resting) > 10
    assert run.calibration.of("breathing")


def test_a_stop_ends_it_at_once_and_says_what_is_missing() -> None:
    run, _ = guided(script={8.0: lambda run: run.stop("interrupted")})
    with pytest.raises(DecodingError, match="no resting baseline could be made: interrupted"):
        run.run()
    assert run.now < 9


def test_rest_too_poor_for_a_baseline_ends_it() -> None:
    run, _ = guided(enough=False)
    with pytest.raises(DecodingError, match="the signal was too poor at rest; check the electrodes"):
        run.run()
    assert run.calibration.seen == []


def test_the_persons_answer_is_waited_for_and_taken() -> None:
    steps = parse_steps("eyes-open=9,calm-music=5")
    run, _ = guided(steps, speed=20.0, asks=True)
    worker = threading.Thread(target=run.run)
    worker.start()
    end = wall.monotonic() + 60
    while run.moment.phase != "rating":
        assert wall.monotonic() < end
        wall.sleep(0.02)
    wall.sleep(0.3)
    assert run.moment.phase == "rating"
    run.rate(0.75, 0.25)
    worker.join(60)
    assert run.ratings == {"calm-music": (0.5, -0.5)}


def test_where_nobody_answers_nothing_is_waited_for() -> None:
    run, _ = guided(parse_steps("eyes-open=9,calm-music=5"))
    object.__setattr__(run._parts, "rater", None)
    run.run()
    assert run.ratings == {}
    assert "calm-music" not in run.labels()


def test_music_is_heard_in_excerpts_only_and_a_tone_at_every_change() -> None:
    run, _ = guided(parse_steps("eyes-open=9,calm-music=8,breathing=5"))
    blocks = []
    run.pcm.subscribe(lambda block: blocks.append((block[0] / 48_000, np.abs(block[1]).max())))
    run.run()
    loud = np.array([time for time, peak in blocks if peak > 100])
    assert ((loud > 0) & (loud < 1)).any()
    assert not ((loud > 6.5) & (loud < 13.9)).any()
    assert ((loud > 18) & (loud < 26)).any()
    assert not ((loud > 34.5) & (loud < 36.9)).any()


def test_the_tone_begins_and_ends_in_silence_and_is_soft() -> None:
    sound = tone().astype(float) / 32768
    assert abs(sound[0]).max() < 1e-3
    assert abs(sound[-1]).max() < 1e-3
    assert 0.01 < np.sqrt(np.mean(sound**2)) < 10 ** (-20 / 20)
    assert np.abs(np.diff(sound[:, 0])).max() < 0.02


def test_a_tone_over_silence_is_the_tone() -> None:
    class Silence:
        def render(self, frames):
            class Block:
                first_frame = 0

                def to_pcm16(self):
                    return np.zeros((frames, 2), dtype=np.int16)

            return Block()

    sound = GuidedSound(Silence())
    assert not sound.block(FRAMES)[1].any()
    sound.ring()
    heard = np.concatenate([sound.block(FRAMES)[1] for _ in range(60)])
    np.testing.assert_array_equal(heard[: len(tone())], tone())
    assert not heard[len(tone()) :].any()


def test_the_whole_protocol_takes_five_minutes() -> None:
    assert GuidedConfig(steps=STEPS).seconds == 300
    assert GuidedConfig(steps=REST_ONLY).seconds == 65
    assert [step.rated for step in STEPS] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("eyes-open,dancing", "step 'dancing' is not known; expected one of: eyes-open, eyes-closed"),
        ("eyes-open,breathing=soon", "step 'breathing' is to take 'soon' seconds; expected a number"),
        ("eyes-open,breathing=-3", "expected a number up to 600"),
        ("eyes-open,breathing=nan", "expected a number up to 600"),
        ("eyes-open,eyes-open", "step 'eyes-open' is asked for twice"),
        ("breathing", "begin with eyes-open"),
        ("", "begin with eyes-open"),
    ],
)
def test_steps_that_make_no_calibration_are_one_line(text, complaint) -> None:
    with pytest.raises(InvalidConfig, match=complaint) as error:
        parse_steps(text)
    assert "\n" not in str(error.value)
