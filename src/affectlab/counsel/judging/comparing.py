"""Arms put before a judge two by two: blind, in both orders, without their reasoning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from affectlab.bench.judging import Answer, Judge, Pair, PairJudgement, all_pairs
from affectlab.bench.judging.standings import standings
from affectlab.bench.metrics import Row
from affectlab.counsel.judging.criteria import DIMENSIONS
from affectlab.counsel.judging.epitome import told
from affectlab.counsel.judging.given import Given
from affectlab.counsel.rows import CounselRow
from affectlab.models import Part, Quote, Turn

_TASK = {
    "en": "Answer somebody who writes about what troubles them. The conversation so far:\n",
    "zh": "回答一个倾诉烦恼的人。到目前为止的对话：\n",
}


def context(turns: Sequence[Turn], language: str) -> tuple[Part, ...]:
    """Return what a judge is told of a conversation."""
    return _TASK[language], Quote(told(turns, language))


def pairs(given: Sequence[Given], rows: Mapping[str, CounselRow]) -> Iterator[Pair]:
    """Yield every two arms on every conversation that both answered, by every dimension."""
    by_row: dict[str, list[Given]] = {}
    for one in given:
        if one.status == "answered":
            by_row.setdefault(one.id, []).append(one)
    for name, found in by_row.items():
        row = rows[name]
        answers = [Answer(one.arm, one.answer) for one in found]
        for by in DIMENSIONS:
            about = name, row.group, by, context(row.turns, row.language)
            yield from all_pairs(*about, answers, row.language)


def compared(
    judge: Judge, given: Sequence[Given], rows: Mapping[str, CounselRow], *, resamples: int, seed: int
) -> tuple[list[Row], list[PairJudgement]]:
    """Return standings by dimension, and the judgements they rest on."""
    judged = judge.compare(list(pairs(given, rows)))
    by: dict[str, list[PairJudgement]] = {}
    for one in judged:
        by.setdefault(one.pair.criterion.name, []).append(one)
    made = [
        {"criterion": name, "subset": "all", **row}
        for name, found in by.items()
        for row in standings(found, resamples=resamples, seed=seed)
    ]
    return [{"arm": row.pop("method"), **row} for row in made], judged
