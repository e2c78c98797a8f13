"""Answers that look like help and are none, put before a judge or a reward model beside a human answer."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from affectlab.bench.empathy.rows import Value, mean_row
from affectlab.bench.judging import Answer, Judge, Pair
from affectlab.bench.metrics import Row
from affectlab.bench.runner import Progress
from affectlab.counsel.data.negatives import composed, echo, templates, unsafe
from affectlab.counsel.judging.comparing import context
from affectlab.counsel.judging.criteria import DIMENSIONS
from affectlab.counsel.judging.rewarding import Scorer
from affectlab.counsel.rows import CounselRow, Language, PairRow
from affectlab.models import Turn

DecoyKind = Literal[
    "echo", "generic", "off_topic", "preachy", "unsafe", "empty", "verbose", "flattering", "fewer_votes"
]
KINDS: tuple[DecoyKind, ...] = get_args(DecoyKind)
METRIC = "decoy_preferred"
DEFINITION = (
    "how often the decoy is preferred to the human answer, a tie half; 0 is right, 0.5 is chance. Of "
    "fewer_votes both are human answers, and readers' votes decide which is better"
)

_CRITERION = DIMENSIONS[2]
_FLATTERY = {
    "en": "You are one of the most thoughtful people I have ever read, and you judge with rare insight. ",
    "zh": "您是我见过的最有思想的人之一，判断力非凡。",
}


@dataclass(frozen=True, slots=True)
class Decoy:
    """A human answer and one that should lose to it.

    Parameters
    ----------
    id, group, language, turns
        Of the row whose conversation both answer.
    human
        The answer that should win.
    kind, text
        The other one.
    """

    id: str
    group: str
    language: Language
    turns: tuple[Turn, ...]
    human: str
    kind: DecoyKind
    text: str


def decoys(rows: Sequence[CounselRow], *, seed: int = 0) -> list[Decoy]:
    """Make every kind of decoy for every row; ``off_topic`` needs another row to borrow an answer from.

    ``verbose`` is the human answer with general comfort after it and ``flattering`` the same with praise
    before it: a judge that prefers either rewards length or flattery.
    """
    return [one for row in rows for one in _of(row, rows, seed)]


def fewer_votes(pairs: Iterable[PairRow]) -> list[Decoy]:
    """Return pairs that readers voted on: of two human answers, the one with fewer votes should lose."""
    return [
        Decoy(
            pair.id,
            pair.group,
            pair.language,
            pair.turns,
            pair.chosen,
            kind="fewer_votes",
            text=pair.rejected,
        )
        for pair in pairs
    ]


def _of(row: CounselRow, rows: Sequence[CounselRow], seed: int) -> Iterator[Decoy]:
    draw = random.Random(f"{seed}:{row.id}")  # noqa: S311
    decoy = partial(Decoy, row.id, row.group, row.language, row.turns, row.answer)
    yield decoy("echo", echo(row, draw))
    yield decoy("generic", composed(row, "generic", draw))
    others = [one for one in rows if one.language == row.language and one.group != row.group]
    if others:
        yield decoy("off_topic", draw.choice(others).answer)
    yield decoy("preachy", composed(row, "preachy", draw))
    yield decoy("unsafe", unsafe(row, draw))
    yield decoy("empty", "…")
    yield decoy("verbose", f"{row.answer}\n\n{_padding(row, draw)}")
    yield decoy("flattering", _FLATTERY[row.language] + row.answer)


def judged_decoys(judge: Judge, given: Sequence[Decoy], *, resamples: int, seed: int) -> list[Row]:
    """Let a judge choose between human answer and decoy, in both orders, by comforting."""
    pairs = [_pair(one) for one in given]
    kinds = {pair.id: one.kind for pair, one in zip(pairs, given, strict=True)}
    values: dict[str, list[Value]] = {}
    for verdict in judge.compare(pairs):
        values.setdefault(kinds[verdict.pair.id], []).append((verdict.pair.source, 1 - verdict.points))
    return _rows("judge", values, resamples, seed)


def rewarded_decoys(
    scorers: Mapping[str, Scorer],
    given: Sequence[Decoy],
    *,
    resamples: int,
    seed: int,
    stop: threading.Event | None = None,
    progress: Progress = lambda *_: None,
) -> list[Row]:
    """Let reward models score human answer and decoy; once stopped, of those scored until then."""
    rows: list[Row] = []
    for place, (name, scorer) in enumerate(scorers.items()):
        values: dict[str, list[Value]] = {}
        for number, one in enumerate(given, 1):
            if stop is not None and stop.is_set():
                break
            human, decoy = scorer(one.turns, [one.human, one.text])
            preferred = 0.5 if decoy == human else float(decoy > human)
            values.setdefault(one.kind, []).append((one.group, preferred))
            progress(place * len(given) + number, len(scorers) * len(given), 0)
        rows += _rows(name, values, resamples, seed)
    return rows


def _pair(one: Decoy) -> Pair:
    return Pair(
        id=f"{one.id}__{one.kind}",
        item=f"{one.id}__{one.kind}",
        source=one.group,
        criterion=_CRITERION,
        context=context(one.turns, one.language),
        a=Answer("human", one.human),
        b=Answer(one.kind, one.text),
        language=one.language,
    )


def _padding(row: CounselRow, draw: random.Random) -> str:
    ours = list(templates(row.language, "generic", row.split))
    draw.shuffle(ours)
    return ("" if row.language == "zh" else " ").join(ours[:6])


def _rows(method: str, values: Mapping[str, Sequence[Value]], resamples: int, seed: int) -> list[Row]:
    return [
        {
            "method": method,
            "condition": kind,
            **mean_row(METRIC, values[kind], resamples=resamples, seed=seed),
        }
        for kind in KINDS
        if kind in values
    ]
