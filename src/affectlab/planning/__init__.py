"""A person's state and goal to an intervention plan."""

from affectlab.planning.goals import GOALS, Goal, parse_goal
from affectlab.planning.plan import AffectTarget, InterventionPlan, MusicalAttributes, Planner, PlanRequest
from affectlab.planning.registry import PLANNERS, make_planner
from affectlab.planning.residual import ResidualWatch
from affectlab.planning.rules import RulePlanner

__all__ = [
    "GOALS",
    "PLANNERS",
    "AffectTarget",
    "Goal",
    "InterventionPlan",
    "MusicalAttributes",
    "PlanRequest",
    "Planner",
    "ResidualWatch",
    "RulePlanner",
    "make_planner",
    "parse_goal",
]
