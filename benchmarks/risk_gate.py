"""How the risk gate does on the written cases, with graders up and down, and how long it takes.

Usage: python benchmarks/risk_gate.py [--cases benchmarks/gate_cases.jsonl] [--model NAME] [--limit N]
                                      [--counsel-chat FILE] [--withdrawal]

Cases are the developers' own: the test half was written before any rule, the rules were developed on the
development half, and both were written by the same people as the rules. Figures on them say what the gate
does with such sentences and nothing of people in distress. The rival is a plain list of keywords. Intervals
are Wilson's, 95 %. --counsel-chat reads CounselChat (CSV with questionID, questionTitle, questionText, topic
and answerText). It shows alarm rates by topic, of the questions with odd numbers, since those with even ones
were read while the rules were made, and which of the therapists' answers would be held back.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from affectlab.counsel.gate import (
    LEVELS,
    GateConfig,
    Level,
    ModelGrader,
    RiskGate,
    Verdict,
    read_talks,
    watch_talk,
)
from affectlab.counsel.gate.answers import AnswerRules
from affectlab.models import Turn

KEYWORDS = tuple(
    re.findall(
        r"\S+",
        "suicid kill die dead death cut overdose pills gun rope knife abuse rape hang jump bridge self-harm "
        "hurt hits beats 自杀 自残 死 杀 割 跳楼 上吊 遗书 安眠药 强奸 家暴 打我 不想活 轻生 结束 伤害 刀",
    )
)
COLUMNS = ("high or more, of those", "immediate, of those", "alarm high, of calm", "low or more, of none")
ROW = "{:<11}{:<22}{:<14}{:>26}{:>26}{:>26}{:>26}"
Reader = Callable[[Sequence[Turn]], Level]


class Broken:
    """A classifier that is down."""

    name = "classifier"

    def grade(self, turns: Sequence[Turn]) -> Verdict:
        raise RuntimeError("down on purpose")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, default=Path(__file__).with_name("gate_cases.jsonl"))
    parser.add_argument("--model")
    parser.add_argument("--limit", type=int, help="Every n-th case only, so that about so many are left.")
    parser.add_argument("--counsel-chat", type=Path)
    parser.add_argument("--withdrawal", action="store_true")
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in arguments.cases.read_text(encoding="utf-8").splitlines()]
    if arguments.limit:
        cases = cases[:: max(1, len(cases) // arguments.limit)]
    conditions = opened(arguments.model)
    print(ROW.format("half", "graders", "what", *COLUMNS))
    for name, read in conditions.items():
        read([Turn("user", "hello 你好")])
        graded = [(case, *timed(read, case)) for case in cases]
        for half in ("dev", "test"):
            part = [one for one in graded if one[0]["split"] == half]
            show(half, name, part, by_kind=name in {"up", "keywords"} and half == "test")
        seconds = np.array([seconds for _, _, seconds in graded])
        middle, late = np.quantile(seconds, (0.5, 0.99)) * 1e3
        print(f"{'':11}{name:<22}p50 {middle:.3f} ms, p99 {late:.3f} ms")
    if arguments.counsel_chat:
        real_questions(arguments.counsel_chat, conditions)
        real_answers(arguments.counsel_chat)
    if arguments.withdrawal:
        withdrawal(arguments.model)


def opened(model: str | None) -> dict[str, Reader]:
    """Return what reads a conversation, by condition."""
    gates = {
        "up": RiskGate.open(GateConfig()),
        "rules alone": RiskGate.open(GateConfig(classifier=False)),
        "classifier down": RiskGate.open(GateConfig(classifier=False), [Broken()]),
    }
    if model:
        from affectlab.models import ModelOptions, load_model

        voter = ModelGrader(load_model(model, ModelOptions()))
        gates["up + model"] = RiskGate.open(GateConfig(deadline_s=300), [voter])
        return {
            **{name: level_of(gate) for name, gate in gates.items()},
            "model alone": lambda turns: voter.grade(turns).level,
            "keywords": keywords,
        }
    return {**{name: level_of(gate) for name, gate in gates.items()}, "keywords": keywords}


def level_of(gate: RiskGate) -> Reader:
    return lambda turns: gate.read(turns).level


def keywords(turns: Sequence[Turn]) -> Level:
    """High where a keyword stands in the person's last words."""
    text = turns[-1].text.casefold()
    return "high" if any(word in text for word in KEYWORDS) else "none"


def timed(read: Reader, case: dict[str, Any]) -> tuple[Level, float]:
    turns = [Turn(turn["role"], turn["text"]) for turn in case["turns"]]
    started = time.perf_counter()
    level = read(turns)
    return level, time.perf_counter() - started


def show(half: str, name: str, part: list[Any], *, by_kind: bool) -> None:
    groups: dict[str, list[Any]] = defaultdict(list)
    for one in part:
        groups["all"].append(one)
        groups[one[0]["language"]].append(one)
        if by_kind:
            groups[one[0]["kind"]].append(one)
    for what, ones in groups.items():
        print(ROW.format(half, name, what, *figures(ones)))


def figures(ones: list[Any]) -> list[str]:
    """Recall at high, recall at immediate, alarms at high, low or more where only none is right."""
    ranks = [(LEVELS.index(level), case) for case, level, _ in ones]
    lowest = [
        (rank, LEVELS.index(case["levels"][0]), LEVELS.index(case["levels"][-1])) for rank, case in ranks
    ]
    return [
        share([rank >= 2 for rank, least, _ in lowest if least >= 2]),
        share([rank == 3 for rank, least, _ in lowest if least == 3]),
        share([rank >= 2 for rank, _, most in lowest if most <= 1]),
        share([rank >= 1 for rank, _, most in lowest if most == 0]),
    ]


def share(hits: list[bool]) -> str:
    if not hits:
        return "–"
    low, high = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return f"{sum(hits)}/{len(hits)} {sum(hits) / len(hits):.3f} [{low:.2f}, {high:.2f}]"


def real_questions(path: Path, conditions: dict[str, Reader]) -> None:
    """Print how many questions of each topic are graded high or more, and low or more."""
    asked: dict[str, tuple[str, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["questionID"]) % 2 == 0:
                continue
            words = f"{row['questionTitle']}. {row['questionText']}"
            asked[row["questionID"]] = (row.get("topic") or row.get("topics") or "", words)
    topics: dict[str, list[str]] = defaultdict(list)
    for topic, words in asked.values():
        topics[topic].append(words)
        topics["all"].append(words)
    print(f"\nCounselChat, {len(asked)} questions")
    for name, read in conditions.items():
        for topic, many in sorted(topics.items(), key=lambda item: -len(item[1])):
            if len(many) < 8:
                continue
            ranks = [LEVELS.index(read([Turn("user", words)])) for words in many]
            print(f"{name:<22}{topic[:40]:<42}high or more {share([r >= 2 for r in ranks])}  "
                  f"low or more {share([r >= 1 for r in ranks])}")  # fmt: skip


def real_answers(path: Path) -> None:
    """Print how many of the therapists' answers the gate would hold back, by rule; one may break several."""
    with path.open(encoding="utf-8", newline="") as file:
        answers = [row["answerText"] for row in csv.DictReader(file)]
    rules = AnswerRules()
    broken = [{reason.split(": ")[1] for reason in rules.violations(answer)} for answer in answers]
    print(f"\nanswers held back {share([bool(found) for found in broken])}")
    for name in sorted(set().union(*broken)):
        print(f"  {name:<20}{share([name in found for found in broken])}")


def withdrawal(model: str | None) -> None:
    """Print how many replies withdraw, of a model that always declines and of `model`, bare and guarded."""
    answers: dict[str, Callable[[Sequence[Turn]], str]] = {"declines": declines}
    if model:
        answers[model] = speaking(model)
    gate = RiskGate.open(GateConfig())
    for name, answer in answers.items():
        for guard in (None, gate):
            reports = [report for talk in read_talks() for report in watch_talk(talk, answer, guard)]
            risky = [report for report in reports if LEVELS.index(report.level) >= 2]
            about = f"{name} {'guarded' if guard else 'bare'}"
            print(f"{about:<50}withdrew, of turns at high or more {share([one.withdrew for one in risky])}")
            if guard:
                for one in reports:
                    print(f"  {one.talk:<20}{one.turn:>3} {one.level:<10} took up {one.acknowledged!s:<6}"
                          f"asked {one.asked!s:<6}guided {one.guided!s:<6}repeated {one.repeated!s:<6}"
                          f"own {one.own!s}")  # fmt: skip


def declines(turns: Sequence[Turn]) -> str:
    """Answer as a model does that has withdrawn."""
    return "I can't help with that."


def speaking(name: str) -> Callable[[Sequence[Turn]], str]:
    from affectlab.models import Generation, ModelOptions, Request, Sampling, load_model

    model = load_model(name, ModelOptions())

    def answer(turns: Sequence[Turn]) -> str:
        request = Request((turns[-1].text,), earlier=tuple(turns[:-1]))
        said = model.generate([request], Sampling(max_tokens=120))[0]
        return said.text if isinstance(said, Generation) else ""

    return answer


if __name__ == "__main__":
    main()
