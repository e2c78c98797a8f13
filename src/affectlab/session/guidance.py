"""From belief to music: keeps the plan, asks the arm's driver, and writes the composer's control."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from affectlab.music.mapping import density_of, tempo_of
from affectlab.music.score import MusicControl
from affectlab.planning.goals import Goal
from affectlab.planning.history import similar
from affectlab.planning.limits import PlanLimits
from affectlab.planning.plan import AffectTarget, InterventionPlan, PlanRequest
from affectlab.planning.residual import ResidualWatch
from affectlab.session.arms import ArmDriver
from affectlab.session.bounds import Bounds
from affectlab.session.brief import Brief
from affectlab.session.config import UpdateConfig
from affectlab.session.events import ControlEvent, Event, Point
from affectlab.session.plan_desk import PlanDesk
from affectlab.session.update import Decision

LISTENING_ARMS = frozenset({"closed", "sham"})
"""Arms whose plan is made again when the residual asks for it."""


class Guidance:
    """Holds the plan in force and turns decisions into controls.

    Parameters
    ----------
    arm, driver
        Name of the arm and what drives it.
    desk
        Keeps a plan in force: asked for one at the start and when the residual wants a new one.
    config
        Pace of decisions.
    goal
        Where to lead.
    brief
        The person: what planners are told, and the limits that every control keeps.
    emit
        Receives control events.

    Raises
    ------
    InvalidConfig
        If the person's limits leave no instrument for a part of the music.
    """

    def __init__(
        self,
        arm: str,
        driver: ArmDriver,
        desk: PlanDesk,
        config: UpdateConfig,
        *,
        goal: Goal,
        brief: Brief,
        emit: Callable[[Event], None],
    ) -> None:
        self._arm, self._driver, self.desk, self._config = arm, driver, desk, config
        self.goal, self._brief, self._emit = goal, brief, emit
        self._bounds = Bounds(brief.limits)
        self._watch = ResidualWatch()
        self._watched: PlanRequest | None = None
        self._decided_at = -math.inf
        self._ends_at = math.inf

    @property
    def limits(self) -> PlanLimits:
        """What no plan and no control for this person may exceed."""
        return self._brief.limits

    @property
    def plan(self) -> InterventionPlan | None:
        """The plan in force, None before the music."""
        here = self.desk.in_force
        return None if here is None else here.plan

    def warm(self, minutes: float) -> None:
        """Let the planner load what it needs for a session of `minutes`."""
        self.desk.warm(self._request(0.0, minutes, "start"))

    def prepare(self, now: float, minutes: float) -> None:
        """Ask early for a plan of a session of `minutes`, so that it may be there when the music begins."""
        self.desk.prepare(self._request(now, minutes, "start"))

    def begin(self, now: float, ends_at: float, reason: str = "start") -> None:
        """Have a plan made from the state now; one is in force from here on."""
        self._ends_at = ends_at
        self.desk.begin(self._request(now, (ends_at - now) / 60, reason), now)
        self._watch.restart(now)

    def poll(self, now: float) -> None:
        """Take in what planners have answered since the last time; never waits."""
        self.desk.poll(now)
        here = self.desk.in_force
        if here is not None and here.request is not self._watched:
            self._watched = here.request
            self._watch.restart(now)

    def choose_goal(self, goal: Goal, now: float) -> None:
        """Lead somewhere else from now on."""
        self.goal = goal
        if self.plan is not None:
            self.begin(now, self._ends_at, reason="request")
        else:
            self.desk.drop()

    def desired(self, now: float) -> Point:
        """Return e*: where the plan wants the person a little ahead of `now`."""
        here = self.desk.in_force
        if here is None:
            return (self.goal.target.valence, self.goal.target.arousal)
        target = here.plan.target_at(now - here.began + self._config.lookahead_seconds)
        return (target.valence, target.arousal)

    def step(self, now: float) -> MusicControl | None:
        """Decide when a decision is due; return the new control, or None when nothing changes."""
        if self.plan is None or now - self._decided_at < self._config.decision_seconds:
            return None
        self._decided_at = now
        if self._arm in LISTENING_ARMS:
            self._replan_if_asked(now)
        decision = self._driver.decide(now, np.array(self.desired(now)))
        control = self._control(decision, now)
        self._emit(_event(decision, control, self._arm, now))
        return control

    def _request(self, now: float, minutes: float, reason: str) -> PlanRequest:
        state = self._driver.estimate.moved_to(now)
        goal, brief = self.goal.target, self._brief
        return PlanRequest(
            state,
            goal,
            self.goal.name,
            max(minutes, 0.5),
            reason,
            profile=brief.profile,
            cases=similar(brief.cases, state, (goal.valence, goal.arousal)),
            wish=brief.wish,
        )

    def _replan_if_asked(self, now: float) -> None:
        reason = self._watch.check(now, self._driver.estimate, AffectTarget(**_axes(self.desired(now))))
        if reason is not None:
            self.begin(now, self._ends_at, reason=f"residual: {reason}")

    def _control(self, decision: Decision, now: float) -> MusicControl:
        """Scale the composer's own tempo and density so that the goal sounds as the plan says."""
        here = self.desk.in_force
        if here is None:
            raise AssertionError("a control needs a plan")
        plan = here.plan
        valence, arousal = (float(value) for value in decision.music)
        final = plan.trajectory[-1].arousal
        estimate = np.clip(decision.situation.estimate, -1, 1)
        wanted = MusicControl(
            valence=valence,
            arousal=arousal,
            tempo_bpm=float(np.clip(tempo_of(arousal) * plan.tempo_bpm / tempo_of(final), 40, 160)),
            density=float(np.clip(density_of(arousal) + plan.texture_density - density_of(final), 0, 1)),
            dynamics=plan.dynamics_at(now - here.began),
            instruments=plan.attributes.instruments,
            # Arms that do not listen must not let the music know how the person feels.
            felt=(float(estimate[0]), float(estimate[1])) if self._arm in LISTENING_ARMS else None,
        )
        return self._bounds.keep(wanted)


def _axes(point: Point) -> dict[str, float]:
    return {"valence": point[0], "arousal": point[1]}


def _event(decision: Decision, control: MusicControl, arm: str, now: float) -> ControlEvent:
    situation = decision.situation
    return ControlEvent(
        time=now,
        kind=decision.kind,
        reason=decision.reason,
        arm=arm,
        desired=_point(situation.desired),
        estimate=_point(situation.estimate),
        next_target=_point(decision.next_target),
        music=_point(decision.music),
        alpha=round(decision.alpha, 4),
        confidence=round(situation.confidence, 4),
        tempo_bpm=control.tempo_bpm,
        density=control.density,
        dynamics=control.dynamics,
    )


def _point(vector: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Point:
    return (round(float(vector[0]), 4), round(float(vector[1]), 4))
