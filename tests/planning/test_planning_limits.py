"""Nobody's plan leaves the limits of their profile, and every input can be seen at work."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_requests import points, request, requests

from affectlab.errors import InvalidPlan
from affectlab.music.instruments import INSTRUMENTS as PLAYABLE
from affectlab.planning import RulePlanner
from affectlab.planning.effects import effects
from affectlab.planning.history import Case, similar
from affectlab.planning.instruments import INSTRUMENTS
from affectlab.planning.knowledge.store import shipped
from affectlab.planning.limits import check_may_play, limits_of, problems
from affectlab.planning.profile import Contraindication, Profile

CONTRAINDICATIONS = get_args(Contraindication)
plan = RulePlanner().plan

profiles = st.builds(
    Profile,
    contraindications=st.frozensets(st.sampled_from(CONTRAINDICATIONS), max_size=4),
    preferred=st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=3).map(tuple),
    disliked=st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=8).map(tuple),
)


def case(**changes):
    facts = {
        "session": "s1",
        "start": (0.0, 0.5),
        "goal": (0.4, -0.5),
        "goal_name": "relax",
        "tempo_bpm": 60.0,
        "mode": "major",
        "instruments": ("celesta",),
        "gain": 0.8,
        "basis": "report",
    }
    return Case.model_validate(facts | changes)


@given(requests, profiles)
def test_the_rules_keep_every_limit(asked, profile) -> None:
    asked = replace(asked, profile=profile)
    assert problems(plan(asked), asked) == ()


@given(st.frozensets(st.sampled_from(CONTRAINDICATIONS)), st.sampled_from(CONTRAINDICATIONS))
def test_one_more_contraindication_never_widens_a_limit(some, another) -> None:
    fewer, more = (limits_of(Profile(contraindications=one)) for one in (some, some | {another}))
    for name in ("tempo_bpm", "dynamics", "density"):
        (low, high), (lowest, highest) = getattr(more, name), getattr(fewer, name)
        assert lowest <= low < high <= highest
    assert more.step <= fewer.step
    assert more.dynamics_step <= fewer.dynamics_step
    assert more.avoid >= fewer.avoid


@pytest.mark.parametrize(
    ("change", "field", "line"),
    [
        ({"tempo_bpm": 140.0}, "tempo_bpm", "140 is outside 40 to 100"),
        (
            {"section_dynamics": (0.5, 0.2)},
            "section_dynamics",
            "changes by 0.30 at section 2; at most 0.1 a section",
        ),
        ({"section_dynamics": (0.85, 0.85)}, "section_dynamics", "0.85 is outside 0.1 to 0.6"),
    ],
)
def test_problems_name_the_field_and_what_to_do(change, field, line) -> None:
    asked = request(profile=Profile(contraindications=frozenset({"cardiac"})), minutes=1.0)
    made = plan(asked)
    two = {"trajectory": made.trajectory[:1] * 2, "section_dynamics": (0.4, 0.4)}
    found = problems(made.model_copy(update=two | change), asked)
    assert [(one.field, one.message) for one in found] == [(field, line)]


def test_a_trajectory_that_begins_elsewhere_is_a_problem() -> None:
    asked = request(state=(-0.8, 0.8))
    elsewhere = plan(request(state=(0.8, -0.8)))
    assert [one.field for one in problems(elsewhere, asked)] == ["trajectory"]


def test_instruments_that_hurt_or_are_unknown_are_problems() -> None:
    asked = request(profile=Profile(contraindications=frozenset({"tinnitus"})))
    made = plan(asked)
    music = made.attributes.model_copy(update={"instruments": ("celesta", "kazoo")})
    lines = [one.message for one in problems(made.model_copy(update={"attributes": music}), asked)]
    assert lines == ["'celesta' must not play; choose another", "'kazoo' is not known; choose another"]


def test_musicogenic_epilepsy_bars_all_music() -> None:
    with pytest.raises(InvalidPlan, match="musicogenic_epilepsy: no music is planned"):
        check_may_play(Profile(contraindications=frozenset({"musicogenic_epilepsy", "tinnitus"})))
    check_may_play(Profile(contraindications=frozenset(CONTRAINDICATIONS) - {"musicogenic_epilepsy"}))


def test_liked_instruments_come_first_and_disliked_ones_never() -> None:
    made = plan(request(profile=Profile(preferred=("Harp", "techno"), disliked=("piano",))))
    assert made.attributes.instruments[0] == "harp"
    assert "piano" not in made.attributes.instruments


def test_a_profile_without_any_instrument_left_is_refused() -> None:
    many = tuple(sorted(INSTRUMENTS))
    with pytest.raises(InvalidPlan, match="no instrument"):
        plan(request(profile=Profile(disliked=many[:20], trauma_cues=many[20:])))


def test_what_worked_comes_again_and_what_failed_comes_last() -> None:
    usual = plan(request()).attributes.instruments
    assert plan(request(cases=(case(),))).attributes.instruments[0] == "celesta"
    bad = plan(request(cases=(case(gain=-0.5, instruments=usual[:1]),))).attributes.instruments
    assert bad == (*usual[1:], usual[0])


def test_the_likest_past_session_is_first_and_unlike_ones_are_left_out() -> None:
    near, far = case(session="near"), case(session="far", start=(-0.9, -0.9), goal=(0.5, 0.6))
    close = case(session="close", start=(0.3, 0.5))
    found = similar((far, close, near), request(state=(0.0, 0.5)).state, (0.4, -0.5))
    assert [one.session for one in found] == ["near", "close"]


def test_effects_say_what_each_input_changes() -> None:
    asked = request(
        state=(-0.4, 0.7), profile=Profile(preferred=("harp",), contraindications=frozenset({"cardiac"}))
    )
    made = plan(asked)
    found = {(one.without, one.field): one for one in effects(RulePlanner(), asked, made)}
    assert ("contraindication cardiac", "section_dynamics") in found
    liked = found["profile preferred", "attributes"]
    assert liked.planned["instruments"][0] == "harp" != liked.otherwise["instruments"][0]
    assert list(effects(RulePlanner(), request(), plan(request()))) == []


def test_steps_are_shorter_where_surprises_hurt() -> None:
    asked = request(state=(-0.8, 0.8), profile=Profile(contraindications=frozenset({"trauma"})))
    steps = np.linalg.norm(np.diff(points(plan(asked)), axis=0), axis=1)
    assert steps.max() <= 0.15 + 1e-9


def test_plans_know_the_instruments_that_composers_play() -> None:
    assert tuple(PLAYABLE) == INSTRUMENTS


@given(requests, profiles)
def test_every_ground_of_the_rules_exists_and_speaks_for_its_field(asked, profile) -> None:
    known = {entry.id: entry for entry in shipped()}
    made = plan(replace(asked, profile=profile))
    assert made.citations
    assert all(known[one.entry].speaks_for(one.field) for one in made.citations)
    assert len(set(made.citations)) == len(made.citations)
