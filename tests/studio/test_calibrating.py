import asyncio
import math
import time
from dataclasses import replace

import numpy as np
import pytest

from affectlab.decoding.personal_calibration import PersonalCalibration
from affectlab.decoding.personal_file import read_person
from affectlab.decoding.personal_gain import Gain, Verdict
from affectlab.decoding.weights import Output
from affectlab.errors import StudioError
from affectlab.session.config import SessionConfig
from affectlab.session.guided import GuidedRun
from affectlab.session.guided_steps import parse_steps
from affectlab.signals.window import ChannelQuality, Window
from affectlab.studio import StudioConfig
from affectlab.studio.calibrate_page import gains, reliability, signal_in_words, verdict_in_words
from affectlab.studio.calibrating import CalibrationDesk
from affectlab.studio.desk import Desk
from affectlab.studio.hub import AudioHub
from affectlab.studio.steps import Step

STEPS = parse_steps("eyes-open=12,arithmetic=16,breathing=16")


class Weights:
    """A network that reads nothing but the loudness of the relations."""

    axes, sha256, sfreq = ("arousal",), "c" * 64, 125.0

    def run(self, inputs):
        n = len(inputs)
        size = np.abs(inputs.relations).mean(axis=(1, 2, 3))
        mean = np.column_stack([np.zeros(n), np.tanh(size - 1)]).astype(np.float32)
        return Output(
            mean,
            np.tile(np.eye(2, dtype=np.float32) * 0.09, (n, 1, 1)),
            np.zeros((n, 2, 2), dtype=np.float32),
            (0.5 + mean / 4).astype(np.float32),
            np.column_stack([size, size**2]).astype(np.float32),
            np.zeros(n, dtype=np.float32),
        )


def fast(config, calibration):
    return GuidedRun(replace(config, speed=math.inf), calibration)


def play(tmp_path, scene, *, make_run=fast, **session):
    async def whole():
        hub = AudioHub()
        hub.bind(asyncio.get_running_loop())
        settings = SessionConfig(**{"synth": "builtin", "rest_seconds": None, **session})
        config = StudioConfig(sessions=tmp_path / "sessions", people=tmp_path / "people", session=settings)
        desk = Desk(config, hub)
        calibration = CalibrationDesk(desk, STEPS, lambda: PersonalCalibration(Weights()), make_run)
        try:
            return await scene(desk, calibration)
        finally:
            await calibration.close()
            await desk.close()

    return asyncio.run(whole())


async def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.02)


def test_a_calibration_is_led_through_fitted_kept_and_used_by_the_next_session(tmp_path) -> None:
    async def scene(desk, calibration):
        assert calibration.state == "none"
        await calibration.start()
        seen = []
        while calibration.busy:
            seen.append(calibration.state)
            await asyncio.sleep(0.01)
        return seen, calibration, desk.defaults

    seen, calibration, defaults = play(tmp_path, scene, decoder="graph")
    assert seen[0] in {"ready", "doing"}
    assert calibration.state == "done"
    assert calibration.failure == ""
    kept = read_person(calibration.path)
    assert kept.steps == ("arithmetic", "breathing")
    assert kept.verdicts == calibration.person.verdicts
    assert defaults.person == calibration.path
    assert defaults.rest == 0
    assert calibration.path.parent == tmp_path / "people"


def test_a_decoder_that_knows_no_calibration_is_not_given_one(tmp_path) -> None:
    async def scene(desk, calibration):
        desk.person = tmp_path / "someone.json"
        return desk.defaults.person

    assert play(tmp_path, scene, decoder="bandpower") is None


def test_a_session_and_a_calibration_do_not_share_a_device(tmp_path) -> None:
    async def scene(desk, calibration):
        await calibration.start()
        with pytest.raises(StudioError, match="a calibration is under way"):
            await desk.prepare()
        with pytest.raises(StudioError, match="already under way"):
            await calibration.start()
        calibration.stop()
        await until(lambda: not calibration.busy)
        await desk.prepare()
        with pytest.raises(StudioError, match="already under way"):
            await calibration.start()

    play(tmp_path, scene, make_run=GuidedRun, decoder="bandpower")


def test_a_calibration_that_is_stopped_keeps_nothing(tmp_path) -> None:
    async def scene(desk, calibration):
        await calibration.start()
        await until(lambda: calibration.window is not None)
        calibration.stop()
        await until(lambda: not calibration.busy)
        return calibration.state, calibration.failure, desk.person, desk.calibrating

    outcome = play(tmp_path, scene, make_run=GuidedRun)
    assert outcome == ("failed", "Stopped. Nothing was kept.", None, False)
    assert not (tmp_path / "people").exists()


def test_a_source_that_cannot_be_opened_leaves_the_studio_free(tmp_path) -> None:
    async def scene(desk, calibration):
        with pytest.raises(Exception, match="nonsense"):
            await calibration.start()
        return calibration.state, desk.calibrating

    assert play(tmp_path, scene, source="nonsense") == ("none", False)


def test_a_participant_with_a_baseline_is_not_asked_to_rest(tmp_path) -> None:
    async def scene(desk, _calibration):
        await desk.ensure()
        desk.complete(Step.CONSENT, {})
        desk.complete(Step.LEVEL, {})
        return desk.step()

    assert play(tmp_path, scene, decoder="bandpower", rest_seconds=0) is Step.BEGIN
    assert play(tmp_path / "other", scene, decoder="bandpower", rest_seconds=5) is Step.READY


def test_the_signal_names_the_electrodes_to_look_at() -> None:
    def window(*scores):
        names = ("Fp1", "Fp2", "C3", "C4", "O1", "O2")[: len(scores)]
        quality = tuple(ChannelQuality(name, score) for name, score in zip(names, scores, strict=True))
        return Window(np.zeros((len(scores), 10)), 125.0, names, 4.0, quality)

    assert signal_in_words(None) == "Signal: none yet"
    assert signal_in_words(window(0.9, 0.6)) == "Signal: good"
    assert signal_in_words(window(0.9, 0.1, 0.2)) == "Signal: look at Fp2, C3"
    assert signal_in_words(window(*[0.0] * 6)) == "Signal: look at Fp1, Fp2, C3, C4 and others"


def test_a_verdict_is_a_sentence_and_a_table() -> None:
    gain = Gain("nll", 0.8, 0.5, 0.3, -0.1, 0.6, 200)
    verdict = Verdict("arousal", False, "it does not surely help", (gain,), ((0.72, 0.5, 40),))
    assert verdict_in_words(verdict) == ("The correction of arousal is not used: it does not surely help.")
    assert gains(verdict) == [
        ("surprise at your own answers (nats)", "0.80", "0.50", "+0.30", "\u22120.10 to +0.60")
    ]
    assert reliability(verdict) == [("72% high", "50%", "40")]
