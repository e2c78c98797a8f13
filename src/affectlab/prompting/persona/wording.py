"""The sentences around an event, a profile and a question, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectlab.prompting.persona.statements import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's sentences; ``{…}`` is filled in.

    Parameters
    ----------
    labels
        Emotion to its word.
    one, many, someone
        Whom the profile is of: a reader, a group of ``{n}`` readers, or a reader nobody knows.
    """

    labels: Mapping[str, str]
    system: str
    choose: str
    event: str
    one: str
    many: str
    gender: str
    genders: Mapping[str, str]
    mbti: str
    mbti_mean: str
    letter: str
    traits: str
    statements: str
    answers: str
    answer: str
    ask_one: str
    ask_many: str
    appraise: str
    appraised: str
    explain: str
    comma: str
    stop: str
    colon: str


ENGLISH = Wording(
    labels={name: name for name in ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")},
    system="You predict what people feel when they read about an event.",
    choose=" Answer with one word of: {labels}.",
    event="Event:\n",
    one="About the reader",
    many="About the readers, a group of {n}; scores are the group's means",
    gender="gender: {value}",
    genders={"M": "male", "F": "female"},
    mbti="MBTI type: {value}",
    mbti_mean="this stands for: {value}",
    letter="{letter} ({meaning})",
    traits="Big Five scores from 0 (lowest) to 1 (highest): {value}",
    statements="in personality: {value}",
    answers="What the same {whom} felt about other events:",
    answer='"{text}" → {label}',
    ask_one="Which one emotion does this reader feel most about the event?",
    ask_many="Which one emotion do most of these readers feel about the event?",
    appraise=(
        "Before naming an emotion, appraise the event as the {whom} would, in one short sentence each. "
        "1. Goal relevance: does it touch what matters to them? 2. Goal congruence: does it help or hinder "
        "that? 3. Agency: who or what caused it? 4. Coping: could they deal with it?"
    ),
    appraised="The {whom}'s appraisal:\n{text}",
    explain=(
        "Say which emotion the {whom} feels about the event and why, from their point of view, in two or "
        "three sentences."
    ),
    comma="; ",
    stop=".",
    colon=": ",
)

CHINESE = Wording(
    labels={
        "anger": "愤怒",
        "disgust": "厌恶",
        "fear": "恐惧",
        "joy": "喜悦",
        "sadness": "悲伤",
        "surprise": "惊讶",
        "neutral": "中性",
    },
    system="你预测人们读到一件事时的感受。",
    choose="只用以下一个词回答：{labels}。",
    event="事件：\n",
    one="关于这位读者",
    many="关于这些读者（共{n}人，分数为全组均值）",
    gender="性别：{value}",
    genders={"M": "男", "F": "女"},
    mbti="MBTI类型：{value}",
    mbti_mean="含义：{value}",
    letter="{letter}（{meaning}）",
    traits="大五人格分数（0最低，1最高）：{value}",
    statements="性格：{value}",
    answers="同{whom}对其他事件的感受：",
    answer="“{text}”→{label}",
    ask_one="这位读者对该事件最强烈的情绪是哪一种？",
    ask_many="这些读者中多数人对该事件的情绪是哪一种？",
    appraise=(
        "在说出情绪之前，请从{whom}的角度评价该事件，每项一句短话。1. 目标相关性：它触及对其重要的事吗？"
        "2. 目标一致性：它有利还是有碍？3. 责任：由谁或什么造成？4. 应对潜力：能否应对？"
    ),
    appraised="{whom}的评价：\n{text}",
    explain="请从{whom}的角度，用两三句话说明其对该事件感到哪种情绪以及原因。",
    comma="；",
    stop="。",
    colon="：",
)

WORDINGS: Mapping[Language, Wording] = {"en": ENGLISH, "zh": CHINESE}

WHOM: Mapping[Language, tuple[str, str]] = {"en": ("reader", "readers"), "zh": ("这位读者", "这些读者")}
"""One reader, and a group of them, as the sentences call them."""
