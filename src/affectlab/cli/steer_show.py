"""A fitted steering in words and as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affectlab.bench.steering.fitting import FittedPlan
    from affectlab.bench.steering.swept import Sweep
    from affectlab.steering.plan import ChasePlan, ChaseSettings

_CHOSEN = {
    "causal": "that gain most when steered alone",
    "dominance": "that look most at the modality which wins",
    "discriminability": "whose shares tell conflict from agreement best",
    "random": "drawn by chance",
}
_ROWS = {
    "all": "every query",
    "question": "queries after the last token of any modality",
    "last": "the last query",
}
_PHASES = {
    "both": "while the prompt is read and the answer written",
    "prefill": "while the prompt is read",
    "decode": "while the answer is written",
}


def show_plan(plan: ChasePlan, path: Path, *, as_json: bool) -> None:
    """Print what a plan does."""
    from affectlab.cli.output import print_json, print_pairs, print_rows

    if as_json:
        print_json(as_object(plan, path))
        return
    print_pairs(str(path), in_words(plan))
    print_rows("", layer_rows(plan))


def show_fit(fitted: FittedPlan, *, as_json: bool) -> None:
    """Print a plan that was just fitted."""
    from affectlab.cli.output import print_json, print_pairs, print_rows

    plan, file = fitted.plan, fitted.file
    if as_json:
        about = {"command": "steer fit", "plan": str(file), "seconds": fitted.seconds}
        print_json({**about, "manifest": fitted.manifest, "rows": measured_rows(plan)})
        return
    print_pairs(str(file), in_words(plan))
    print_rows("", layer_rows(plan))
    print_pairs("", {**agreement_words(plan), "took": f"{fitted.seconds:.0f} s"})
    sys.stdout.write(
        f"next: affectlab bench run emomm --data {fitted.data} --split test --model {plan.model.name} "
        f"--steer {file} --out runs/steered\n"
    )


def show_sweep(found: Sweep, *, as_json: bool) -> None:
    """Print what a sweep has found."""
    from affectlab.bench.report import print_table
    from affectlab.cli.output import print_json

    settings = found.settings
    files = [settings.out / "sweep.json", settings.out / "sweep.md"]
    files += [settings.write] if settings.write is not None else []
    if as_json:
        print_json({**found.to_json(), "files": [str(file) for file in files]})
        return
    from rich.console import Console

    print_table(found.table, Console())
    for line in (*found.notes, *map(str, files)):
        sys.stdout.write(f"{line}\n")


def in_words(plan: ChasePlan) -> dict[str, str]:
    """Say what a plan does, a name and a line for each thing."""
    settings, model, data = plan.settings, plan.model, plan.data
    moved = " ".join(f"{modality} {part:.2f}" for modality, part in settings.target.items())
    return {
        "model": f"{model.name}, {model.architecture}, {model.layers} layers of {model.heads} heads",
        "fitted on": f"{data.cases} cases ({data.conflicts} in conflict) of {data.sources} sources, "
        f"{data.split} side of {data.name}",
        "steers": _where(plan),
        "heads": _heads(plan),
        "moves": f"attention {settings.eta:.0%} of the way to {moved}, over the modalities there are",
        "when": _when(plan),
        "reaches": f"{_ROWS[settings.rows]}, {_PHASES[settings.phase]}",
    }


def layer_rows(plan: ChasePlan) -> list[dict[str, Any]]:
    """Return one row a steered layer: its heads, and how well its probe tells conflict."""
    return [
        {
            "layer": layer,
            "heads": ", ".join(map(str, one.heads)) or "none",
            "AUC of the probe": "" if one.probe is None else f"{one.probe.auc:.3f}",
        }
        for layer, one in sorted(plan.layers.items())
    ]


def as_object(plan: ChasePlan, path: Path) -> dict[str, Any]:
    """Return what ``steer show --json`` prints: the plan without the weights of its probes."""
    chosen = {(layer, head) for layer, one in plan.layers.items() for head in one.heads}
    return {
        "command": "steer show",
        "plan": str(path),
        **plan.model_dump(mode="json", include={"model", "data", "labels", "settings", "answer_gate"}),
        "layers": [
            {"layer": layer, "heads": list(one.heads), "auc": None if one.probe is None else one.probe.auc}
            for layer, one in sorted(plan.layers.items())
        ],
        "scores": [{**one.model_dump(), "steered": (one.layer, one.head) in chosen} for one in plan.scores],
    }


def measured_rows(plan: ChasePlan) -> list[dict[str, Any]]:
    """Return what was measured in a fit: how well gates tell conflict, how far scores of heads agree."""
    n = plan.data.cases
    gates: list[tuple[int | None, float]] = [
        (layer, one.probe.auc) for layer, one in sorted(plan.layers.items()) if one.probe is not None
    ]
    gates += [(None, plan.answer_gate.auc)] if plan.answer_gate is not None else []
    rows = [
        {"layer": layer, "metric": "auc", "value": value, "low": None, "high": None, "n": n}
        for layer, value in gates
    ]
    if plan.selection is not None:
        of = [(" and ".join(one.scores), one.jaccard) for one in plan.selection.overlap]
        of += [(name, one.jaccard) for name, one in plan.selection.stability.items()]
        about = {"metric": "jaccard", "low": None, "high": None, "n": plan.selection.cases}
        rows += [{"scores": name, "value": value, **about} for name, value in of]
    return rows


def agreement_words(plan: ChasePlan) -> dict[str, str]:
    """Say how far the scores of heads agree with each other and with themselves on other sources."""
    found = plan.selection
    if found is None:
        return {}
    chance = f"(by chance {found.chance:.2f})"
    pairs = ", ".join(f"{' and '.join(one.scores)} {one.jaccard:.2f}" for one in found.overlap)
    halves = ", ".join(f"{name} {one.jaccard:.2f}" for name, one in found.stability.items())
    follows = ", ".join(f"{name} {part:.0%}" for name, part in found.followed.items())
    words = {
        "follows": f"{follows} of conflicts that tell" if follows else "",
        "same heads by": f"{pairs} {chance}" if pairs else "",
        "by half the sources": f"{halves} {chance}" if halves else "",
    }
    return {name: line for name, line in words.items() if line}


def _where(plan: ChasePlan) -> str:
    heads = sum(len(one.heads) for one in plan.layers.values())
    layers = sorted(plan.layers)
    span = f"{layers[0]} to {layers[-1]}" if layers else "none"
    return f"{heads} of {plan.model.layers * plan.model.heads} heads, in {len(layers)} layers ({span})"


def _heads(plan: ChasePlan) -> str:
    settings, found = plan.settings, plan.selection
    if settings.select == "all":
        return "all of these layers"
    roughly = settings.select == "causal" and found is not None and found.causal == "first-order"
    return f"{settings.k} a layer, {_CHOSEN[settings.select]}{' (to first order)' if roughly else ''}"


def _when(plan: ChasePlan) -> str:
    settings: ChaseSettings = plan.settings
    if settings.gate == "always":
        return "always"
    if settings.gate == "probe":
        likely = f"at layers whose probe gives conflict a probability {settings.tau:.2f} or more"
        return "as strongly as a layer's probe is sure of a conflict" if settings.soft else likely
    gate = plan.answer_gate
    known = "" if gate is None else f" exceeds {gate.threshold:.3f} (AUC {gate.auc:.3f})"
    of = (
        "the entropy of the unsteered answer"
        if settings.gate == "entropy"
        else ("the disagreement of the answers to single modalities")
    )
    return f"{of}{known}"
