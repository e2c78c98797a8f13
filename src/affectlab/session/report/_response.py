"""What the session decided: plans and the update rule's decisions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from affectlab.session.recording import Record, Recording
from affectlab.session.report._html import Html, clock, facts, join, number, paragraph, point, section, table

HIDDEN = "Hidden, because it tells the experiment's arm; an unblinded report shows it."


_COUNTED = {
    "replans": "Planned again",
    "fallbacks": "Fallbacks to the rules",
    "deadlines_missed": "Deadlines missed",
    "dropped": "Answers dropped",
    "exchanges": "Questions to models",
}


def plan_section(recording: Recording, *, unblind: bool) -> Html:
    """Show every plan that came into force, in words and section by section."""
    plans = recording.records["plans"]
    if not plans:
        return section("plan", "Plan", paragraph("No plan came into force."))
    return section(
        "plan", "Plan" if len(plans) == 1 else "Plans", *(_plan(record, unblind) for record in plans)
    )


def _plan(record: Record, unblind: bool) -> Html:
    plan = record["plan"]
    reason = f", because: {record['reason']}" if unblind else ""
    return join(
        [
            Html("<article>"),
            Html(f"<h3>From {clock(record['time'])}</h3>"),
            paragraph(plan.get("description", "")),
            facts(_plan_facts(record)),
            _sections(plan),
            paragraph(f"Why: {plan.get('rationale', '–')} Written by {record['planner']}{reason}.", "note"),
            paragraph(f"Fallback: {plan['fallback_reason']}", "note") if plan.get("fallback_reason") else "",
            _evidence(plan),
            _named("Assumed", plan.get("assumptions")),
            _named("Stop when", plan.get("stop_conditions")),
            Html("</article>"),
        ]
    )


def _plan_facts(record: Record) -> list[tuple[str, object]]:
    plan = record["plan"]
    shown: list[tuple[str, object]] = []
    if "tempo_bpm" in plan:
        shown.append(("Tempo", f"{number(plan['tempo_bpm'], 0)} bpm"))
    if "texture_density" in plan:
        shown.append(("Density", number(plan["texture_density"])))
    for name, value in (plan.get("attributes") or {}).items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else value
        shown.append((str(name).capitalize(), words))
    return shown


def _evidence(plan: dict[str, Any]) -> Html | str:
    """Say what is cited for which field."""
    cited = plan.get("citations") or ()
    if not cited:
        return ""
    words = "; ".join(f"{one['field']}: {one['entry']}" for one in cited)
    return paragraph(f"Evidence: {words}.", "note")


def _named(name: str, lines: list[str] | None) -> Html | str:
    return paragraph(f"{name}: {' '.join(lines)}", "note") if lines else ""


def planning_section(recording: Recording) -> Html | str:
    """Show how plans were made: by whom, what fell back, and what the researcher decided."""
    counts = (recording.summary or {}).get("planning") or {}
    exchanges, choices = recording.records["exchanges"], recording.records["choices"]
    if not (counts or exchanges or choices):
        return ""
    shown: list[tuple[str, object]] = [
        *((f"Plans by {maker}", count) for maker, count in (counts.get("plans") or {}).items()),
        *((words, counts[name]) for name, words in _COUNTED.items() if name in counts),
    ]
    asked = [
        (clock(one["time"]), one["model"], one["outcome"], number(one["seconds"], 1)) for one in exchanges
    ]
    decided = [(clock(one["time"]), one["who"], one["action"]) for one in choices]
    return section(
        "planning",
        "Planning",
        facts(shown) if shown else "",
        table("Questions to models", ("Time", "Model", "Outcome", "Seconds"), asked, numbers=1)
        if asked
        else "",
        table("What was proposed and decided", ("Time", "Who", "What"), decided) if decided else "",
    )


def _sections(plan: dict[str, Any]) -> Html | str:
    seconds = plan.get("section_seconds", 0.0)
    sections = list(zip(plan.get("section_dynamics", ()), plan.get("trajectory", ()), strict=False))
    if not sections:
        return ""
    rows = [
        (index + 1, clock(index * seconds), dynamics, point((target["valence"], target["arousal"])))
        for index, (dynamics, target) in enumerate(sections)
    ]
    head = ("Section", "Begins after", "Dynamics δ", "Target τ (valence / arousal)")
    return table("Sections of the plan", head, rows, numbers=2)


def decisions_section(recording: Recording, *, unblind: bool) -> Html:
    """Show every decision of the update rule with its reason."""
    controls = recording.records["controls"]
    if not controls:
        return section("decisions", "Decisions", paragraph("No decision was taken."))
    if not unblind:
        return section("decisions", "Decisions", paragraph(f"{len(controls)} decisions. {HIDDEN}"))
    kinds = Counter(str(record["kind"]) for record in controls)
    counted = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    head = (
        "Time",
        "Kind",
        "Reason",
        "Estimate e′",
        "Desired e*",
        "Next ẽ",
        "Music",
        "α",
        "Confidence",
        "Tempo",
    )
    return section(
        "decisions",
        "Decisions",
        paragraph(f"{len(controls)} decisions: {counted}. Points are valence / arousal."),
        table("Decisions of the update rule", head, [_decision(record) for record in controls], numbers=7),
    )


def _decision(record: Record) -> tuple[object, ...]:
    kind = str(record["kind"])
    tag = kind if kind in {"lead", "hold", "follow"} else "other"
    return (
        clock(record["time"]),
        join([Html(f'<span class="tag {tag}">'), kind, Html("</span>")]),
        record["reason"],
        *(point(record[name]) for name in ("estimate", "desired", "next_target", "music")),
        record["alpha"],
        record["confidence"],
        "–" if record.get("tempo_bpm") is None else number(record["tempo_bpm"], 0),
    )
