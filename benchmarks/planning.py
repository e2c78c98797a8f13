"""Plans for seeded states and profiles: how many are valid, what they cite, how long they take.

    python benchmarks/planning.py --planner rules --planner gguf:qwen2.5-coder-1.5b-instruct-q4_k_m.gguf

Every plan is a line of ``--out``; what is there is not asked again.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

import numpy as np

from affectlab.affect import AffectState
from affectlab.errors import AffectlabError
from affectlab.planning import GOALS, PlanRequest, make_planner
from affectlab.planning.knowledge.hybrid import open_retriever
from affectlab.planning.limits import MUST_NOT_PLAY, problems
from affectlab.planning.llm import Exchange, LlmPlanner
from affectlab.planning.profile import Contraindication, Profile

TASTES = {"en": ("piano", "jazz", "rain", "strings", "folk"), "zh": ("钢琴", "古琴", "爵士", "民谣", "雨声")}
NOTES = {
    "en": ("", "Slept badly this week.", "Listens in the evening.", "New to this."),
    "zh": ("", "最近睡眠不好。", "晚上聆听。", "第一次参加。"),
}
KEY = ("planner", "deadline", "prepared", "knowledge", "seed", "number")


def requests(seed: int, count: int) -> list[PlanRequest]:
    """Return states, goals and profiles, half of them Chinese, a third with contraindications."""
    random = np.random.default_rng(seed)
    playable = [one for one in get_args(Contraindication) if one not in MUST_NOT_PLAY]
    goals = list(GOALS.values())
    made = []
    for number in range(count):
        language = ("en", "zh")[number % 2]
        barred = random.choice(playable, int(random.integers(1, 3)), replace=False) if number % 3 == 0 else ()
        profile = Profile(
            language=language,
            preferred=tuple(random.choice(TASTES[language], 2, replace=False).tolist()),
            contraindications=frozenset(str(one) for one in barred),
            note=str(random.choice(NOTES[language])),
        )
        goal = goals[int(random.integers(len(goals)))]
        valence, arousal = random.uniform(-0.9, 0.9, 2)
        state = AffectState.at(float(valence), float(arousal), sd=float(random.uniform(0.1, 0.5)))
        minutes = float(random.choice([5, 10, 15, 20]))
        made.append(PlanRequest(state, goal.target, goal.name, minutes, "start", profile))
    return made


def measure(name: str, arguments: argparse.Namespace, done: set[tuple[Any, ...]]) -> None:
    """Plan every request that is not done, and write a line for each."""
    knowledge, told = open_retriever(), list[Exchange]()
    shown = None if arguments.alone else knowledge
    planner = make_planner(name, knowledge=shown, deadline=arguments.deadline, told=told.append)
    asked = requests(arguments.seed, arguments.count)
    if isinstance(planner, LlmPlanner):
        # Any request makes the model load and read the instructions of its language.
        for request in asked[:2]:
            planner.prepare(replace(request, profile=Profile(language=request.profile.language)))
    for number, request in enumerate(asked):
        if _key(name, arguments, number) in done:
            continue
        told.clear()
        if arguments.prepared and isinstance(planner, LlmPlanner):
            planner.prepare(replace(request, state=AffectState.at(0, 0, sd=0.3)))
        began = time.perf_counter()
        try:
            plan = planner.plan(request)
        except AffectlabError as error:
            row: dict[str, Any] = {"refused": str(error)}
        else:
            spoken = [(knowledge.entry(one.entry), one.field) for one in plan.citations]
            row = {
                "made_by": plan.made_by,
                "reason": plan.fallback_reason,
                "problems": [one.message for one in problems(plan, request)],
                "citations": len(spoken),
                "exist": sum(entry is not None for entry, _ in spoken),
                "supported": sum(entry is not None and entry.speaks_for(field) for entry, field in spoken),
                "plan": plan.model_dump(mode="json", by_alias=True),
            }
        row |= dict(
            zip(
                KEY,
                _key(name, arguments, number),
                strict=True,
            )
        )
        row |= {"seconds": time.perf_counter() - began, "outcomes": [one.outcome for one in told]}
        row["answers"] = [one.answer for one in told]
        row["remarks"] = [one.remark for one in told]
        with arguments.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        while planner_busy(planner):
            time.sleep(0.1)


def planner_busy(planner: Any) -> bool:
    """Whether a request that was given up still runs."""
    return isinstance(planner, LlmPlanner) and planner.busy


def _key(name: str, arguments: argparse.Namespace, number: int) -> tuple[Any, ...]:
    return name, arguments.deadline, arguments.prepared, not arguments.alone, arguments.seed, number


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return shares and times of one planner's rows."""
    n = len(rows)
    cited = sum(row.get("citations", 0) for row in rows)
    seconds = [row["seconds"] for row in rows]
    return {
        "planner": rows[0]["planner"],
        "deadline": rows[0]["deadline"],
        "prepared": rows[0]["prepared"],
        "knowledge": rows[0]["knowledge"],
        "n": n,
        "first_try": sum(row["outcomes"] == ["valid"] for row in rows),
        "after_repair": sum(row["outcomes"] == ["repair", "valid"] for row in rows),
        "fallback": sum(bool(row.get("reason")) for row in rows),
        "refused": sum("refused" in row for row in rows),
        "within_limits": sum(row.get("problems") == [] for row in rows),
        "citing": sum(row.get("citations", 0) > 0 for row in rows),
        "citations_exist": sum(row.get("exist", 0) for row in rows) / cited if cited else None,
        "supported": sum(row.get("supported", 0) for row in rows) / cited if cited else None,
        "seconds_p50": float(np.percentile(seconds, 50)),
        "seconds_p95": float(np.percentile(seconds, 95)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--planner", action="append", default=[])
    parser.add_argument("--deadline", type=float, default=10.0)
    parser.add_argument("--prepared", action="store_true", help="let the model read the person in advance")
    parser.add_argument("--alone", action="store_true", help="show the model nothing of the knowledge base")
    parser.add_argument("--seed", type=int, default=7, help="figures are reported for 7; tune with others")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--out", type=Path, default=Path("planning.jsonl"))
    arguments = parser.parse_args()
    done = {tuple(row[one] for one in KEY) for row in read(arguments.out)}
    for name in arguments.planner:
        measure(name, arguments, done)
    kind = KEY[:-1]
    rows = sorted(read(arguments.out), key=lambda row: [str(row[one]) for one in kind])
    groups = groupby(rows, key=lambda row: [row[one] for one in kind])
    print(json.dumps({"rows": [summary(list(group)) for _, group in groups]}, indent=2))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows that are there; a last line that was cut is not one."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    # Lines that do not say so are of planners that were shown the knowledge base.
    return [{"knowledge": True, **json.loads(line)} for line in lines if line.endswith("}")]


if __name__ == "__main__":
    main()
