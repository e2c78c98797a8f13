"""``affectlab plan``: from a state and a goal to an intervention plan."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affectlab.cli.plan_knowledge import app as knowledge_app

if TYPE_CHECKING:
    from affectlab.planning import InterventionPlan, Planner, PlanRequest
    from affectlab.planning.effects import Effect

app = typer.Typer(name="plan", help="Plan music interventions, and what is known to plan from.")
app.add_typer(knowledge_app)


@app.command()
def make(
    valence: Annotated[float, typer.Option(help="Where the person is, -1 to 1.")],
    arousal: Annotated[float, typer.Option(help="Where the person is, -1 to 1.")],
    goal: Annotated[str, typer.Option(help='relax, sleep, uplift, … or valence and arousal: "0.4,-0.5".')],
    sd: Annotated[float, typer.Option(min=0.01, max=2, help="How uncertain valence and arousal are.")] = 0.2,
    minutes: Annotated[float, typer.Option(min=0.5, max=240, help="Length of the session.")] = 10.0,
    profile: Annotated[Path | None, typer.Option(help="TOML file about the person.")] = None,
    wish: Annotated[str, typer.Option(help="What the person says they want, in their words.")] = "",
    planner: Annotated[str, typer.Option(help="rules, gguf:FILE or openai:MODEL@URL.")] = "rules",
    deadline: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds until the rules plan.")] = 10.0,
    explain: Annotated[bool, typer.Option(help="Say what each thing known of the person changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Make one plan: cited, checked, and by the rules where a model fails."""
    from affectlab.cli.output import print_json
    from affectlab.planning.effects import effects

    request = _request(valence, arousal, sd, goal, minutes, profile, wish)
    maker = _planner(planner, deadline, request)
    plan = maker.plan(request)
    changes = list(effects(maker, request, plan)) if explain else []
    if as_json:
        found: dict[str, Any] = {"command": "plan make", **plan.model_dump(mode="json", by_alias=True)}
        print_json(found | ({"effects": [asdict(one) for one in changes]} if explain else {}))
    else:
        _show(plan, changes)


def _request(
    valence: float, arousal: float, sd: float, goal: str, minutes: float, profile: Path | None, wish: str
) -> PlanRequest:
    import numpy as np

    from affectlab.affect import AffectState
    from affectlab.planning import PlanRequest, parse_goal
    from affectlab.planning.limits import check_may_play
    from affectlab.planning.profile import NOBODY, read_profile

    person = NOBODY if profile is None else read_profile(profile)
    check_may_play(person)
    state = AffectState(np.array([valence, arousal]), np.eye(2) * sd**2, 0.0)
    wanted = parse_goal(goal)
    return PlanRequest(state, wanted.target, wanted.name, minutes, "start", profile=person, wish=wish)


def _planner(name: str, deadline: float, request: PlanRequest) -> Planner:
    """Return a planner that is ready; what it has to load does not count against the deadline."""
    from affectlab.planning import PLANNERS, make_planner
    from affectlab.planning.knowledge.hybrid import open_retriever
    from affectlab.planning.plan import Preparable

    knowledge = None if name in PLANNERS else open_retriever()
    made = make_planner(name, knowledge=knowledge, deadline=deadline)
    if isinstance(made, Preparable):
        made.prepare(request)
    return made


def _show(plan: InterventionPlan, changes: list[Effect]) -> None:
    from affectlab.cli.output import print_pairs, print_rows

    music = plan.attributes
    print_pairs(
        plan.description,
        {
            "made by": plan.made_by
            + (f" (instead of a model: {plan.fallback_reason})" if plan.fallback_reason else ""),
            "music": f"{plan.tempo_bpm:.0f} bpm, density {plan.texture_density:.2f}, {music.mode}, "
            f"{music.register_} register, {music.articulation}",
            "instruments": ", ".join(music.instruments),
            "why": plan.rationale,
            "assumes": " ".join(plan.assumptions),
            "stop at": "; ".join(plan.stop_conditions),
        },
    )
    print_rows(
        f"Sections of {plan.section_seconds:.0f} s",
        [
            {
                "section": number,
                "valence": round(at.valence, 2),
                "arousal": round(at.arousal, 2),
                "dynamics": round(dynamics, 2),
            }
            for number, (at, dynamics) in enumerate(
                zip(plan.trajectory, plan.section_dynamics, strict=True), start=1
            )
        ],
    )
    print_rows("Grounds", [{"field": one.field, "entry": one.entry} for one in plan.citations])
    if changes:
        print_rows(
            "Without this …",
            [{"without": one.without, "field": one.field, "it would be": _brief(one)} for one in changes],
        )


def _brief(effect: Effect) -> str:
    """Say what the field would be, in few words."""
    match effect.field, effect.otherwise:
        case "trajectory", points:
            return " → ".join(
                f"({at['valence']:+.2f}, {at['arousal']:+.2f})" for at in (points[0], points[-1])
            )
        case "citations", citations:
            lost = [one["entry"] for one in effect.planned if one not in citations]
            return f"{len(citations)} grounds; not: {', '.join(lost) or 'none'}"
        case "section_dynamics", values:
            return f"{min(values):.2f} to {max(values):.2f}"
        case "attributes", music:
            return f"{music['mode']}, {music['articulation']}; {', '.join(music['instruments'])}"
        case _, float() as number:
            return f"{number:.2f}"
        case _, lines:
            return "; ".join(str(line) for line in lines)
