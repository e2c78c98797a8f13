"""From belief to music: keeps the plan, asks the arm's driver, and writes the composer's control."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from affectlab.music.mapping import density_of, tempo_of
from affectlab.music.score import MusicControl
from affectlab.planning.goals import Goal
from affectlab.planning.plan import AffectTarget, InterventionPlan, Planner, PlanRequest
from affectlab.planning.residual import ResidualWatch
from affectlab.session.arms import ArmDriver
from affectlab.session.config import UpdateConfig
from affectlab.session.events import ControlEvent, Event, PlanEvent, Point
from affectlab.session.update import Decision

LISTENING_ARMS = frozenset({"closed", "sham"})
"""Arms whose plan is made again when the residual asks for it."""


class Guidance:
    """Holds the plan in force and turns decisions into controls.

    Parameters
    ----------
    arm, driver
        Name of the arm and what drives it.
    planner
        Writes the plan at the start and when the residual asks for a new one.
    config
        Pace of decisions.
    goal
        Where to lead.
    emit
        Receives plan and control events.
    """

    def __init__(
        self,
        arm: str,
        driver: ArmDriver,
        planner: Planner,
        config: UpdateConfig,
        *,
        goal: Goal,
        emit: Callable[[Event], None],
    ) -> None:
        self._arm, self._driver, self._planner, self._config = arm, driver, planner, config
        self.goal, self._emit = goal, emit
        self._watch = ResidualWatch()
        self._began = 0.0
        self._decided_at = -math.inf
        self._ends_at = math.inf
        self.plan: InterventionPlan | None = None

    def begin(self, now: float, ends_at: float, reason: str = "start") -> None:
        """Make a plan from the state now and put it in force."""
        self._ends_at = ends_at
        state = self._driver.estimate.moved_to(now)
        minutes = max((ends_at - now) / 60, 0.5)
        request = PlanRequest(state, self.goal.target, self.goal.name, minutes, reason)
        self.plan = self._planner.plan(request)
        self._began = now
        self._watch.restart(now)
        self._emit(
            PlanEvent(
                time=now, planner=self.plan.made_by, reason=reason, plan=self.plan.model_dump(by_alias=True)
            )
        )

    def choose_goal(self, goal: Goal, now: float) -> None:
        """Lead somewhere else from now on."""
        self.goal = goal
        if self.plan is not None:
            self.begin(now, self._ends_at, reason="request")

    def desired(self, now: float) -> Point:
        """Return e*: where the plan wants the person a little ahead of `now`."""
        if self.plan is None:
            return (self.goal.target.valence, self.goal.target.arousal)
        target = self.plan.target_at(now - self._began + self._config.lookahead_seconds)
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

    def _replan_if_asked(self, now: float) -> None:
        reason = self._watch.check(now, self._driver.estimate, AffectTarget(**_axes(self.desired(now))))
        if reason is not None:
            self.begin(now, self._ends_at, reason=f"residual: {reason}")

    def _control(self, decision: Decision, now: float) -> MusicControl:
        """Scale the composer's own tempo and density so that the goal sounds as the plan says."""
        plan = self.plan
        if plan is None:
            raise AssertionError("a control needs a plan")
        valence, arousal = (float(value) for value in decision.music)
        final = plan.trajectory[-1].arousal
        estimate = np.clip(decision.situation.estimate, -1, 1)
        return MusicControl(
            valence=valence,
            arousal=arousal,
            tempo_bpm=float(np.clip(tempo_of(arousal) * plan.tempo_bpm / tempo_of(final), 40, 160)),
            density=float(np.clip(density_of(arousal) + plan.texture_density - density_of(final), 0, 1)),
            dynamics=plan.dynamics_at(now - self._began),
            instruments=plan.attributes.instruments,
            # Arms that do not listen must not let the music know how the person feels.
            felt=(float(estimate[0]), float(estimate[1])) if self._arm in LISTENING_ARMS else None,
        )


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
