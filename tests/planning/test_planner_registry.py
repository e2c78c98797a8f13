import pytest
from planning_requests import request

from affectlab.errors import InvalidConfig
from affectlab.planning import PLANNERS, make_planner


@pytest.mark.parametrize("name", PLANNERS)
def test_every_listed_planner_is_made_and_signs_its_plans(name) -> None:
    planner = make_planner(name)
    assert planner.name == name
    assert planner.plan(request()).made_by == name


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InvalidConfig, match="planner 'oracle' is not known; expected one of: rules"):
        make_planner("oracle")
