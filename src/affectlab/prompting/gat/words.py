"""The words of the prompts, in each language. They are ours; the paper publishes none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from affectlab.prompting.gat.rules import Intensity, Language


@dataclass(frozen=True, slots=True)
class Words:
    """Everything a prompt says in one language. Braces are filled in; doubled ones are JSON's own."""

    places: tuple[str, ...]
    """Of the mark, by thirds of height and then of width."""
    region: str
    marks: str
    regions: str
    own_regions: str
    question: str
    plain: str
    scan: str
    tree: str
    scan_answer: str
    clues: str
    clue: str
    reasoning: str
    generation: str
    intensities: Mapping[Intensity, str]
    """Wordings that are understood beside the English ones."""
    example: tuple[str, str, str]
    """A fact, a reason to keep, a reason to prune: as long as answers are expected to be."""
    listing: str
    """Between labels."""


_EN = Words(
    places=(
        "upper left",
        "upper middle",
        "upper right",
        "middle left",
        "middle",
        "middle right",
        "lower left",
        "lower middle",
        "lower right",
    ),
    region="Region {number}: its number stands at the {place}; it covers {percent} % of the picture.",
    marks="Lines and numbers were drawn on the picture to mark its large regions; they are not part of it.",
    regions="The regions:\n{regions}",
    own_regions="Part the picture into 2 to 4 large regions and number them from 1.",
    question="Which emotion does this picture evoke? The emotions are: {labels}.",
    plain="Answer with one of these words and nothing else.",
    scan=(
        "Look at each region in turn. For each, state in one short sentence what is to be seen: objects, "
        "people, faces, posture, colours, light. State facts only, no emotions."
    ),
    tree=(
        "Work in three steps.\n"
        "1. Scan: {scan}\n"
        "2. Hypotheses: name three different pairs of an emotion and its intensity (low, medium or high) "
        "that compete to explain the picture. For each, cite the numbers of the regions that speak for it.\n"
        "3. Verification: as a critic, hold each hypothesis against the facts of the scan. Prune those that "
        "the facts contradict or do not support. Exactly one survives.\n"
        "Answer with one JSON object and nothing else, of this form:\n"
        '{{"scan": [{{"region": 1, "facts": "..."}}, ...], '
        '"branches": [{{"emotion": "...", "intensity": "low|medium|high", "regions": [1]}}, '
        "... three in all], "
        '"verification": [{{"branch": 1, "keep": true, "why": "..."}}, ... one for each branch], '
        '"survivor": {{"emotion": "...", "intensity": "low|medium|high"}}}}'
    ),
    scan_answer=(
        "Answer with one JSON object and nothing else, of this form:\n"
        '{{"scan": [{{"region": 1, "facts": "..."}}, ...]}}'
    ),
    clues="What is to be seen:\n{clues}",
    clue="Region {number}: {facts}",
    reasoning=(
        "Explain why this picture evokes the emotion that it does. "
        "Say which things in it carry the emotion and how."
    ),
    generation=(
        "Write one paragraph of 50 to 100 words about this picture that conveys this emotion: {target}."
    ),
    intensities={},
    example=(
        "A grey-haired woman in a dark coat stands alone at a wet railing and looks down.",
        "The lowered gaze, the dim light and the empty road all agree with it.",
        "Nothing in the scan shows a threat, so this is not supported.",
    ),
    listing=", ",
)

_ZH = Words(
    places=("左上", "上方中间", "右上", "左侧中间", "正中", "右侧中间", "左下", "下方中间", "右下"),
    region="区域{number}：编号位于画面{place}，占画面的{percent}%。",
    marks="图上画出的线条和编号用来标出几个大的区域，它们不是图片本身的内容。",
    regions="各区域：\n{regions}",
    own_regions="请自行将图片划分为2到4个大的区域，从1开始编号。",
    question="这张图片唤起哪一种情绪？可选的情绪有：{labels}。",
    plain="只回答其中一个词，不要写其他内容。",
    scan="依次观察每个区域，各用一个短句写出看到的内容：物体、人物、表情、姿态、颜色、光线。只写事实，不写情绪。",
    tree=(
        "分三步完成。\n"
        "1. 扫描：{scan}\n"
        "2. 假设：提出三个互不相同、相互竞争的“情绪加强度”（强度为low、medium或high）来解释这张图片，"
        "并为每个假设注明支持它的区域编号。\n"
        "3. 验证：以批评者的身份，用扫描得到的事实检验每个假设，"
        "剪去与事实矛盾或得不到支持的假设，只留下一个。\n"
        "只回答一个JSON对象，不要写其他内容，格式如下：\n"
        '{{"scan": [{{"region": 1, "facts": "..."}}, ...], '
        '"branches": [{{"emotion": "...", "intensity": "low|medium|high", "regions": [1]}}, ... 共三个], '
        '"verification": [{{"branch": 1, "keep": true, "why": "..."}}, ... 每个假设一条], '
        '"survivor": {{"emotion": "...", "intensity": "low|medium|high"}}}}'
    ),
    scan_answer=(
        '只回答一个JSON对象，不要写其他内容，格式如下：\n{{"scan": [{{"region": 1, "facts": "..."}}, ...]}}'
    ),
    clues="画面中可见的内容：\n{clues}",
    clue="区域{number}：{facts}",
    reasoning="请解释这张图片为什么会唤起它所唤起的情绪：画面中的哪些内容承载了这种情绪，又是如何承载的。",
    generation="请围绕这张图片写一段50到100个词的文字，表达这种情绪：{target}。",
    intensities={"low": "低", "medium": "中", "high": "高"},
    example=(
        "一位穿深色外套的灰发女士独自站在潮湿的栏杆旁，低头看着下方。",
        "低垂的目光、昏暗的光线和空荡的道路都与之相符。",
        "扫描中没有任何威胁，因此得不到支持。",
    ),
    listing="、",
)

WORDS: Mapping[Language, Words] = {"en": _EN, "zh": _ZH}
