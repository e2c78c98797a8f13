"""Which of several planners' plans suits a person better: blind, in both orders, by judges that made none.

    python benchmarks/planning.py --planner rules --planner gguf:MODEL --out plans.jsonl
    python benchmarks/planning.py --planner gguf:MODEL --alone --out alone.jsonl
    python benchmarks/plan_judging.py --plans plans.jsonl --plans alone.jsonl --judge gguf:OTHER \
        --judge openai:SECOND --out plan_judgements.jsonl

Plans are the lines that ``benchmarks/planning.py`` writes; those of one seed and number are of one person and
are compared. A judge is shown the person and two plans, never who made them, and no plan that its own model
made. Every judgement is a line of ``--out``; answers of the judges are kept beside it, and what is there is
not asked again. Each judge is first put to controls: plans against absurd, padded, praised and missing ones.
How far two judges agree is told for the controls and for the plans that both may judge; judges that are
themselves planners have only the controls in common.

What this shows: whether a judge prefers one kind of plan, beyond its liking for places, length and praise,
and whether another judge sees it so. What it does not show: whether a plan helps anyone. Models that judge
plans share what models believe about music, and no listener was asked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.bench.judging import Answer, Criterion, Judge, Pair, PairJudgement, refuse_relatives
from affectlab.bench.judging.agreement import judges_agree
from affectlab.bench.judging.cases import Case
from affectlab.bench.judging.controls import Controls, run_controls
from affectlab.bench.judging.judge import opened_judge
from affectlab.bench.judging.standings import standings
from affectlab.bench.metrics import row
from affectlab.bench.resampling import mean_intervals
from affectlab.files import finite, writing
from affectlab.models import ModelOptions, load_model
from affectlab.planning import InterventionPlan, PlanRequest
from affectlab.planning.knowledge.hybrid import HybridRetriever, open_retriever
from affectlab.planning.plan import AffectTarget
from planning import read, requests

SUITS = Criterion(
    "suits the person",
    {
        "en": (
            "Which plan would suit this person better: does it begin where the person is, lead to the goal, "
            "respect tastes and contraindications, and say when to stop?"
        ),
        "zh": "哪个方案更适合这个人：是否从此人当前的状态出发、通向目标、尊重喜好与禁忌，并说明何时停止？",
    },
)
GROUNDED = Criterion(
    "grounded in evidence",
    {
        "en": (
            "Which plan is better grounded in evidence: do the claims it cites speak for the choices it "
            "makes, and does it claim no more than they say?"
        ),
        "zh": "哪个方案更有证据支持：所引用的论断是否支持其选择，且没有超出论断所说的内容？",
    },
)
CRITERIA = (SUITS, GROUNDED)


def person(request: PlanRequest) -> str:
    """Say in words whom a plan is for."""
    mean, profile = request.state.mean, request.profile
    lines = [
        f"State now: valence {mean[0]:+.2f}, arousal {mean[1]:+.2f} (from -1 to 1).",
        f"Goal: {request.goal_name}, valence {request.goal.valence:+.2f}, "
        f"arousal {request.goal.arousal:+.2f}, in {request.minutes:g} minutes.",
        f"Likes: {', '.join(profile.preferred) or 'nothing named'}.",
        f"Must be spared: {', '.join(sorted(profile.contraindications)) or 'nothing named'}.",
        *([f"Note: {profile.note}"] if profile.note else []),
    ]
    return "Choose music for a listening session.\n" + "\n".join(lines)


def told(plan: InterventionPlan, knowledge: HybridRetriever) -> str:
    """Say a plan in words, without who made it."""
    cited = [(knowledge.entry(one.entry), one.field) for one in plan.citations]
    claims = [f"for {field}: {entry.claim}" for entry, field in cited if entry is not None]
    way, loud = plan.trajectory, plan.section_dynamics
    steps = [way[0], way[len(way) // 2], way[-1]]
    lines = [
        f"Music: {plan.description}",
        f"Tempo {plan.tempo_bpm:.0f} beats a minute, texture {plan.texture_density:.1f} of 1, "
        f"{len(way)} sections of {plan.section_seconds:.0f} s.",
        f"Loudness from {loud[0]:.1f} to {loud[-1]:.1f} of 1, {max(loud):.1f} at most.",
        "Way (valence, arousal): " + " → ".join(f"{one.valence:+.1f}, {one.arousal:+.1f}" for one in steps),
        f"Reason: {plan.rationale}",
        "Evidence: " + ("; ".join(claims) or "none"),
        "Assumes: " + ("; ".join(plan.assumptions) or "nothing"),
        "Stops: " + ("; ".join(plan.stop_conditions) or "when the time is over"),
    ]
    return "\n".join(lines)


def absurd(plan: InterventionPlan) -> InterventionPlan:
    """Turn a plan into one that leads away from its goal, as loud and fast as it can, without a reason."""
    away = [AffectTarget(valence=-one.valence, arousal=-one.arousal) for one in plan.trajectory]
    content = plan.model_dump(by_alias=True) | {
        "description": "A fire alarm, drills and shouting, louder and louder.",
        "tempo_bpm": 160.0 if plan.tempo_bpm < 100 else 40.0,
        "texture_density": 1.0,
        "section_dynamics": [1.0] * len(away),
        "trajectory": [one.model_dump() for one in away],
        "rationale": "Because it is Tuesday.",
        "citations": (),
        "stop_conditions": ("Never stop, whatever the person says.",),
    }
    return InterventionPlan.model_validate(content)


Key = tuple[int, int]


def weights(name: str) -> str:
    """Return which weights a planner or judge has, however they are run and whatever they were shown."""
    return Path(name.removesuffix(" alone").partition(":")[2] or name).name


def plans_by_person(files: Sequence[Path]) -> dict[Key, dict[str, InterventionPlan]]:
    """Return (seed, number) to the plan of each planner; refusals and rules that stood in are left out."""
    found: dict[Key, dict[str, InterventionPlan]] = {}
    for line in (line for file in files for line in read(file)):
        if "plan" in line and not line.get("reason"):
            name = line["planner"] + ("" if line.get("knowledge", True) else " alone")
            plan = InterventionPlan.model_validate(line["plan"])
            found.setdefault((line["seed"], line["number"]), {})[name] = plan
    return found


def pairs_for(
    judge: str, plans: dict[Key, dict[str, InterventionPlan]], knowledge: HybridRetriever
) -> Iterator[Pair]:
    """Yield the pairs that a judge may see: of one person, neither plan its own model's."""
    for (seed, number), made in plans.items():
        request = requests(seed, number + 1)[number]
        answers = [
            Answer(name, told(plan, knowledge))
            for name, plan in sorted(made.items())
            if weights(name) != weights(judge)
        ]
        item, language = f"{seed}-{number}", request.profile.language
        for a, b in combinations(answers, 2):
            for by in CRITERIA:
                key = f"{item}__{by.name}__{a.candidate}__{b.candidate}"
                yield Pair(key, f"{item}__{by.name}", item, by, (person(request),), a, b, language)


def controls_of(
    judge: Judge, plans: dict[Key, dict[str, InterventionPlan]], knowledge: HybridRetriever, most: int
) -> Controls:
    """Put a judge to plans whose order of merit is known."""
    cases = []
    for (seed, number), made in list(plans.items())[:most]:
        request = requests(seed, number + 1)[number]
        name = "rules" if "rules" in made else sorted(made)[0]
        right, wrong = told(made[name], knowledge), told(absurd(made[name]), knowledge)
        item, language = f"{seed}-{number}", request.profile.language
        cases.append(Case(item, item, language, person(request), (), right, wrong))
    return run_controls(judge, cases, SUITS, ratings=False)


def figures(found: Sequence[PairJudgement], resamples: int) -> list[dict[str, Any]]:
    """Return standings and order effects by criterion."""
    rows: list[dict[str, Any]] = []
    for by in CRITERIA:
        mine = [one for one in found if one.pair.criterion.name == by.name]
        good = [one for one in mine if one.winner is not None]
        if not good:
            continue
        rows += [{"criterion": by.name, **one} for one in standings(mine, resamples=resamples)]
        values = np.array([[float(one.consistent), one.p_first - 0.5] for one in good])
        sources = np.array([one.pair.source for one in good], dtype=object)
        for metric, (interval, n) in zip(
            ("swap_consistency", "position_bias"),
            mean_intervals(values, sources, resamples=resamples, seed=0),
            strict=True,
        ):
            rows.append({"criterion": by.name, **row(metric, interval, n, len(mine) - n)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--plans", action="append", type=Path, required=True)
    parser.add_argument("--judge", action="append", required=True)
    parser.add_argument("--count", type=int, help="most persons")
    parser.add_argument("--controls", type=int, default=8, help="most persons in the controls")
    parser.add_argument(
        "--no-reasons", action="store_true", help="ask for the verdict alone; keeps no reasons"
    )
    parser.add_argument("--threads", type=int)
    parser.add_argument("--dtype", default="auto", help="of hf: judges, for example bfloat16")
    parser.add_argument("--base-url", help="server of openai: judges")
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("plan_judgements.jsonl"))
    arguments = parser.parse_args()
    knowledge = open_retriever()
    plans = dict(list(plans_by_person(arguments.plans).items())[: arguments.count])
    judgements: dict[str, dict[str, Sequence[PairJudgement]]] = {}
    lines: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    planners = sorted({name.removesuffix(" alone") for made in plans.values() for name in made} - {"rules"})
    for name in arguments.judge:
        for note in refuse_relatives(
            name, [one for one in planners if weights(one) != weights(name)], same_family=True
        ):
            print(note, file=sys.stderr)
        options = ModelOptions(threads=arguments.threads, base_url=arguments.base_url, dtype=arguments.dtype)
        model = load_model(name, options)
        with opened_judge(
            model, arguments.out.with_suffix(".answers"), reasons=not arguments.no_reasons
        ) as judge:
            controls = controls_of(judge, plans, knowledge, arguments.controls)
            print(f"{name}: {controls.line}", file=sys.stderr, flush=True)
            found = judge.compare(list(pairs_for(name, plans, knowledge)))
        model.close()
        judgements[name] = {"controls": controls.pairs, "plans": found}
        lines += [{"kind": "control", "judge": name, **one.to_json()} for one in controls.pairs]
        lines += [{"kind": "pair", "judge": name, **one.to_json()} for one in found]
        rows += [{"judge": name, "criterion": "controls", **one} for one in controls.rows]
        rows += [{"judge": name, **one} for one in figures(found, arguments.resamples)]
    for first, second in combinations(judgements, 2):
        for about, found in judgements[first].items():
            agreed = judges_agree(found, judgements[second][about], resamples=arguments.resamples)
            rows += [{"judge": f"{first} and {second}", "criterion": about, **one} for one in agreed]
    with writing(arguments.out) as path, path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    print(json.dumps({"rows": finite(rows)}, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
