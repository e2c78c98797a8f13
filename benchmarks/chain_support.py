"""How often the check of annotated reasoning accepts what is good and refuses what is not.

Usage: python benchmarks/chain_support.py [--cases benchmarks/chain_cases.jsonl]

Cases are the developers' own: question, answer, and reasoning that leads from one to the other, in English
and Chinese. Made of each: ``another`` (the reasoning of the next case), ``generic`` (reasoning that fits
anybody), ``copied`` (sentences of the texts), ``misread`` (a wrong reading of the feelings, written by hand)
and ``adds`` (a strategy with advice that the answer lacks, written by hand). Written after the thresholds,
which have not been changed since. The check is lexical, so ``misread`` is refused by chance only. Prints
how many are accepted, with Wilson's 95 % interval, and medians of the shares that the thresholds look at.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from scipy.stats import binomtest

from affectlab.counsel.data.support import Support, support_of
from affectlab.counsel.rows import CounselRow
from affectlab.models import Turn
from affectlab.prompting.empathy import LAYERS, Chain

GENERIC = {
    "en": Chain(
        "The person feels sad, worried and alone with a difficult situation.",
        "Behind this lie high expectations, negative thoughts and earlier disappointments.",
        "The person seeks understanding, comfort and some advice.",
        "The answer shows empathy, validates the emotions and offers practical steps.",
    ),
    "zh": Chain(
        "对方感到难过、焦虑和孤独，处境很艰难。",
        "背后是过高的期待、消极的念头和过去的失望。",
        "对方需要理解和安慰，也希望得到一些建议。",
        "回答表达了共情，肯定了情绪，并给出了可行的步骤。",
    ),
}
ROW = "{:<9}{:<5}{:>10}{:>8}{:>16}{:>10}{:>9}{:>9}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, default=Path(__file__).with_name("chain_cases.jsonl"))
    arguments = parser.parse_args()
    cases = [json.loads(line) for line in arguments.cases.read_text(encoding="utf-8").splitlines()]
    print(ROW.format("kind", "", "accepted", "share", "95 %", "L1 to L3", "L4", "copied"))
    for language in ("en", "zh"):
        own = [case for case in cases if case["language"] == language]
        found = [(kind, support_of(chain, row_of(case))) for case, kind, chain in chains(own)]
        for kind in dict.fromkeys(kind for kind, _ in found):
            print(line(kind, language, [support for one, support in found if one == kind]))


def chains(cases: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str, Chain]]:
    """Yield every case with each of its kinds of reasoning."""
    for place, case in enumerate(cases):
        good = chain_of(case)
        yield case, "good", good
        yield case, "another", chain_of(cases[(place + 1) % len(cases)])
        yield case, "generic", GENERIC[case["language"]]
        yield case, "copied", copied(case)
        yield case, "misread", good._replace(emotions=case["misread"])
        yield case, "adds", good._replace(strategy=case["adds"])


def chain_of(case: dict[str, Any]) -> Chain:
    """Return the reasoning that was written for a case."""
    return Chain(*(case["chain"][layer] for layer in LAYERS))


def copied(case: dict[str, Any]) -> Chain:
    """Return sentences of the texts in the place of reasoning."""
    asked = sentences(case["question"])
    answered = sentences(case["answer"])
    return Chain(asked[0], asked[1], asked[-1], answered[-1])


def sentences(text: str) -> list[str]:
    """Divide a text after its stops."""
    return [one.strip() for one in re.split(r"(?<=[.!?。！？])", text) if one.strip()]


def row_of(case: dict[str, Any]) -> CounselRow:
    """Return a case as the check takes it."""
    return CounselRow(
        id=case["id"],
        source="own",
        group=case["id"],
        language=case["language"],
        turns=(Turn("user", case["question"]),),
        split="train",
        answer=case["answer"],
    )


def line(kind: str, language: str, found: Sequence[Support]) -> str:
    """Return a line of the table."""
    accepted = sum(not one.lacks for one in found)
    low, high = binomtest(accepted, len(found)).proportion_ci(method="wilson")
    shares = (median(getattr(one, name) for one in found) for name in ("reading", "advice", "copied"))
    return ROW.format(
        kind,
        language,
        f"{accepted}/{len(found)}",
        f"{accepted / len(found):.2f}",
        f"[{low:.2f}, {high:.2f}]",
        *(f"{one:.2f}" for one in shares),
    )


if __name__ == "__main__":
    main()
