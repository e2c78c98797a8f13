"""The rules over a conversation: every turn of the person in the light of the question before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from affectlab.counsel.gate.course import added_up
from affectlab.counsel.gate.reading import Finding, highest
from affectlab.counsel.gate.rules import Rules
from affectlab.counsel.gate.verdict import LEVELS, Level
from affectlab.models import Turn

_LONGEST = 60
"""Turns of the person that are looked back on; ours."""
_NEAR = 6
"""Turns of the person before the last whose signs add to its own; ours."""


@dataclass(frozen=True, slots=True)
class TurnFindings:
    """What the rules find in one turn of the person.

    Parameters
    ----------
    findings
        The gravest first.
    ends
        How many turns of the conversation there were up to this one, itself included.
    """

    findings: tuple[Finding, ...]
    ends: int

    @property
    def level(self) -> Level:
        """The highest of the findings."""
        return highest([finding.level for finding in self.findings])

    @property
    def hopeless(self) -> bool:
        """The person sounds hopeless, or thinks of not being there."""
        return any(finding.own and finding.theme == "hopeless" for finding in self.findings)

    @property
    def reasons(self) -> tuple[str, ...]:
        """One for each finding."""
        return tuple(f"rules: {one.id}: {one.note}" for one in self.findings if one.level != "none")


class ConversationRules:
    """Rules for whole conversations.

    Raises
    ------
    CounselError
        If the rules cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._rules = Rules(folder)

    def find(self, turns: Sequence[Turn]) -> list[TurnFindings]:
        """Return what is found in each turn of the person, in order, as far back as is looked."""
        places = [place for place, turn in enumerate(turns) if turn.role == "user"][-_LONGEST:]
        found: list[TurnFindings] = []
        for place in places:
            own = self._of_turn(turns, place)
            near = [finding for one in found[-_NEAR:] for finding in one.findings]
            found.append(TurnFindings(_once((*self._rules.join(own, near), *own)), place + 1))
        if added_up([one.hopeless for one in found]) and found[-1].level == "low":
            found[-1] = TurnFindings((_ADDED_UP, *found[-1].findings), found[-1].ends)
        return found

    def _of_turn(self, turns: Sequence[Turn], place: int) -> tuple[Finding, ...]:
        text = turns[place].text
        own = self._rules.find(text)
        if place and turns[place - 1].role == "assistant":
            own = self._rules.answers([(turns[place - 1].text, text)]) + own
        return own


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings, each rule once, the gravest first."""
    graver = sorted(findings, key=lambda one: LEVELS.index(one.level))
    return tuple({one.id: one for one in graver}.values())[::-1]


_ADDED_UP = Finding("added-up", "high", "sounded hopeless again and again", "hopeless", "", 0, True)
