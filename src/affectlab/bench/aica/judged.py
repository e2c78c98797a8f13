"""How explanations and paragraphs about affective images are judged.

The three criteria are those AICA-Bench names (arXiv 2604.05900); their wording is ours, for the paper's is
not published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from affectlab.bench.aica.lexicon import word_for
from affectlab.bench.dataset import Dataset
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.judging.cases import Case
from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.judgeable import Judgeable
from affectlab.errors import BenchError
from affectlab.models import Media

TASKS = ("er", "egcg")

ALIGNMENT = Criterion(
    "alignment",
    {
        "en": (
            "Alignment. Does the answer fit this image and the emotion that is named? What it says is there "
            "must be there, and the feeling it conveys must be that emotion."
        ),
        "zh": "一致性。回答是否符合这幅图像和所给的情感？"
        "它所说的内容必须在图像中存在，它传达的感受必须是该情感。",
    },
    needs_image=True,
)
DESCRIPTIVENESS = Criterion(
    "descriptiveness",
    {
        "en": (
            "Descriptiveness. Is the answer specific and vivid: does it name particular things, colours, "
            "light, postures or relations and not only general impressions? What is repeated or empty does "
            "not count."
        ),
        "zh": "描述性。回答是否具体生动：是否说出了具体的事物、颜色、光线、姿态或关系，而不只是笼统的印象？"
        "重复或空洞的内容不算。",
    },
)
CAUSAL = Criterion(
    "causal_soundness",
    {
        "en": (
            "Causal soundness. Does the answer say how what is seen leads to the emotion, step by step, with "
            "reasons that hold? Naming the emotion or listing things is not a reason."
        ),
        "zh": "因果合理性。回答是否说明所见之物如何一步步引起该情感，且理由成立？"
        "只说出情感或罗列事物不算理由。",
    },
)
CRITERIA = {"er": (ALIGNMENT, DESCRIPTIVENESS, CAUSAL), "egcg": (ALIGNMENT, DESCRIPTIVENESS)}
"""Task to what its answers are judged by."""

_CONTEXT = {
    ("er", "en"): "Explain why this image carries the emotion “{}”.\n\nThe image:\n",
    (
        "egcg",
        "en",
    ): "Write a paragraph of 50 to 100 words about this image that conveys “{}”.\n\nThe image:\n",
    ("er", "zh"): "解释这幅图像为什么带有“{}”这种情感。\n\n图像：\n",
    ("egcg", "zh"): "就这幅图像写一段50至100字的文字，传达“{}”。\n\n图像：\n",
}
_FEWEST = 20
"""Characters of an answer from which control cases are made."""


def judgeable(run: ExamRun, dataset: Dataset) -> Iterator[Judgeable]:
    """Yield the explanations and paragraphs of a run, failures left out.

    Raises
    ------
    BenchError
        If the data set is not the one that the run was about.
    """
    if dataset.info.samples_sha256 != run.about["dataset"]["samples_sha256"]:
        raise BenchError(f"{dataset.folder} was built again since {run.folder} was run; run it again")
    samples = {one.id: one for one in dataset.samples}
    for row in run.rows:
        if row["task"] not in TASKS or row["status"] == "failed":
            continue
        sample, details = samples[row["sample"]], row["details"]
        language = details.get("language", "en")
        words = _CONTEXT[row["task"], language].format(word_for(details["target"], language))
        image = next(one for one in sample.media if one.kind == "image")
        yield Judgeable(
            item=row["item"],
            sample=sample.id,
            subset=sample.subset,
            source=row["source"],
            task=row["task"],
            arm=row["arm"],
            language=language,
            context=(words, image),
            criteria=CRITERIA[row["task"]],
            text=row["text"] or "",
        )


def cases(answers: Sequence[Judgeable]) -> list[Case]:
    """Make control cases of explanations of different images: each other's answers are off.

    An answer counts as right here because nothing better is there; what is measured is whether the judge
    prefers an answer about the image it sees to one about another image.
    """
    chosen: dict[str, Judgeable] = {}
    for one in answers:
        if one.task == "er" and len(one.text) >= _FEWEST:
            chosen.setdefault(one.source, one)
    found = list(chosen.values())
    if len(found) < 2:
        return []
    following = [*found[1:], found[0]]
    return [
        Case(
            one.item,
            one.source,
            one.language,
            str(one.context[0]),
            _images(one),
            one.text,
            other.text,
            _images(other),
        )
        for one, other in zip(found, following, strict=True)
        if one.language == other.language and one.text != other.text
    ]


def control_criterion(with_images: bool) -> Criterion:
    """Return the criterion of the controls: alignment where images are shown, else causal soundness."""
    return ALIGNMENT if with_images else CAUSAL


def _images(one: Judgeable) -> tuple[Media, ...]:
    return tuple(part for part in one.context if isinstance(part, Media))
