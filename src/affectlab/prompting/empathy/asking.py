"""How a counselling model is asked: the same words in training, in evaluation and when it serves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from affectlab.models import Request, Turn
from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK

Language = Literal["en", "zh"]

_MANNER: dict[Language, str] = {
    "en": (
        "You support people who write about what troubles them. You are a computer program, not a clinician. "
        "Answer warmly, in plain words, and to what this person said. Make no diagnosis, name no doses, and "
        "advise nobody to change medication or to leave treatment. Where somebody may be in danger, say that "
        "you take it seriously and encourage reaching people who can help now. Answer in English."
    ),
    "zh": (
        "你陪伴倾诉烦恼的人。你是计算机程序，不是医生或心理治疗师。请用温和、平实的话，针对对方所说的内容回应。"
        "不作诊断，不谈剂量，不建议任何人改药、停药或放弃治疗。如果对方可能有危险，请表明你认真对待，"
        "并鼓励对方立刻联系能够帮助的人。请用中文回答。"
    ),
}

_REASONING: dict[Language, str] = {
    "en": (
        "Before answering, reason in four layers, each in one to three sentences:\n"
        "L1: what the person feels, and what it arose from.\n"
        "L2: what lies behind it, such as causes, beliefs and one-sided ways of thinking.\n"
        "L3: what the person seeks: to be heard, to understand, or advice.\n"
        "L4: how you will respond.\n"
        "Write exactly in this form and nothing outside it:\n{form}"
    ),
    "zh": (
        "回答之前，请分四层思考，每层一到三句话：\n"
        "L1：对方有什么情绪，由什么引起。\n"
        "L2：背后的原因和信念，包括片面的想法。\n"
        "L3：对方想要什么：被倾听，弄明白，还是得到建议。\n"
        "L4：你打算怎样回应。\n"
        "请严格按照下面的格式书写，格式之外不写任何内容：\n{form}"
    ),
}

_ALONE: dict[Language, str] = {
    "en": "Write exactly in this form and nothing outside it:\n{form}",
    "zh": "请严格按照下面的格式书写，格式之外不写任何内容：\n{form}",
}


class Conversation(NamedTuple):
    """What a model is given, in the parts of `affectlab.models.Request`."""

    system: str
    earlier: tuple[Turn, ...]
    last: str
    """The person's words that are to be answered."""

    def request(self) -> Request:
        """Return the conversation as a request to any model."""
        return Request((self.last,), self.system, self.earlier)


def instruction(language: Language, chain: bool = True) -> str:
    """Return the system instruction.

    Parameters
    ----------
    language
        Of the conversation.
    chain
        Ask for the four layers before the answer.
    """
    answer = f"<{ANSWER}>…</{ANSWER}>"
    if not chain:
        return f"{_MANNER[language]}\n\n{_ALONE[language].format(form=answer)}"
    layers = "".join(f"<{layer}>…</{layer}>" for layer in LAYERS)
    form = f"<{THINK}>{layers}</{THINK}>{answer}"
    return f"{_MANNER[language]}\n\n{_REASONING[language].format(form=form)}"


def conversation(turns: Sequence[Turn], language: Language, chain: bool = True) -> Conversation:
    """Return what a model is given to answer `turns`.

    Turns of one side that follow each other become one, because chat templates want the sides to alternate.
    What the model said earlier stands as the person read it: the answer, without tags and reasoning.

    Parameters
    ----------
    turns
        The conversation so far; the last turn is the person's.
    language, chain
        As for `instruction`.

    Raises
    ------
    ValueError
        If there are no turns, or the last is not the person's.
    """
    if not turns or turns[-1].role != "user":
        raise ValueError("the last turn must be the person's; end the conversation with a user turn")
    *earlier, last = _alternating(turns)
    return Conversation(instruction(language, chain), tuple(earlier), last.text)


def messages(turns: Sequence[Turn], language: Language, chain: bool = True) -> list[dict[str, str]]:
    """Return `conversation` as chat messages, as Transformers, TRL and OpenAI-compatible servers take it."""
    system, earlier, last = conversation(turns, language, chain)
    told = [{"role": turn.role, "content": turn.text} for turn in earlier]
    return [{"role": "system", "content": system}, *told, {"role": "user", "content": last}]


def _alternating(turns: Iterable[Turn]) -> list[Turn]:
    return [
        Turn(role, "\n".join(turn.text for turn in together))
        for role, together in groupby(turns, key=lambda turn: turn.role)
    ]
