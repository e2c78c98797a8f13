"""The words in which EmoBench is asked, English and Chinese; ours, after what the benchmark asks for.

The scenario stands first, so that all questions about it share their beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from affectlab.models import Part, Quote, Request

LETTERS = "ABCDEFGHIJ"

Form = Literal["letter", "thought"]
"""The letter of the answer at once, or what speaks for each option, without a letter."""


@dataclass(frozen=True, slots=True)
class _Words:
    system: str
    scenario: str
    action: Mapping[str, str]
    emotion: str
    cause: str
    cause_unknown: str
    options: str
    letter: str
    thought: str
    thoughts: str


_EN = _Words(
    system=(
        "You are given a scenario, a question about a person in it, and several options. Put yourself in the "
        "person's place and pick the one option that fits best."
    ),
    scenario="Scenario:\n",
    action={
        "Response": "Which response by {subject} would help most here?",
        "Action": "Which action by {subject} would help most here?",
    },
    emotion="What does {subject} feel in the end?",
    cause="Why does {subject} feel {emotion}?",
    cause_unknown="Why does {subject} feel this way?",
    options="\n\nOptions:\n",
    letter="\n\nReply with the letter of the option and nothing else.",
    thought=(
        "\n\nThink step by step: what {subject} feels and wants, what the scenario tells of the past, and "
        "what each option would mean. Do not name a letter yet; a few sentences are enough."
    ),
    thoughts="\n\nYour thoughts on it:\n",
)
_ZH = _Words(
    system="你会看到一个情景、一个关于其中人物的问题，以及若干选项。请设身处地为该人物着想，选出最合适的一项。",
    scenario="情景：\n",
    action={"Response": "此时{subject}怎样回应最有帮助？", "Action": "此时{subject}怎样做最有帮助？"},
    emotion="{subject}最终的感受是什么？",
    cause="{subject}为什么会感到{emotion}？",
    cause_unknown="{subject}为什么会有这样的感受？",
    options="\n\n选项：\n",
    letter="\n\n只回复选项的字母，不要写别的。",
    thought="\n\n请一步步思考：{subject}的感受和愿望是什么，情景中提到了哪些往事，每个选项意味着什么。先不要说出字母，几句话即可。",
    thoughts="\n\n你的思考：\n",
)
_WORDS = {"en": _EN, "zh": _ZH}


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a scenario.

    Parameters
    ----------
    language
        "en" or "zh".
    scenario, subject
        What happened, and whom it is asked about.
    kind
        "Response" or "Action" (EA), "emotion" or "cause" (EU).
    options
        In the order shown.
    emotion
        What the person was said to feel, for causes; empty where no feeling was named.
    """

    language: str
    scenario: str
    subject: str
    kind: str
    options: Sequence[str]
    emotion: str = ""

    def request(self, form: Form, thoughts: str = "") -> Request:
        """Ask in the given form; `thoughts` are what the model said about it before."""
        words = _WORDS[self.language]
        shown = "\n".join(f"{letter}. {one}" for letter, one in zip(LETTERS, self.options, strict=False))
        noted: tuple[Part, ...] = (words.thoughts, Quote(thoughts)) if thoughts else ()
        last = words.letter if form == "letter" else words.thought.format(subject=self.subject)
        asked = f"\n\n{self._asked(words)}{words.options}{shown}"
        return Request((words.scenario, Quote(self.scenario), asked, *noted, last), words.system)

    def _asked(self, words: _Words) -> str:
        if self.kind == "emotion":
            return words.emotion.format(subject=self.subject)
        if self.kind == "cause":
            form = words.cause if self.emotion else words.cause_unknown
            return form.format(subject=self.subject, emotion=self.emotion)
        return words.action[self.kind].format(subject=self.subject)
