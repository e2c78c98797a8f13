import json
from contextlib import suppress
from dataclasses import replace
from threading import Event

import pytest
from planner_knowledge import Shelf
from planner_server import (
    GOOD,
    ChatServer,
    answers,
    chat_server,
    dies,
    drips,
    floods,
    hangs,
    refuses,
    writes,
)
from planning_requests import request

from affectlab.errors import InvalidPlan
from affectlab.planning import RulePlanner, make_planner
from affectlab.planning.limits import problems
from affectlab.planning.llm import Exchange, LlmPlanner
from affectlab.planning.profile import NOBODY, Profile

pytest.importorskip("pydantic_ai")

QUIET = Profile(contraindications=frozenset({"sound_sensitivity"}))


@pytest.fixture
def server():
    with chat_server() as running:
        yield running


def planner(server: ChatServer, told: list[Exchange], *, deadline: float = 20.0) -> LlmPlanner:
    made = make_planner(server.planner, knowledge=Shelf(), deadline=deadline, told=told.append)
    assert isinstance(made, LlmPlanner)
    return made


def plan_after(server: ChatServer, *replies, profile=NOBODY, deadline=20.0):
    server.replies = list(replies)
    told: list[Exchange] = []
    asked = replace(request(), profile=profile)
    plan = planner(server, told, deadline=deadline).plan(asked)
    if plan.made_by != "rules":
        assert not problems(plan, asked)
    return plan, told


def test_a_good_answer_becomes_a_plan_with_the_models_choices(server: ChatServer) -> None:
    plan, told = plan_after(server, answers(GOOD))
    assert (plan.made_by, plan.fallback_reason) == (server.planner, None)
    assert (plan.tempo_bpm, plan.attributes.mode, plan.attributes.instruments) == (
        64,
        "major",
        ("piano", "harp"),
    )
    assert [(one.entry, one.field) for one in plan.citations] == [
        ("tempo-slow", "tempo_bpm"),
        ("mode-major", "attributes.mode"),
    ]
    last = plan.trajectory[-1]
    assert (last.valence, last.arousal) == pytest.approx((0.4, -0.5))
    assert [one.outcome for one in told] == ["valid"]
    assert told[0].messages[0].role == "system"
    assert "Slower music lowers arousal" in told[0].messages[1].text


def test_the_server_is_asked_to_hold_the_answer_to_the_persons_limits(server: ChatServer) -> None:
    plan_after(server, answers(GOOD), profile=QUIET)
    schema = server.seen[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["loud"]["items"]["maximum"] == 5
    assert "flute" not in schema["properties"]["inst"]["items"]["enum"]


def test_what_is_out_of_limits_is_repaired_once_by_its_keys_alone(server: ChatServer) -> None:
    plan, told = plan_after(
        server, answers(GOOD, loud=[9, 9], dens=9), writes('{"loud": [4, 4], "dens": 3}'), profile=QUIET
    )
    assert plan.made_by == server.planner
    assert max(plan.section_dynamics) == 0.4
    assert [one.outcome for one in told] == ["repair", "valid"]
    assert "0.9 is outside 0.1 to 0.5" in told[1].messages[-1].text
    assert set(server.seen[1]["response_format"]["json_schema"]["schema"]["properties"]) == {"loud", "dens"}


def test_nothing_is_moved_into_the_limits_silently(server: ChatServer) -> None:
    plan, told = plan_after(server, answers(GOOD, loud=[9, 9]), profile=QUIET)
    assert plan.made_by == "rules"
    assert "still wrong after a repair: loud 0.9 is outside" in (plan.fallback_reason or "")
    assert [one.outcome for one in told] == ["repair", "invalid"]


ABSURD = {
    "fast": {"bpm": 9999},
    "unknown": {"inst": ["kazoo", "piano"]},
    "away": {"v1": -9, "a1": 9},
    "huge": {"bpm": 10**400},
    "words": {"loud": ["loud", "louder"]},
    "null": {"mode": None},
    "nested": {"inst": [["piano"]]},
}


@pytest.mark.parametrize("changes", ABSURD.values(), ids=ABSURD)
def test_absurd_values_never_reach_a_plan(server: ChatServer, changes) -> None:
    plan, told = plan_after(server, answers(GOOD, **changes))
    assert plan.made_by == "rules"
    assert plan.fallback_reason
    assert [one.outcome for one in told] == ["repair", "invalid"]


FAULTS = {
    "error": (refuses(500), "500"),
    "death": (dies, "no answer that can be read"),
    "rubbish": (writes("I would rather talk about the weather."), "no JSON object"),
    "empty": (writes(""), "no JSON object"),
    "not a number": (writes('{"bpm": NaN}'), "no JSON object"),
    "deep": (writes('{"a":' + "[" * 9000), "no JSON object"),
    "megabyte": (writes("{" * (1 << 20)), "more than 256 KB"),
    "flood": (floods, "more than 256 KB"),
    "no chat": (lambda handler: handler.send(200, b"<html>"), "no answer that can be read"),
}


@pytest.mark.parametrize(("reply", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_server_is_answered_by_the_rules_with_the_reason(
    server: ChatServer, reply, reason
) -> None:
    plan, told = plan_after(server, reply)
    assert plan.made_by == "rules"
    assert reason in (plan.fallback_reason or "")
    assert told
    assert told[-1].outcome in {"failed", "invalid"}


@pytest.mark.parametrize("reply", [hangs, drips])
def test_a_server_that_does_not_finish_costs_no_more_than_the_deadline(server: ChatServer, reply) -> None:
    plan, told = plan_after(server, reply, deadline=1.0)
    assert plan.made_by == "rules"
    assert "no plan after 1 s" in (plan.fallback_reason or "")
    assert [one.outcome for one in told] == ["late"]


def test_a_server_without_schemas_is_asked_in_words(server: ChatServer) -> None:
    plan, _ = plan_after(server, refuses(400), writes("Here it is:\n```json\n" + json.dumps(GOOD) + "\n```"))
    assert plan.made_by == server.planner
    assert "response_format" not in server.seen[1]


def test_citations_that_nothing_supports_are_dropped_and_told(server: ChatServer) -> None:
    plan, told = plan_after(server, answers(GOOD, cite=["1 bpm", "1 mode", "9 bpm", "tempo-slow"]))
    assert [(one.entry, one.field) for one in plan.citations] == [("tempo-slow", "tempo_bpm")]
    assert told[0].remark == "citations dropped: 1 mode, 9 bpm, tempo-slow"


def test_the_same_question_is_asked_once(server: ChatServer) -> None:
    told: list[Exchange] = []
    asking = planner(server, told)
    first, second = asking.plan(request()), asking.plan(request())
    assert first == second
    assert [one.outcome for one in told] == ["valid", "cached"]
    assert len(server.seen) == 1


def test_answers_are_known_to_a_later_run(server: ChatServer, tmp_path) -> None:
    plans = [make_planner(server.planner, cache=tmp_path, deadline=20).plan(request()) for _ in range(2)]
    assert plans[0] == plans[1]
    assert len(server.seen) == 1


class Stuck:
    """A provider that keeps its thread until it is let go."""

    name = "gguf:stuck"
    identity = "stuck"
    strict = True

    def __init__(self, until) -> None:
        self.until = until

    def answer(self, messages, schema, seconds):
        self.until.wait(30)
        return ""

    def warm(self, messages) -> None: ...

    def close(self) -> None: ...


def test_a_stuck_request_is_abandoned_and_the_planner_says_that_it_is_busy() -> None:
    until, told = Event(), []
    stuck = LlmPlanner(Stuck(until), RulePlanner(), deadline=0.1, told=told.append)
    reasons = [stuck.plan(request()).fallback_reason for _ in range(2)]
    until.set()
    assert reasons == [
        "gguf:stuck: no plan after 0.1 s",
        "gguf:stuck: the model is still busy with an earlier request",
    ]
    assert [one.outcome for one in told] == ["late", "busy"]
    assert told[0].messages


def test_no_model_is_asked_where_music_is_ruled_out(server: ChatServer) -> None:
    asked = replace(request(), profile=Profile(contraindications=frozenset({"musicogenic_epilepsy"})))
    with suppress(InvalidPlan):
        assert planner(server, []).plan(asked).made_by == "rules"
    assert not server.seen
