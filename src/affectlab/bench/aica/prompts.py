"""What is asked of images. The paper publishes no prompts; these are ours, and parameters of every run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from affectlab.bench.aica.spaces import Language

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Wording:
    """The questions in one language; braces are filled in.

    Parameters
    ----------
    question, plain
        Of the emotion, and how to answer without reasoning.
    chain, at_length
        How to reason before answering, and at what length where it is matched.
    reasoning, generation
        Why an image evokes its emotion, and a paragraph in a target emotion.
    listing
        Between labels.
    rating, population, number
        Of a rating on its scale, as which people, and how to answer.
    """

    question: str
    plain: str
    chain: str
    at_length: str
    reasoning: str
    generation: str
    listing: str
    rating: str
    population: str
    number: str


_ENGLISH = Wording(
    question="Which emotion does this picture evoke? The emotions are: {labels}.",
    plain="Answer with one of these words and nothing else.",
    chain=(
        "Work in three steps.\n"
        "1. Observe: state what is to be seen.\n"
        "2. Interpret: say what it may make people feel, and why.\n"
        "3. Select: choose one emotion of the list.\n"
        "Write that one word alone on the last line."
    ),
    at_length="Write about {words} words before the last line.",
    reasoning=(
        "Explain why this picture evokes the emotion that it does. "
        "Say which things in it carry the emotion and how."
    ),
    generation=(
        "Write one paragraph of 50 to 100 words about this picture that conveys this emotion: {target}."
    ),
    listing=", ",
    rating=(
        "Rate the {dimension} of this picture on a scale from {low} to {high}. "
        "{low} means {low_means}, {high} means {high_means}."
    ),
    population="Give the rating that people in {people} give it on average.",
    number="Answer with one number and nothing else.",
)

_CHINESE = Wording(
    question="这张图片唤起哪一种情绪？可选的情绪有：{labels}。",
    plain="只回答其中一个词，不要写其他内容。",
    chain=(
        "分三步完成。\n"
        "1. 观察：写出看到的内容。\n"
        "2. 解读：说明它可能让人产生什么感受，为什么。\n"
        "3. 选择：从列表中选出一种情绪。\n"
        "在最后一行只写这一个词。"
    ),
    at_length="在最后一行之前写大约{words}个词。",
    reasoning="请解释这张图片为什么会唤起它所唤起的情绪：画面中的哪些内容承载了这种情绪，又是如何承载的。",
    generation="请围绕这张图片写一段50到100个词的文字，表达这种情绪：{target}。",
    listing="、",
    rating=(
        "请为这张图片的{dimension}打分，范围从{low}到{high}。{low}表示{low_means}，{high}表示{high_means}。"
    ),
    population="请给出{people}人对它的平均评分。",
    number="只回答一个数字，不要写其他内容。",
)

WORDING: Mapping[Language, Wording] = {"en": _ENGLISH, "zh": _CHINESE}

_WORDS_PER_TOKEN = 0.5
"""Of a reasoned answer at a matched budget; leaves room for tokenizers that cut words small. Ours."""


def understand(words: Iterable[str], language: Language) -> str:
    """Ask for the emotion in one word."""
    wording = WORDING[language]
    return _paragraphs(_question(words, wording), wording.plain)


def understand_in_steps(words: Iterable[str], language: Language, tokens: int | None = None) -> str:
    """Ask for the emotion after observing and interpreting.

    Parameters
    ----------
    tokens
        Of the answer whose length is matched; as long as it comes when None.
    """
    wording = WORDING[language]
    parts = [_question(words, wording), wording.chain]
    if tokens is not None:
        parts.append(wording.at_length.format(words=round(tokens * _WORDS_PER_TOKEN)))
    return _paragraphs(*parts)


def _question(words: Iterable[str], wording: Wording) -> str:
    return wording.question.format(labels=wording.listing.join(words))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(parts)
