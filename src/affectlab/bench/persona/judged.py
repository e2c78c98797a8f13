"""How readers' rationales are judged: the conditions of a run are the candidates.

Consistency, plausibility and specificity are the criteria that Persona-E² names (arXiv 2604.09162); their
wording is ours. The judge sees the event and the unit's own whole profile, whatever the candidate was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from affectlab.bench.dataset import Dataset
from affectlab.bench.exam.table import ExamRun
from affectlab.bench.judging.cases import Case
from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.judgeable import Judgeable
from affectlab.bench.persona.units import Unit, Units
from affectlab.errors import BenchError
from affectlab.models import Part, Quote
from affectlab.prompting.persona import Asking, Language, told

TASKS = ("rationale",)

CONSISTENCY = Criterion(
    "consistency",
    {
        "en": (
            "Consistency. Does the answer fit the reader who is described: could this reader feel and reason "
            "like that? Repeating the description is no reason."
        ),
        "zh": "一致性。回答是否符合所描述的读者：这位读者会这样感受和思考吗？复述描述不算理由。",
    },
)
PLAUSIBILITY = Criterion(
    "plausibility",
    {
        "en": (
            "Plausibility. Is the emotion a likely one for this event, and do the reasons given lead to it "
            "as they would in a real person?"
        ),
        "zh": "合理性。对于该事件，这种情绪是否可能出现，所给理由是否像真实的人那样引起它？",
    },
)
SPECIFICITY = Criterion(
    "specificity",
    {
        "en": (
            "Specificity. Does the answer name particulars of this event and say what they mean to the "
            "reader, and not only what would fit any event?"
        ),
        "zh": "具体性。回答是否说出该事件的具体细节及其对读者的意义，而不只是适用于任何事件的话？",
    },
)
CRITERIA = (CONSISTENCY, PLAUSIBILITY, SPECIFICITY)

_TASK: Mapping[str, str] = {
    "en": "Say which emotion the reader feels about the event and why.\n\nEvent:\n",
    "zh": "说明读者对该事件感到哪种情绪以及原因。\n\n事件：\n",
}
_FEWEST = 20
"""Characters of an answer from which control cases are made."""


def judgeable(run: ExamRun, dataset: Dataset) -> Iterator[Judgeable]:
    """Yield the rationales of a run, failures left out; what is paired is one event, unit and language.

    Raises
    ------
    BenchError
        If the data set is not the one that the run was about.
    """
    if dataset.info.samples_sha256 != run.about["dataset"]["samples_sha256"]:
        raise BenchError(f"{dataset.folder} was built again since {run.folder} was run; run it again")
    units = {unit.id: unit for unit in Units.of(dataset.info).all}
    for row in run.rows:
        if row["task"] in TASKS and row["status"] != "failed":
            details = row["details"]
            yield Judgeable(
                item=row["item"],
                sample=f"{row['sample']}__{details['unit']}__{details['language']}",
                subset=row["subset"],
                source=row["source"],
                task=row["task"],
                arm=row["arm"],
                language=details["language"],
                context=_context(details, units[details["unit"]]),
                criteria=CRITERIA,
                text=row["text"] or "",
            )


def cases(answers: Sequence[Judgeable]) -> list[Case]:
    """Make control cases of rationales about different events: each other's answers are off."""
    chosen: dict[tuple[str, str], Judgeable] = {}
    for one in answers:
        if len(one.text) >= _FEWEST:
            chosen.setdefault((one.language, one.source), one)
    found = sorted(chosen.values(), key=lambda one: one.language)
    following = [*found[1:], *found[:1]]
    return [
        Case(
            id=one.item,
            source=one.source,
            language=one.language,
            task=str(one.context[0]),
            scene=one.context[1:],
            right=one.text,
            off=other.text,
            other=other.context[1:],
        )
        for one, other in zip(found, following, strict=True)
        if one.language == other.language and one.text != other.text and one.source != other.source
    ]


def control_criterion(with_images: bool) -> Criterion:
    """Return the criterion of the controls: plausibility, with or without images."""
    del with_images
    return PLAUSIBILITY


def _context(details: Mapping[str, Any], unit: Unit) -> tuple[Part, ...]:
    """Return the task, the event, and all that is known of the unit."""
    language: Language = "zh" if details["language"] == "zh" else "en"
    known = told(Asking("both", language, unit.profile, unit.members))
    return _TASK[language], Quote(details["text"]), f"\n\n{known}"
