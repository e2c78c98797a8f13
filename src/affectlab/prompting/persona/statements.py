"""What trait scores and MBTI letters say about a person, in our own words, in English and Chinese.

The statements say what the definition of a trait says and nothing about gender, age, culture or feelings
towards any topic. Definitions: John and Srivastava (1999), The Big Five trait taxonomy, in Handbook of
Personality, 2nd ed., Guilford. Letters: Myers and McCaulley (1985), Manual, Consulting Psychologists Press.
The cut points between low, average and high are ours: thirds of the scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]
Level = Literal["low", "average", "high"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")

LOW_BELOW, HIGH_FROM = 1 / 3, 2 / 3
"""Our cut points: below the first a score is low, from the second on it is high."""

TRAIT_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "openness": "openness to experience",
        "conscientiousness": "conscientiousness",
        "extraversion": "extraversion",
        "agreeableness": "agreeableness",
        "neuroticism": "neuroticism",
    },
    "zh": {
        "openness": "开放性",
        "conscientiousness": "尽责性",
        "extraversion": "外向性",
        "agreeableness": "宜人性",
        "neuroticism": "神经质",
    },
}

STATEMENTS: Mapping[Language, Mapping[str, Mapping[Level, str]]] = {
    "en": {
        "openness": {
            "low": "prefers what is familiar and concrete to what is new or abstract",
            "average": "likes some new ideas and experiences and keeps to some familiar ones",
            "high": "is curious and imaginative and seeks out new ideas and experiences",
        },
        "conscientiousness": {
            "low": "acts on the spur of the moment and plans little",
            "average": "plans what matters and leaves the rest open",
            "high": "is orderly and reliable, plans ahead and keeps to plans",
        },
        "extraversion": {
            "low": "is reserved and quiet and needs little company",
            "average": "likes company at times and being alone at others",
            "high": "is sociable, talkative and full of energy among others",
        },
        "agreeableness": {
            "low": "puts frankness before harmony and is slow to trust",
            "average": "trusts and helps others within limits and also looks after own interests",
            "high": "is considerate, trusts others and readily helps them",
        },
        "neuroticism": {
            "low": "stays calm under stress and is seldom worried or upset",
            "average": "is worried or upset at times and calm at others",
            "high": "is easily worried or upset and feels stress strongly",
        },
    },
    "zh": {
        "openness": {
            "low": "偏爱熟悉而具体的事物，不太追求新奇或抽象的东西",
            "average": "喜欢一些新的想法和体验，也保留一些熟悉的习惯",
            "high": "好奇、富有想象力，主动寻求新的想法和体验",
        },
        "conscientiousness": {
            "low": "随兴而为，很少做计划",
            "average": "重要的事会做计划，其余的顺其自然",
            "high": "有条理、可靠，提前计划并按计划行事",
        },
        "extraversion": {
            "low": "内敛安静，不太需要他人陪伴",
            "average": "有时喜欢与人相处，有时喜欢独处",
            "high": "善于交际、健谈，与人相处时精力充沛",
        },
        "agreeableness": {
            "low": "看重坦率胜过和气，不轻易相信别人",
            "average": "在一定限度内信任和帮助别人，也顾及自己的利益",
            "high": "体贴、信任别人，乐于助人",
        },
        "neuroticism": {
            "low": "压力下保持平静，很少担忧或心烦",
            "average": "有时担忧或心烦，有时平静",
            "high": "容易担忧或心烦，对压力感受强烈",
        },
    },
}

LETTERS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "E": "extraversion, energy from the outer world of people and things",
        "I": "introversion, energy from the inner world of thoughts",
        "S": "sensing, attention to facts and details",
        "N": "intuition, attention to patterns and possibilities",
        "T": "thinking, decisions by logic",
        "F": "feeling, decisions by what matters to people",
        "J": "judging, a settled and planned way of living",
        "P": "perceiving, an open and flexible way of living",
    },
    "zh": {
        "E": "外倾，精力来自外部的人和事",
        "I": "内倾，精力来自内心的思想",
        "S": "感觉，注重事实和细节",
        "N": "直觉，注重规律和可能性",
        "T": "思维，依逻辑做决定",
        "F": "情感，依对人的意义做决定",
        "J": "判断，生活方式有计划、有定论",
        "P": "知觉，生活方式开放、灵活",
    },
}


def level(score: float) -> Level:
    """Return which third of the scale a trait score lies in."""
    if score < LOW_BELOW:
        return "low"
    return "high" if score >= HIGH_FROM else "average"
