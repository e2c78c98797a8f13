"""What a model is told of a reader under each condition, and the request that tells it.

What may be answered and the event come first and the profile after them, so that requests about one event
share their beginning whatever the reader and the condition. ``cot-appraisal`` asks for four appraisals
before the emotion: goal relevance and goal congruence (Lazarus, 1991, Emotion and Adaptation, Oxford
University Press), agency and coping potential (Scherer, 2001, in Appraisal Processes in Emotion, Oxford
University Press).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from affectlab.models import Quote, Request
from affectlab.prompting.persona.profile import ReaderProfile, is_mbti
from affectlab.prompting.persona.statements import LETTERS, STATEMENTS, TRAIT_WORDS, Language, level
from affectlab.prompting.persona.wording import WHOM, WORDINGS

CONDITIONS = (
    "none",
    "mbti",
    "bigfive",
    "bigfive-text",
    "both",
    "cot-appraisal",
    "fewshot",
    "shuffled",
    "random",
    "demographic",
)
"""Every way of asking. ``shuffled`` and ``random`` tell of another profile in the words of ``both``."""

_TOLD: dict[str, tuple[str, ...]] = {
    "none": (),
    "mbti": ("mbti",),
    "bigfive": ("traits",),
    "bigfive-text": ("statements",),
    "both": ("mbti", "traits"),
    "cot-appraisal": ("mbti", "traits"),
    "fewshot": (),
    "shuffled": ("mbti", "traits"),
    "random": ("mbti", "traits"),
    "demographic": ("gender",),
}
_TYPE = re.compile(r"[EI][SN][TF][JP]")
_COUNT = re.compile(r"\b([MF])\b")


@dataclass(frozen=True, slots=True)
class Example:
    """What the same reader felt about another event."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Asking:
    """About whom a model is asked, and in which way.

    Parameters
    ----------
    condition
        One of `CONDITIONS`.
    language
        Of everything but the event.
    profile
        What the model is told of; which parts of it, the condition says.
    members
        Readers it stands for; 1 is a single reader.
    examples
        Of the condition ``fewshot``.
    """

    condition: str
    language: Language
    profile: ReaderProfile
    members: int = 1
    examples: tuple[Example, ...] = ()

    @property
    def whom(self) -> str:
        return WHOM[self.language][self.members > 1]


def prediction_request(event: str, asking: Asking, labels: Sequence[str], appraisal: str = "") -> Request:
    """Ask for one of `labels`, the words of the emotions; after `appraisal`, where one was made."""
    words = WORDINGS[asking.language]
    ask = words.ask_many if asking.members > 1 else words.ask_one
    made = words.appraised.format(whom=asking.whom, text=appraisal) if appraisal else ""
    listed = ("、" if _zh(asking) else ", ").join(labels)
    return _request(event, asking, words.system + words.choose.format(labels=listed), made, ask)


def appraisal_request(event: str, asking: Asking) -> Request:
    """Ask for the four appraisals that come before the emotion."""
    words = WORDINGS[asking.language]
    return _request(event, asking, words.system, words.appraise.format(whom=asking.whom))


def rationale_request(event: str, asking: Asking) -> Request:
    """Ask for the emotion and its reasons in the reader's words."""
    words = WORDINGS[asking.language]
    return _request(event, asking, words.system, words.explain.format(whom=asking.whom))


def told(asking: Asking) -> str:
    """Return what a model is told of the reader; empty where it is told nothing."""
    words = WORDINGS[asking.language]
    lines = []
    if facts := [fact for part in _TOLD[asking.condition] if (fact := _fact(part, asking))]:
        head = words.many.format(n=asking.members) if asking.members > 1 else words.one
        lines.append(head + words.colon + words.comma.join(facts) + words.stop)
    if asking.condition == "fewshot" and asking.examples:
        lines.append(words.answers.format(whom=asking.whom))
        named = words.labels
        lines += [
            words.answer.format(text=one.text, label=named.get(one.label, one.label))
            for one in asking.examples
        ]
    return "\n".join(lines)


def _request(event: str, asking: Asking, system: str, *rest: str) -> Request:
    words = WORDINGS[asking.language]
    after = "\n\n".join(part for part in (told(asking), *rest) if part)
    return Request((words.event, Quote(event), f"\n\n{after}"), system=system)


def _fact(part: str, asking: Asking) -> str:
    profile, language = asking.profile, asking.language
    words = WORDINGS[language]
    if part == "gender":
        return (
            words.gender.format(value=_COUNT.sub(lambda found: words.genders[found[1]], profile.gender))
            if profile.gender
            else ""
        )
    if part == "mbti":
        return _mbti(asking)
    if profile.big_five is None:
        return ""
    names = TRAIT_WORDS[language]
    if part == "traits":
        value = _listed(asking, [f"{names[trait]} {score:.2f}" for trait, score in profile.big_five.items()])
        return words.traits.format(value=value)
    value = _listed(
        asking, [STATEMENTS[language][trait][level(score)] for trait, score in profile.big_five.items()]
    )
    return words.statements.format(value=value)


def _mbti(asking: Asking) -> str:
    """Name the type or types, and what their letters stand for."""
    types = _TYPE.findall(asking.profile.mbti)
    if not types:
        return ""
    words = WORDINGS[asking.language]
    meanings = LETTERS[asking.language]
    letters = (
        types[0]
        if is_mbti(asking.profile.mbti)
        else [one for one in meanings if any(one in each for each in types)]
    )
    stands = _listed(asking, [words.letter.format(letter=one, meaning=meanings[one]) for one in letters])
    return words.comma.join(
        [words.mbti.format(value=asking.profile.mbti), words.mbti_mean.format(value=stands)]
    )


def _listed(asking: Asking, parts: Sequence[str]) -> str:
    return ("，" if _zh(asking) else ", ").join(parts)


def _zh(asking: Asking) -> bool:
    return asking.language == "zh"
