"""Reasoning made by rules, for rows that nobody annotated: it teaches the form and little else.

What it says is only what words of the conversation show: feelings that are named, the topic of the row,
whether something is asked. Its provenance is "rule-made"; a model trained on it has learned to write four
layers, not to reason in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from affectlab.counsel.rows import CounselRow, Language
from affectlab.prompting.empathy import Chain

PROVENANCE: Final = "rule-made"

_FEELINGS: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "sadness": ("sad", "depress", "cry", "tears", "miserable", "grief", "heartbroken", "unhappy"),
        "fear and worry": ("anxi", "worr", "afraid", "scared", "panic", "nervous", "fear"),
        "anger": ("angry", "anger", "furious", "hate", "resent", "frustrat", "annoy"),
        "shame and guilt": ("guilt", "ashamed", "shame", "worthless", "embarrass", "failure"),
        "loneliness": ("lonely", "alone", "nobody", "isolated", "no friends"),
        "exhaustion": ("tired", "exhaust", "overwhelm", "stress", "can't sleep", "burn"),
        "confusion": ("confus", "don't know", "lost", "unsure", "doubt"),
    },
    "zh": {
        "难过": ("难过", "伤心", "抑郁", "哭", "痛苦", "失落"),
        "担心和害怕": ("焦虑", "担心", "害怕", "紧张", "恐惧", "不安"),
        "愤怒": ("生气", "愤怒", "讨厌", "恨", "烦"),
        "羞愧和自责": ("自责", "内疚", "羞", "没用", "失败", "自卑"),
        "孤独": ("孤独", "孤单", "没有朋友", "没人"),
        "疲惫": ("累", "压力", "失眠", "疲惫", "撑不"),
        "困惑": ("困惑", "迷茫", "不知道", "纠结"),
    },
}
_ASKING: Mapping[Language, tuple[str, ...]] = {
    "en": ("how ", "what should", "what can", "should i", "help me"),
    "zh": ("怎么", "如何", "该不该", "怎样", "吗"),
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "emotions": "The words show {found}.",
        "no emotions": "No feeling is named; distress has to be asked about.",
        "topic": "What is told is about {topic}.",
        "no topic": "The cause lies in what is told; nothing beyond it is assumed.",
        "advice": "A question is asked, so advice is sought, along with understanding.",
        "understanding": "No question is asked, so understanding is sought first.",
        "plan advice": "Acknowledge the feeling, then answer the question step by step.",
        "plan understanding": "Acknowledge the feeling, say back what was told, and invite more.",
        "and": " and ",
    },
    "zh": {
        "emotions": "话语中流露出{found}。",
        "no emotions": "没有直接说出情绪, 需要温和地询问。",
        "topic": "所讲的事与{topic}有关。",
        "no topic": "原因在所讲的事里, 不作多余的推测。",
        "advice": "提出了问题, 希望得到理解, 也希望得到建议。",
        "understanding": "没有提问, 首先需要被理解。",
        "plan advice": "先接住情绪, 再一步一步回应问题。",
        "plan understanding": "先接住情绪, 复述所听到的, 再邀请对方多说一些。",
        "and": "和",
    },
}


def rule_chain(row: CounselRow) -> Chain:
    """Return four layers that say no more than the words of the person show."""
    said = row.turns[-1].text.lower()
    words = _WORDS[row.language]
    found = [name for name, signs in _FEELINGS[row.language].items() if any(sign in said for sign in signs)]
    sought = "advice" if any(sign in said for sign in _ASKING[row.language]) else "understanding"
    return Chain(
        words["emotions"].format(found=words["and"].join(found[:2])) if found else words["no emotions"],
        words["topic"].format(topic=row.topic) if row.topic else words["no topic"],
        words[sought],
        words[f"plan {sought}"],
    )
