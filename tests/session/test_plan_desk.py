import threading
from queue import SimpleQueue

import numpy as np
import pytest
import soundfile
from live_sessions import run_session

from affectlab.affect import AffectState
from affectlab.planning import AffectTarget, PlanRequest, RulePlanner
from affectlab.planning.llm.exchange import Exchange, Message
from affectlab.session.events import ExchangeEvent, NoticeEvent, PlanChoiceEvent, PlanEvent
from affectlab.session.plan_desk import PlanDesk
from affectlab.session.recording import Recording

MODEL = "openai:scripted"


class Model:
    """Says what it is scripted to, and tells what was exchanged."""

    name = MODEL

    def __init__(self, answer, told=lambda _exchange: None) -> None:
        self.answer, self.told, self.asked = answer, told, 0

    def plan(self, request):
        self.asked += 1
        self.told(Exchange(MODEL, (Message("user", request.goal_name),), "an answer", 0.25, "valid"))
        return self.answer(request)


def model_plan(request):
    return RulePlanner().plan(request).model_copy(update={"made_by": MODEL, "description": "Of a model."})


def refuse(_request):
    raise ConnectionError("the server died")


def request(reason="start", **other):
    goal = AffectTarget(valence=0.4, arousal=-0.5)
    return PlanRequest(AffectState.at(0.0, 0.0, sd=0.3), goal, "relax", 10.0, reason, **other)


class Scene:
    """A desk in real time and what it said."""

    def __init__(self, answer, *, seconds=30.0, waits=False) -> None:
        self.events, exchanges = [], SimpleQueue()
        self.model = Model(answer, exchanges.put)
        self.desk = PlanDesk(
            self.model, seconds=seconds, waits=waits, exchanges=exchanges, emit=self.events.append
        )

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def until(self, condition, now=1.0):
        waiting = threading.Event()
        for _ in range(3000):
            self.desk.poll(now)
            if condition():
                return
            waiting.wait(0.01)
        pytest.fail("it never came to that")

    @property
    def maker(self):
        return None if self.desk.in_force is None else self.desk.in_force.plan.made_by


def test_the_rules_play_until_the_model_has_answered() -> None:
    gate = threading.Event()
    scene = Scene(lambda asked: gate.wait(60) and model_plan(asked))
    scene.desk.begin(request(), 0.0)
    assert scene.maker == "rules"
    scene.desk.poll(0.02)
    assert scene.maker == "rules"
    gate.set()
    scene.until(lambda: scene.maker == MODEL, now=7.0)
    assert [(one.time, one.planner) for one in scene.of(PlanEvent)] == [(0.0, "rules"), (7.0, MODEL)]
    assert scene.of(PlanEvent)[0].reason == f"start; until {MODEL} has answered"
    (exchange,) = scene.of(ExchangeEvent)
    assert (exchange.messages[0]["text"], exchange.answer, exchange.model) == ("relax", "an answer", MODEL)


def test_a_plan_asked_for_early_is_there_when_the_music_begins() -> None:
    scene = Scene(model_plan)
    scene.desk.prepare(request())
    scene.until(lambda: scene.desk._ready is not None, now=0.0)
    scene.desk.begin(request(), 5.0)
    assert [(one.time, one.planner) for one in scene.of(PlanEvent)] == [(5.0, MODEL)]
    assert scene.model.asked == 1


def test_an_early_plan_that_no_longer_fits_is_asked_for_again() -> None:
    scene = Scene(model_plan)
    scene.desk.prepare(request())
    scene.until(lambda: scene.desk._ready is not None, now=0.0)
    elsewhere = request()
    object.__setattr__(elsewhere, "state", AffectState.at(-0.9, 0.9, sd=0.05))
    scene.desk.begin(elsewhere, 5.0)
    assert scene.maker == "rules"
    scene.until(lambda: scene.maker == MODEL, now=6.0)
    assert scene.model.asked == 2


def test_a_model_that_fails_leaves_the_rules_plan_in_force_and_says_why() -> None:
    scene = Scene(refuse)
    scene.desk.begin(request(), 0.0)
    began = scene.desk.in_force.began
    scene.until(lambda: scene.desk.counts.fallbacks == 1, now=3.0)
    here = scene.desk.in_force
    assert (here.plan.made_by, here.began) == ("rules", began)
    assert "the server died" in here.plan.fallback_reason
    (notice,) = scene.of(NoticeEvent)
    assert notice.kind == "plan"
    assert scene.of(PlanEvent)[-1].plan["fallback_reason"] == here.plan.fallback_reason


def test_a_deadline_that_is_missed_is_counted(monkeypatch) -> None:
    monkeypatch.setattr("affectlab.planning.background.GRACE", 0.0)
    gate = threading.Event()
    scene = Scene(lambda asked: gate.wait(60) and model_plan(asked), seconds=0.05)
    scene.desk.begin(request(), 0.0)
    scene.until(lambda: scene.desk.counts.missed == 1)
    gate.set()
    scene.until(lambda: scene.desk.counts.dropped == 1)
    assert scene.maker == "rules"
    assert scene.desk.counts.to_json()["fallbacks"] == 1


def test_in_simulated_time_the_answer_is_waited_for() -> None:
    scene = Scene(model_plan, waits=True)
    scene.desk.begin(request(), 0.0)
    assert [one.planner for one in scene.of(PlanEvent)] == [MODEL]


def proposing(answer=model_plan):
    scene = Scene(answer)
    scene.desk.set_ask_first(True, 0.0)
    scene.desk.begin(request(), 0.0)
    scene.until(lambda: scene.desk.proposal is not None)
    return scene


def test_who_wants_to_be_asked_is_asked() -> None:
    scene = proposing()
    assert scene.maker == "rules"
    scene.desk.accept(5.0)
    assert (scene.maker, scene.desk.in_force.began, scene.desk.proposal) == (MODEL, 5.0, None)
    propose, accept = scene.of(PlanChoiceEvent)
    assert (propose.who, propose.action, propose.after) == (MODEL, "propose", None)
    assert (accept.who, accept.action, accept.before["made_by"]) == ("researcher", "accept", "rules")
    assert accept.after == accept.proposal == propose.proposal
    assert scene.of(PlanEvent)[-1].reason == "accepted by the researcher"


def test_a_rejected_plan_changes_nothing() -> None:
    scene = proposing()
    scene.desk.reject(5.0)
    assert (scene.maker, scene.desk.proposal) == ("rules", None)
    scene.desk.reject(6.0)
    assert "no proposed plan" in scene.of(NoticeEvent)[-1].text


def test_an_edit_of_the_plan_in_force_goes_on_where_it_was() -> None:
    scene = Scene(model_plan, waits=True)
    scene.desk.begin(request(), 0.0)
    before = scene.desk.in_force.plan
    after = before.model_copy(update={"tempo_bpm": 70.0, "made_by": "researcher"})
    scene.desk.edit(before, after, 90.0)
    assert (scene.desk.in_force.plan, scene.desk.in_force.began) == (after, 0.0)
    (choice,) = scene.of(PlanChoiceEvent)
    assert (choice.before["tempo_bpm"], choice.after["tempo_bpm"]) == (before.tempo_bpm, 70.0)
    assert scene.of(PlanEvent)[-1].reason == f"edited by the researcher, based on a plan by {MODEL}"


def test_an_edit_that_breaks_a_limit_or_comes_too_late_is_refused() -> None:
    scene = Scene(model_plan, waits=True)
    scene.desk.begin(request(), 0.0)
    before = scene.desk.in_force.plan
    loud = before.model_copy(update={"section_dynamics": (1.0,) * len(before.trajectory)})
    scene.desk.edit(before, loud, 1.0)
    scene.desk.edit(loud, before, 2.0)
    assert scene.desk.in_force.plan == before
    assert [one.text.split(":")[0] for one in scene.of(NoticeEvent)] == ["an edit was not taken"] * 2


def test_an_edited_plan_is_not_replaced_unasked_unless_its_goal_is() -> None:
    scene = Scene(model_plan, waits=True)
    scene.desk.begin(request(), 0.0)
    before = scene.desk.in_force.plan
    scene.desk.edit(before, before.model_copy(update={"tempo_bpm": 70.0, "made_by": "researcher"}), 1.0)
    scene.desk.begin(request("residual: away"), 130.0)
    assert scene.maker == "researcher"
    assert scene.desk.proposal is not None
    scene.desk.begin(request("request"), 140.0)
    assert (scene.maker, scene.desk.proposal) == (MODEL, None)
    assert scene.of(PlanChoiceEvent)[-1].action == "expire"


# Whole sessions


@pytest.mark.parametrize(
    ("answer", "maker", "fallbacks"),
    [(model_plan, MODEL, 0), (refuse, "rules", 1), (lambda _: 5, "rules", 1)],
)
def test_a_session_in_simulated_time(tmp_path, monkeypatch, answer, maker, fallbacks) -> None:
    def make(_name, *, told, **_):
        return Model(answer, told)

    monkeypatch.setattr("affectlab.session.build.make_planner", make)
    done = run_session(tmp_path / "s", planner=MODEL, minutes=0.5, rest_seconds=10)
    assert [one.planner for one in done.of(PlanEvent)] == [maker]
    assert done.summary.planning["fallbacks"] == fallbacks
    recording = Recording.load(done.folder)
    assert len(recording.records["exchanges"]) == done.summary.planning["exchanges"] == 1
    assert recording.records["plans"][0]["plan"]["made_by"] == maker


def test_music_plays_on_in_real_time_while_a_planner_hangs(tmp_path, monkeypatch) -> None:
    gate = threading.Event()

    def make(_name, *, told, **_):
        return Model(lambda asked: gate.wait(60) and model_plan(asked), told)

    monkeypatch.setattr("affectlab.session.build.make_planner", make)
    done = run_session(tmp_path / "s", planner=MODEL, minutes=0.15, rest_seconds=1, speed=1.0, plan_seconds=1)
    gate.set()
    assert done.summary.planning["deadlines_missed"] >= 1
    assert {one.planner for one in done.of(PlanEvent)} == {"rules"}
    sound, rate = soundfile.read(done.folder / "audio.flac")
    assert len(sound) == pytest.approx(9.2 * rate, abs=0.05 * rate)
    loud = np.abs(sound).max(axis=1) > 1e-4
    begins, ends = int(loud.argmax()), int(8.9 * rate)
    halves = loud[begins : begins + (ends - begins) // (rate // 2) * (rate // 2)].reshape(-1, rate // 2)
    assert len(halves) >= 6
    assert halves.any(axis=1).all()
    assert len(Recording.load(done.folder).records["exchanges"]) >= 1


def test_a_session_that_breaks_off_keeps_what_was_exchanged(tmp_path, monkeypatch) -> None:
    def make(_name, *, told, **_):
        return Model(model_plan, told)

    monkeypatch.setattr("affectlab.session.build.make_planner", make)

    def break_off(_session):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_session(tmp_path / "s", {20: break_off}, planner=MODEL, minutes=0.5, rest_seconds=10)
    recording = Recording.load(tmp_path / "s")
    assert recording.interrupted
    assert [one["messages"][0]["text"] for one in recording.records["exchanges"]] == ["relax"]
