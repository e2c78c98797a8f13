import pytest
from hypothesis import given
from planning_requests import axis

from affectlab.errors import InvalidConfig
from affectlab.planning import GOALS, parse_goal


@pytest.mark.parametrize("name", sorted(GOALS))
def test_names_are_found_however_they_are_written(name) -> None:
    goal = parse_goal(f" {name.upper()} ")
    assert goal is GOALS[name]
    assert goal.name == name


@given(axis, axis)
def test_points_are_read_as_numbers(valence, arousal) -> None:
    goal = parse_goal(f"{valence}, {arousal}")
    assert (goal.target.valence, goal.target.arousal) == (valence, arousal)


def test_goals_point_the_way_their_names_say() -> None:
    arousal = {name: goal.target.arousal for name, goal in GOALS.items()}
    assert arousal["sleep"] < arousal["relax"] < arousal["hold"] < arousal["focus"] < arousal["energise"]
    assert GOALS["uplift"].target.valence == max(goal.target.valence for goal in GOALS.values())


@pytest.mark.parametrize("text", ["happy", "", "0.4", "0.4,-0.5,1", "a,b"])
def test_anything_else_is_answered_with_what_is_known(text) -> None:
    known = "expected one of energise, focus, hold, relax, sleep, uplift, or valence and arousal"
    with pytest.raises(InvalidConfig, match=f"goal '{text}' is not known; {known}"):
        parse_goal(text)


@pytest.mark.parametrize("text", ["1.5,0", "0,-2", "nan,0"])
def test_points_off_the_plane_are_named(text) -> None:
    with pytest.raises(InvalidConfig, match=f"goal '{text}' is off the plane"):
        parse_goal(text)
