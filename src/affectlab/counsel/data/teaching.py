"""What a teacher model is asked: the reasoning that leads from a conversation to its human answer."""

from __future__ import annotations

from affectlab.counsel.rows import CounselRow, Language
from affectlab.models import Request
from affectlab.prompting.empathy import LAYERS, THINK, Chain, Reply, repair

_TASK: dict[Language, str] = {
    "en": (
        "You read what a person wrote and how a counsellor answered. Describe, in four layers, the reasoning "
        "that leads from the person's words to this answer. Each layer is one or two short sentences of your "
        "own about the person or the answer; copy no sentence:\n"
        "L1: what the person feels, and what it arose from.\n"
        "L2: what lies behind it: causes, beliefs, one-sided ways of thinking.\n"
        "L3: what the person seeks: to be heard, to understand, or advice.\n"
        "L4: what the counsellor's answer does in response, step by step.\n"
        "Say nothing that the two texts do not support. Add no advice of your own, no diagnosis, no doses. "
        "Write exactly in this form and nothing outside it:\n{form}"
    ),
    "zh": (
        "你会读到一个人的倾诉和咨询师的回答。请分四层描述从倾诉到这个回答的思考过程。"
        "每层用自己的话写一到两句，写的是倾诉者或这个回答，不要照抄原句：\n"
        "L1：对方有什么情绪，由什么引起。\n"
        "L2：背后的原因、信念和片面的想法。\n"
        "L3：对方想要什么：被倾听，弄明白，还是得到建议。\n"
        "L4：咨询师的回答依次做了什么来回应。\n"
        "不要写两段文字中没有依据的内容，不要添加自己的建议、诊断或剂量。"
        "请严格按照下面的格式书写，格式之外不写任何内容：\n{form}"
    ),
}
_OPENINGS: dict[Language, tuple[str, str, str, str]] = {
    "en": ("The person feels ", "Behind this ", "The person seeks ", "The answer "),
    "zh": ("对方感到", "这背后", "对方希望", "回答"),
}
"""How each layer begins: a small teacher left to itself copies the texts instead of describing them."""

_HEADS: dict[Language, tuple[str, str, str, str]] = {
    "en": ("Person", "Counsellor", "What was written:", "The counsellor's answer:"),
    "zh": ("倾诉者", "咨询师", "倾诉的内容：", "咨询师的回答："),
}
_LONGEST = 160
"""Characters of a sentence under the grammar; ours."""


def grammar_for(row: CounselRow) -> str:
    """Return the grammar (GBNF) of the reasoning: each layer opens as agreed and has one or two sentences."""
    openings = zip(LAYERS, _OPENINGS[row.language], strict=True)
    layers = " ".join(f'"<{layer}>{opening}" rest "</{layer}>"' for layer, opening in openings)
    sentence = f"sentence ::= [^<.!?。！？\\n]{{4,{_LONGEST}}} [.!?。！？]"
    return f'root ::= "<{THINK}>" {layers} "</{THINK}>"\nrest ::= sentence sentence?\n{sentence}\n'


def request_for(row: CounselRow) -> Request:
    """Return what the teacher is asked about a row."""
    person, counsellor, written, answered = _HEADS[row.language]
    names = {"user": person, "assistant": counsellor}
    lines = [f"{names[turn.role]}: {turn.text}" for turn in row.turns]
    told = "\n".join(lines) if len(lines) > 1 else row.turns[0].text
    text = f"{written}\n{told}\n\n{answered}\n{row.answer}"
    return Request((text,), system=_TASK[row.language].format(form=_form(row.language)))


def chain_of(text: str, row: CounselRow) -> Chain | str:
    """Return the reasoning a teacher wrote, or in one line what is wrong with how it is laid out."""
    mended = repair(f"{text.strip()}{Reply(row.answer).text()}", chain=True)
    if mended is None or mended[0].chain is None:
        return "the reply is not laid out as agreed"
    if mended[0].answer != row.answer:
        return "the reply holds an answer of its own"
    layers = [" ".join(layer.split()) for layer in mended[0].chain]
    if any("…" in layer for layer in layers):
        return "the reply repeats the form instead of filling it in"
    return Chain(*layers)


def _form(language: Language) -> str:
    openings = zip(LAYERS, _OPENINGS[language], strict=True)
    return f"<{THINK}>{''.join(f'<{layer}>{opening}…</{layer}>' for layer, opening in openings)}</{THINK}>"
