"""What a study puts side by side: a plan, its controls, and its rivals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from affectlab.models import Modality, Request
from affectlab.steering.controls import (
    all_heads,
    always_on,
    oracle,
    other_heads,
    random_heads,
    wrong_target,
)
from affectlab.steering.from_plan import chase_steering
from affectlab.steering.model import Steering
from affectlab.steering.plan import ChasePlan

Role = Literal["unsteered", "chase", "control", "rival"]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of steering in a study.

    Parameters
    ----------
    name
        Unique in the study, safe in file names.
    role
        What it is there for.
    steering
        None for the model left alone.
    about
        A few words for the table.
    """

    name: str
    role: Role
    steering: Steering | None
    about: str


def control_arms(
    plan: ChasePlan,
    conflict: Callable[[Request], bool],
    *,
    random: int,
    dominant: Modality,
    neglected: Modality,
) -> Iterator[Arm]:
    """Yield the controls of `plan`.

    Parameters
    ----------
    conflict
        Whether the evidence of a request conflicts: what an oracle knows.
    random
        How many draws of random heads.
    dominant, neglected
        See `affectlab.steering.controls.wrong_target`.
    """
    yield Arm("oracle-gate", "control", oracle(plan, conflict), "gate open in true conflicts only")
    yield Arm("always-on", "control", chase_steering(always_on(plan)), "gate open for every request")
    yield Arm("all-heads", "control", chase_steering(all_heads(plan)), "every head of the steered layers")
    others = chase_steering(other_heads(plan, 0))
    yield Arm("other-heads", "control", others, "as many heads of the layers that were not chosen")
    for seed in range(random):
        drawn = chase_steering(random_heads(plan, seed))
        yield Arm(f"random-heads-{seed}", "control", drawn, "as many heads of the layers, drawn by chance")
    wrong = wrong_target(plan, dominant=dominant, neglected=neglected)
    yield Arm("wrong-target", "control", chase_steering(wrong), f"towards {dominant} instead of {neglected}")
