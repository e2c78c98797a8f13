"""Requests and strategies for the tests of the planners."""

import numpy as np
from hypothesis import strategies as st

from affectlab.affect import AffectState
from affectlab.planning import AffectTarget, PlanRequest

axis = st.floats(-1, 1)
targets = st.builds(lambda v, a: AffectTarget(valence=v, arousal=a), axis, axis)
states = st.builds(lambda v, a, sd: AffectState.at(v, a, sd=sd), axis, axis, st.floats(0.01, 1))
requests = st.builds(
    PlanRequest,
    states,
    targets,
    st.sampled_from(["relax", "sleep", "0.4,-0.5"]),
    st.floats(0.01, 1000),
    st.sampled_from(["start", "residual: away", "request"]),
)


def request(
    state=(0.0, 0.0), goal=(0.4, -0.5), minutes=10.0, sd=1e-6, reason="start", **person
) -> PlanRequest:
    target = AffectTarget(valence=goal[0], arousal=goal[1])
    return PlanRequest(AffectState.at(*state, sd=sd), target, "relax", minutes, reason, **person)


def points(plan):
    return np.array([(target.valence, target.arousal) for target in plan.trajectory])
