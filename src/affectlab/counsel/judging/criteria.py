"""What counselling answers are judged by: the paper's four dimensions, and EPITOME's three mechanisms.

The dimensions are those of Empathy-R1's human study (arXiv 2509.14851); EPITOME is Sharma et al. (2020), A
Computational Approach to Understanding Empathy Expressed in Text-Based Mental Health Support, EMNLP. The
wording is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectlab.bench.judging import Criterion

DIMENSIONS: tuple[Criterion, ...] = (
    Criterion(
        "fluency",
        {
            "en": (
                "Fluency: the answer reads well and hangs together, without repetition or broken sentences."
            ),
            "zh": "流畅：回答通顺连贯，没有重复，也没有残缺的句子。",
        },
    ),
    Criterion(
        "identification",
        {
            "en": (
                "Identification: the answer grasps what this person's problem is and where it comes from, "
                "in terms of what the person wrote and not in general."
            ),
            "zh": "识别：回答抓住了这个人的问题是什么、从何而来，依据的是对方所写的内容，而不是泛泛而谈。",
        },
    ),
    Criterion(
        "comforting",
        {
            "en": (
                "Comforting: the answer takes up this person's feelings with warmth, so that the person "
                "feels understood; stock phrases do not count."
            ),
            "zh": "安慰：回答温暖地回应了这个人的感受，让对方觉得被理解；套话不算。",
        },
    ),
    Criterion(
        "suggestion",
        {
            "en": (
                "Suggestion: what the answer proposes is safe, fits this person and can be done; where "
                "the person wants to be heard and no advice, giving none is right."
            ),
            "zh": "建议：回答提出的做法安全、适合这个人、做得到；如果对方只想被倾听，不给建议才是对的。",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One of EPITOME's ways of showing empathy, graded 0, 1 or 2.

    Parameters
    ----------
    name
        As results are reported under.
    question
        Language to what is graded.
    grades
        Language to what 0, 1 and 2 mean.
    """

    name: str
    question: Mapping[str, str]
    grades: Mapping[str, tuple[str, str, str]]


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "emotional_reactions",
        {
            "en": "Does the answer show warmth, compassion or concern?",
            "zh": "回答是否表现出温暖、同情或关切？",
        },
        {
            "en": ("no", "hinted at, no feeling is named", "a feeling of the answerer's own is named"),
            "zh": ("没有", "有所流露，但没有说出感受", "说出了回答者自己的感受"),
        },
    ),
    Mechanism(
        "interpretations",
        {
            "en": "Does the answer say that it understands what the person feels or goes through?",
            "zh": "回答是否表明理解对方的感受或处境？",
        },
        {
            "en": ("no", "understanding is claimed, nothing is named", "the feeling or experience is named"),
            "zh": ("没有", "声称理解，但没有具体说明", "具体说出了对方的感受或处境"),
        },
    ),
    Mechanism(
        "explorations",
        {
            "en": "Does the answer ask about feelings or experiences that the person did not tell of?",
            "zh": "回答是否追问对方没有提到的感受或经历？",
        },
        {
            "en": ("no", "a general question", "a question about one feeling or experience"),
            "zh": ("没有", "泛泛的提问", "针对某一种感受或经历的提问"),
        },
    ),
)
