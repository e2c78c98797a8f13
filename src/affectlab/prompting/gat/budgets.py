"""How many tokens each arm reads and may write, by any tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from affectlab.prompting.gat.prompts import Prompts, example_scan, example_tree
from affectlab.prompting.gat.regions import Region
from affectlab.prompting.gat.rules import ARMS, Arm, GatRules, Language, has_tree, layout_of

CountTokens = Callable[[str], int]

_MATCHED = "cot-matched"


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """Of one arm's question for the emotion, words only: the picture's tokens are the model's affair.

    Parameters
    ----------
    arm
        Its name.
    prompt
        Tokens of the prompt's words, without chat template and picture.
    answer
        Tokens the answer may have.
    expected
        Tokens of a complete answer of the expected length; None where the arm is not ours.
    """

    arm: str
    prompt: int
    answer: int
    expected: int | None


def answer_tokens(arm: Arm, rules: GatRules) -> int:
    """Return how long an answer to the question for the emotion may be."""
    return rules.tree_tokens if has_tree(arm) else rules.plain_tokens


def token_budgets(
    count: CountTokens,
    *,
    labels: Sequence[str] | Mapping[str, str],
    language: Language = "en",
    rules: GatRules | None = None,
    others: Mapping[str, tuple[str, int]] | None = None,
) -> tuple[TokenBudget, ...]:
    """Count the tokens of every arm at the most regions.

    Parameters
    ----------
    count
        Tokens of a text.
    labels, language, rules
        As for `gat`.
    others
        Arm to its prompt and longest answer, for arms that are not ours. "cot-matched" is given
        `GatRules.tree_tokens` whatever is said, so that chain of thought may write as much as the tree.
    """
    rules = rules or GatRules()
    words = dict(labels) if isinstance(labels, Mapping) else {label: label for label in labels}
    ours = [_own(arm, count, words, language, rules) for arm in ARMS]
    rest = [
        TokenBudget(name, count(prompt), rules.tree_tokens if name == _MATCHED else longest, None)
        for name, (prompt, longest) in (others or {}).items()
    ]
    return (*rest, *ours)


def scan_budget(count: CountTokens, language: Language = "en", rules: GatRules | None = None) -> TokenBudget:
    """Count the tokens of the scan that reasoning and generation get their clues from."""
    rules = rules or GatRules()
    prompts = Prompts("gat", _regions(rules), {}, language)
    expected = count(example_scan(rules.most_regions, language))
    return TokenBudget("scan", count(prompts.scan()), rules.scan_tokens, expected)


def _own(
    arm: Arm, count: CountTokens, labels: Mapping[str, str], language: Language, rules: GatRules
) -> TokenBudget:
    regions = () if layout_of(arm) is None else _regions(rules)
    prompt = Prompts(arm, regions, labels, language).eu()
    example = (
        example_tree(list(labels.values()), rules.most_regions, language)
        if has_tree(arm)
        else max(labels.values(), key=count)
    )
    return TokenBudget(arm, count(prompt), answer_tokens(arm, rules), count(example))


def _regions(rules: GatRules) -> tuple[Region, ...]:
    """Return as many regions as there may be, with descriptions of ordinary length."""
    share = 1 / rules.most_regions
    corner = (1 / 6, 1 / 6)
    return tuple(
        Region(number, share, (0.0, 0.0, 1.0, 1.0), corner, corner)
        for number in range(1, rules.most_regions + 1)
    )
