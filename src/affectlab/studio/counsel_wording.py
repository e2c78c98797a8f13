"""What the page of the chat says around the conversation, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class PageWording:
    """Labels and lines of one language."""

    title: str
    warning: str
    about: str
    label: str
    send: str
    stop: str
    reasoning: str
    thought: str
    help: str
    no_help: str
    you: str
    model: str
    clear: str
    ended: dict[str, str]


PAGE_WORDING: Final[dict[Literal["en", "zh"], PageWording]] = {
    "en": PageWording(
        title="A conversation",
        warning="AI, not a clinician",
        about="It can be wrong. It neither diagnoses nor treats. In danger, turn to people.",
        label="What is on your mind?",
        send="Send",
        stop="Stop",
        reasoning="Show reasoning",
        thought="Reasoning of the model",
        help="People who can help",
        no_help="No helplines are set up here. In danger, call your local emergency services.",
        you="You",
        model="AI",
        clear="Forget this conversation",
        ended={
            "length": "The answer was cut.",
            "stopped": "Stopped.",
            "failed": "There was no more.",
        },
    ),
    "zh": PageWording(
        title="对话",
        warning="人工智能，不是医生",
        about="它会出错，不作诊断，也不治疗。有危险时，请找人帮助。",
        label="你想说什么？",
        send="发送",
        stop="停止",
        reasoning="显示思考过程",
        thought="模型的思考",
        help="可以帮助你的人",
        no_help="这里没有设置求助热线。有危险时，请拨打当地急救电话。",
        you="你",
        model="AI",
        clear="忘掉这次对话",
        ended={
            "length": "回答被截断了。",
            "stopped": "已停止。",
            "failed": "没有更多内容。",
        },
    ),
}
