"""What is asked: the plain question, the tree, the scan, and reasoning and generation with clues."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from affectlab.prompting.gat.regions import Region
from affectlab.prompting.gat.rules import BRANCHES, INTENSITIES, Arm, Language, has_tree, layout_of
from affectlab.prompting.gat.words import WORDS, Words


@dataclass(frozen=True, slots=True)
class Prompts:
    """The words that go with a picture.

    Parameters
    ----------
    arm
        Decides whether regions are named and whether a tree is asked for.
    regions
        As the text describes them; empty where the model names its own.
    labels
        Label to its word.
    language
        Of the prompts.
    """

    arm: Arm
    regions: tuple[Region, ...]
    labels: Mapping[str, str]
    language: Language

    @property
    def words(self) -> Words:
        """The wording of the language."""
        return WORDS[self.language]

    def eu(self) -> str:
        """Ask for the emotion."""
        words = self.words
        question = words.question.format(labels=words.listing.join(self.labels.values()))
        if not has_tree(self.arm):
            return _lines(words.marks, question, words.plain)
        return _lines(*self._about_regions(), question, words.tree.format(scan=words.scan))

    def scan(self) -> str:
        """Ask what is to be seen in each region."""
        return _lines(*self._about_regions(), self.words.scan, self.words.scan_answer.format())

    def reasoning(self, clues: Mapping[int, str] | str = "") -> str:
        """Ask why the picture evokes its emotion, with the clues of the scan."""
        return _lines(*self._with_clues(clues), self.words.reasoning)

    def generation(self, clues: Mapping[int, str] | str, target: str) -> str:
        """Ask for a paragraph that conveys `target`, a label or a word, with the clues of the scan."""
        wanted = self.labels.get(target, target)
        return _lines(*self._with_clues(clues), self.words.generation.format(target=wanted))

    def _about_regions(self) -> tuple[str, ...]:
        words = self.words
        if layout_of(self.arm) is None:
            return (words.own_regions,)
        if not has_tree(self.arm):
            return (words.marks,)
        described = "\n".join(_described(region, words) for region in self.regions)
        return words.marks, words.regions.format(regions=described)

    def _with_clues(self, clues: Mapping[int, str] | str) -> tuple[str, ...]:
        words = self.words
        marks = () if layout_of(self.arm) is None else (words.marks,)
        told = (
            clues.strip()
            if isinstance(clues, str)
            else "\n".join(words.clue.format(number=number, facts=facts) for number, facts in clues.items())
        )
        return (*marks, words.clues.format(clues=told)) if told else marks


def example_tree(labels: Sequence[str], regions: int, language: Language) -> str:
    """Return a complete answer of the expected length, for counting tokens and for tests."""
    words = WORDS[language]
    fact, keep, prune = words.example
    named = [labels[index % len(labels)] for index in range(BRANCHES)]
    branches = [
        {"emotion": name, "intensity": intensity, "regions": [1, regions]}
        for name, intensity in zip(named, INTENSITIES, strict=True)
    ]
    verdicts = [
        {"branch": number, "keep": number == 1, "why": keep if number == 1 else prune}
        for number in range(1, BRANCHES + 1)
    ]
    tree = {
        "scan": _example_scan(fact, regions),
        "branches": branches,
        "verification": verdicts,
        "survivor": {"emotion": named[0], "intensity": INTENSITIES[0]},
    }
    return json.dumps(tree, ensure_ascii=False)


def example_scan(regions: int, language: Language) -> str:
    """Return a complete answer to the scan of the expected length."""
    return json.dumps({"scan": _example_scan(WORDS[language].example[0], regions)}, ensure_ascii=False)


def _example_scan(fact: str, regions: int) -> list[dict[str, object]]:
    return [{"region": number, "facts": fact} for number in range(1, regions + 1)]


def _described(region: Region, words: Words) -> str:
    x, y = region.mark
    place = words.places[3 * min(2, int(3 * y)) + min(2, int(3 * x))]
    return words.region.format(number=region.number, place=place, percent=max(1, round(100 * region.share)))


def _lines(*parts: str) -> str:
    return "\n\n".join(parts)
