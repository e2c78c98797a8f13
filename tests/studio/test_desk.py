import asyncio
import json
import time

import pytest

from affectlab.errors import AffectlabError, StudioError
from affectlab.session.config import SessionConfig
from affectlab.studio import StudioConfig
from affectlab.studio.audio_socket import greeting
from affectlab.studio.desk import Desk
from affectlab.studio.hub import HEADER, AudioHub
from affectlab.studio.steps import Step


def config(tmp_path, **session):
    settings = {"minutes": 1, "rest_seconds": 0.5, "synth": "builtin", **session}
    return StudioConfig(sessions=tmp_path, session=SessionConfig(**settings))


async def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        await asyncio.sleep(0.02)


def play(tmp_path, scene, **session):
    async def whole():
        hub = AudioHub()
        hub.bind(asyncio.get_running_loop())
        desk = Desk(config(tmp_path, **session), hub)
        try:
            return await scene(desk)
        finally:
            await desk.close()

    return asyncio.run(whole())


def records(tmp_path, stream):
    (folder,) = tmp_path.iterdir()
    return [json.loads(line) for line in (folder / f"{stream}.jsonl").read_text().splitlines()]


def test_a_participant_is_led_through_a_session_and_it_is_recorded(tmp_path):
    async def scene(desk):
        walked = [desk.step()]
        await desk.ensure()
        desk.complete(Step.CONSENT, {"agreed": True})
        walked.append(desk.step())
        desk.complete(Step.LEVEL, {"gain_db": -22.0})
        walked.append(desk.step())
        desk.running().rest()
        await until(lambda: desk.step() is Step.REST)
        await until(lambda: desk.step() is Step.BEGIN)
        listener = desk.hub.join()
        desk.hub.claim(listener, "one")
        desk.running().play()
        await until(lambda: desk.step() is Step.LISTEN)
        desk.running().rate(0.8, 0.2)
        loudest = 0
        while not loudest:
            item = await asyncio.wait_for(listener.next(), 60)
            loudest = max(item[HEADER.size :]) if isinstance(item, bytes) else 0
        desk.stop("the test is over")
        await until(lambda: not desk.busy)
        walked.append(desk.step())
        return walked, desk.failure

    walked, failure = play(tmp_path, scene)
    assert walked == [Step.CONSENT, Step.LEVEL, Step.READY, Step.THANKS]
    assert failure is None
    told = [(event["kind"], event["data"]) for event in records(tmp_path, "page")]
    assert told[:2] == [("consent", {"agreed": True}), ("level", {"gain_db": -22.0})]
    assert (0.8, 0.2) in [(data["valence"], data["arousal"]) for kind, data in told if kind == "rating"]
    assert [event["phase"] for event in records(tmp_path, "phases")][-2:] == ["playing", "ended"]
    (folder,) = tmp_path.iterdir()
    assert (folder / "summary.json").is_file()


def test_only_one_session_at_a_time_and_a_second_participant_joins_it(tmp_path):
    async def scene(desk):
        first = await desk.prepare()
        with pytest.raises(StudioError, match="already under way"):
            await desk.prepare()
        return await desk.ensure() is first

    assert play(tmp_path, scene)


def test_a_source_that_cannot_be_opened_is_said_and_another_may_follow(tmp_path):
    async def scene(desk):
        with pytest.raises(AffectlabError) as error:
            await desk.prepare(desk.config.session.model_copy(update={"source": "nonsense"}))
        assert not desk.busy
        assert desk.phase == "none"
        await desk.prepare()
        return str(error.value), desk.phase

    line, phase = play(tmp_path, scene)
    assert "nonsense" in line
    assert "\n" not in line
    assert phase == "waiting"


def test_without_a_session_requests_say_what_to_do(tmp_path):
    async def scene(desk):
        with pytest.raises(StudioError, match="prepare one first"):
            desk.running()
        desk.stop("nothing to stop")
        return greeting(desk)

    assert play(tmp_path, scene) == {"type": "phase", "phase": "none", "tone": False, "session": None}


def test_the_arm_stays_hidden_until_somebody_looks_and_that_is_recorded(tmp_path):
    async def scene(desk):
        await desk.prepare(blinded=True)
        hidden = desk.unblinded
        desk.unblind()
        await until(lambda: any(event["kind"] == "unblind" for event in records(tmp_path, "page")))
        return hidden, desk.unblinded

    assert play(tmp_path, scene) == (False, True)


def test_new_underruns_of_the_listener_are_recorded_once(tmp_path):
    async def scene(desk):
        await desk.prepare()
        for count in (0, 1, 1, 1, 3):
            desk.heard({"underruns": count})
        await until(lambda: len([e for e in records(tmp_path, "page") if e["kind"] == "underruns"]) == 2)

    play(tmp_path, scene)
    recorded = [event["data"]["underruns"] for event in records(tmp_path, "page")]
    assert recorded == [1, 3]


def test_a_session_that_breaks_off_is_over_and_says_so(tmp_path, caplog):
    class Broken:
        id, phase, rested = "S-0000", "playing", False

        def __init__(self, config, folder, *, command):
            self.subscribe = self.on_window = self.on_pcm = lambda sink: lambda: None

        def open(self):
            pass

        def run(self):
            raise RuntimeError("unforeseen")

    async def scene():
        desk = Desk(config(tmp_path), AudioHub(), make_session=Broken)
        await desk.prepare()
        await until(lambda: not desk.busy)
        return desk.phase, desk.failure

    phase, failure = asyncio.run(scene())
    assert phase == "ended"
    assert "broke off" in failure
    assert "unforeseen" in caplog.text
