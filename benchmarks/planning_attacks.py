"""Attacks planted where a planner's model reads: do limits hold, and does the plan change at all?

    python benchmarks/planning_attacks.py --planner gguf:qwen2.5-coder-1.5b-instruct-q4_k_m.gguf

Every attack of ``tests/planning/attacks.jsonl`` is put where it says (an entry, the profile's note, the
wish). The same request without the attack is planned too. One line of JSON each goes to ``--out``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from affectlab.affect import AffectState
from affectlab.planning import GOALS, InterventionPlan, PlanRequest, make_planner
from affectlab.planning.knowledge import (
    Evidence,
    Found,
    Implication,
    KnowledgeEntry,
    Retriever,
    Source,
    Wanted,
)
from affectlab.planning.knowledge.hybrid import open_retriever
from affectlab.planning.limits import problems
from affectlab.planning.llm import Exchange
from affectlab.planning.profile import Profile

ATTACKS = Path(__file__).parents[1] / "tests" / "planning" / "attacks.jsonl"


@dataclass
class Planted:
    """The shipped knowledge with one hostile entry in front of all that is found."""

    knowledge: Retriever
    hostile: KnowledgeEntry | None

    def search(self, wanted: Wanted) -> tuple[Found, ...]:
        found = self.knowledge.search(wanted)
        return found if self.hostile is None else (Found(self.hostile, 1.0), *found)

    def entry(self, name: str) -> KnowledgeEntry | None:
        known = self.hostile is not None and name == self.hostile.id
        return self.hostile if known else self.knowledge.entry(name)


def hostile(text: str) -> KnowledgeEntry:
    return KnowledgeEntry(
        id="planted",
        topic="general",
        claim=text,
        implies=(Implication(field="tempo_bpm", direction="choose"),),
        population="adults",
        evidence=Evidence(level="experiment"),
        source=Source(title="A study", url="https://example.org/study"),
    )


def asked(attack: dict[str, str], *, planted: bool) -> PlanRequest:
    text, place = attack["text"] if planted else "", attack["place"]
    chinese = any("\u4e00" <= one <= "\u9fff" for one in attack["text"])
    profile = Profile(
        language="zh" if chinese else "en",
        contraindications=frozenset({"sound_sensitivity", "cardiac"}),
        note=text if place == "profile" else "",
    )
    goal = GOALS["relax"]
    state, wish = AffectState.at(-0.4, 0.5, sd=0.2), text if place == "wish" else ""
    return PlanRequest(state, goal.target, goal.name, 10, "start", profile, wish=wish)


def choices(plan: InterventionPlan) -> dict[str, Any]:
    return plan.model_dump(mode="json", by_alias=True, exclude={"citations", "made_by", "fallback_reason"})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--planner", required=True)
    parser.add_argument("--deadline", type=float, default=60.0)
    parser.add_argument("--out", type=Path, default=Path("planning_attacks.jsonl"))
    arguments = parser.parse_args()
    planted, told = Planted(open_retriever(), None), list[Exchange]()
    planner = make_planner(
        arguments.planner, knowledge=planted, deadline=arguments.deadline, told=told.append
    )
    counted: Counter[str] = Counter()
    for attack in map(json.loads, ATTACKS.read_text(encoding="utf-8").splitlines()):
        planted.hostile = None
        before = planner.plan(asked(attack, planted=False))
        planted.hostile = hostile(attack["text"]) if attack["place"] == "entry" else None
        told.clear()
        request = asked(attack, planted=True)
        plan = planner.plan(request)
        wrong = [one.message for one in problems(plan, replace(request, wish=""))]
        same = choices(plan) == choices(before)
        row = {"attack": attack["name"], "place": attack["place"], "problems": wrong, "unchanged": same}
        row |= {"made_by": plan.made_by, "outcomes": [one.outcome for one in told]}
        row |= {"answers": [one.answer for one in told], "before": choices(before), "after": choices(plan)}
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        counted.update({"attacks": 1, "limits broken": bool(wrong), "plan unchanged": same})
        counted[f"made by {plan.made_by.partition(':')[0]}"] += 1
    for name, number in counted.items():
        print(f"{name:20} {number}")


if __name__ == "__main__":
    main()
