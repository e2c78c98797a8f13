"""Short events in English and Chinese, put together from words of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Pair = tuple[str, str]

_SITUATIONS: Mapping[str, Sequence[Pair]] = {
    "anger": (
        (
            "{when}, {who} told everybody at {place} that my work was theirs.",
            "{when}，{who}在{place}对所有人说我的成果是自己的。",
        ),
        (
            "{when}, {who} pushed to the front of the queue at {place} and laughed at me.",
            "{when}，{who}在{place}插队，还嘲笑我。",
        ),
        (
            "{when}, {who} broke my bicycle at {place} and blamed me for it.",
            "{when}，{who}在{place}弄坏了我的自行车，还怪到我头上。",
        ),
        (
            "{when}, {who} cancelled our agreement at {place} without a word.",
            "{when}，{who}在{place}一声不吭就取消了我们的约定。",
        ),
    ),
    "disgust": (
        (
            "{when}, {who} found mould in the soup at {place} after half of it was eaten.",
            "{when}，{who}在{place}把汤喝了一半才发现里面有霉。",
        ),
        (
            "{when}, {who} sneezed over all the food at {place}.",
            "{when}，{who}在{place}对着所有食物打喷嚏。",
        ),
        (
            "{when}, {who} left rotten fish in a cupboard at {place}.",
            "{when}，{who}把腐烂的鱼留在{place}的柜子里。",
        ),
        (
            "{when}, {who} wiped dirty shoes with a dish towel at {place}.",
            "{when}，{who}在{place}用洗碗布擦脏鞋。",
        ),
    ),
    "fear": (
        (
            "{when}, {who} and I heard steps behind us at {place}, where nobody should have been.",
            "{when}，{who}和我在{place}听到身后有脚步声，那里本不该有人。",
        ),
        (
            "{when}, {who} phoned from {place}: the water was rising and the door was stuck.",
            "{when}，{who}从{place}打来电话：水在上涨，门打不开。",
        ),
        (
            "{when}, the lights went out at {place} and {who} did not answer my calls.",
            "{when}，{place}停电了，{who}不回应我的呼喊。",
        ),
        (
            "{when}, {who} lost hold of the rope above {place}.",
            "{when}，{who}在{place}上方没抓住绳子。",
        ),
    ),
    "joy": (
        (
            "{when}, {who} surprised me at {place} with a cake and all my friends.",
            "{when}，{who}在{place}准备了蛋糕，还叫来了我所有的朋友。",
        ),
        (
            "{when}, {who} passed the exam and we danced at {place}.",
            "{when}，{who}考试通过了，我们在{place}跳起了舞。",
        ),
        (
            "{when}, {who} came back to {place} healthy after a long treatment.",
            "{when}，{who}经过长期治疗，健康地回到了{place}。",
        ),
        (
            "{when}, {who} and I watched the first flowers open at {place}.",
            "{when}，{who}和我在{place}看到第一批花开了。",
        ),
    ),
    "sadness": (
        (
            "{when}, {who} packed the last box and left {place} for good.",
            "{when}，{who}收拾好最后一个箱子，永远离开了{place}。",
        ),
        (
            "{when}, {who} waited at {place} all evening and nobody came.",
            "{when}，{who}在{place}等了一个晚上，没有人来。",
        ),
        (
            "{when}, {who} buried an old dog behind {place}.",
            "{when}，{who}把老狗埋在了{place}后面。",
        ),
        (
            "{when}, {who} read the last letter of a friend aloud at {place}.",
            "{when}，{who}在{place}念了朋友的最后一封信。",
        ),
    ),
    "surprise": (
        (
            "{when}, {who} opened an old wall at {place} and found a piano.",
            "{when}，{who}拆开{place}的一面旧墙，发现里面有一架钢琴。",
        ),
        (
            "{when}, {who} met a person of the same name and birthday at {place}.",
            "{when}，{who}在{place}遇到一个同名同生日的人。",
        ),
        (
            "{when}, a deer walked into {place} and {who} held the door open.",
            "{when}，一头鹿走进了{place}，{who}为它扶着门。",
        ),
        (
            "{when}, {who} spoke fluent Icelandic at {place}; nobody had known.",
            "{when}，{who}在{place}说起流利的冰岛语，之前没有人知道。",
        ),
    ),
    "neutral": (
        (
            "{when}, {who} moved the meeting at {place} by one hour.",
            "{when}，{who}把{place}的会议推迟了一小时。",
        ),
        (
            "{when}, {who} counted the chairs at {place} and wrote the number down.",
            "{when}，{who}数了数{place}的椅子，并记下了数目。",
        ),
        (
            "{when}, {who} bought paper and ink for {place}.",
            "{when}，{who}为{place}买了纸和墨水。",
        ),
        (
            "{when}, {who} changed the opening hours on the sign of {place}.",
            "{when}，{who}改了{place}牌子上的开放时间。",
        ),
    ),
}
_WHO: Sequence[Pair] = (
    ("my sister", "我妹妹"),
    ("my neighbour", "我的邻居"),
    ("a colleague", "一位同事"),
    ("my teacher", "我的老师"),
    ("an old friend", "一位老朋友"),
    ("my uncle", "我叔叔"),
)
_PLACE: Sequence[Pair] = (
    ("the library", "图书馆"),
    ("the station", "车站"),
    ("the office", "办公室"),
    ("the community garden", "社区花园"),
    ("the ferry pier", "渡轮码头"),
)
_WHEN: Sequence[Pair] = (
    ("Today", "今天"),
    ("Last night", "昨晚"),
    ("On Sunday", "星期天"),
    ("This morning", "今天早上"),
    ("A week ago", "一周前"),
)

MOST = len(_SITUATIONS) * 4 * len(_WHO) * len(_PLACE) * len(_WHEN)
"""Different events there are."""


def event_texts(emotions: Sequence[str], generator: np.random.Generator) -> list[dict[str, str]]:
    """Write an event meant to evoke each of `emotions`, no event twice.

    Parameters
    ----------
    emotions
        Each of the seven at most ``MOST / 7`` times.
    generator
        Decides which events they are.
    """
    waiting = {
        emotion: iter(generator.permutation(MOST // len(_SITUATIONS)).tolist()) for emotion in _SITUATIONS
    }
    return [_event(emotion, next(waiting[emotion])) for emotion in emotions]


def _event(emotion: str, number: int) -> dict[str, str]:
    number, sentence = divmod(number, len(_SITUATIONS[emotion]))
    number, who = divmod(number, len(_WHO))
    when, place = divmod(number, len(_PLACE))
    chosen = _SITUATIONS[emotion][sentence], _WHO[who], _PLACE[place], _WHEN[when]
    return {
        language: _filled(*words)
        for language, words in zip(("en", "zh"), zip(*chosen, strict=True), strict=True)
    }


def _filled(sentence: str, who: str, place: str, when: str) -> str:
    return sentence.format(who=who, place=place, when=when)
