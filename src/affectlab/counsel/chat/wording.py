"""What the chat itself says, in the languages of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class ChatWording:
    """Lines of one language; ``{n}`` is a number, ``{why}`` one line."""

    not_clinician: str
    risk: dict[str, str]
    forgotten: str
    again: str
    withheld: str
    failed: str
    held_back: str
    apology: str


WORDING: Final[dict[Literal["en", "zh"], ChatWording]] = {
    "en": ChatWording(
        not_clinician="AI, not a clinician",
        risk={
            "high": "Your words suggest that somebody may be at risk. People can help better than a program.",
            "immediate": "Your words suggest danger right now. Please turn to people who can help now.",
        },
        forgotten="The conversation has grown long: its oldest {n} turns are no longer read.",
        again="No answer came; the model is asked once more.",
        withheld="The reasoning is not shown here.",
        failed="The answer broke off: {why}",
        held_back="I would rather not go on with that. Please talk to somebody you trust or a professional.",
        apology="I am sorry, I could not put an answer together. Please try saying it in another way.",
    ),
    "zh": ChatWording(
        not_clinician="人工智能，不是医生",
        risk={
            "high": "你的话让人担心有人可能有危险。人能给的帮助比程序更多。",
            "immediate": "你的话让人担心眼下就有危险。请马上联系能够帮助你的人。",
        },
        forgotten="对话已经很长，最早的{n}条不再读取。",
        again="没有得到回答，正在再问一次。",
        withheld="这里不显示思考过程。",
        failed="回答中断了：{why}",
        held_back="这一点我不想再说下去。请和你信任的人，或者专业人士谈一谈。",
        apology="对不起，我没能组织好回答。请换一种说法再试一次。",
    ),
}
