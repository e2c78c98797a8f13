"""Pairs of a better and a worse answer: by readers' votes, and by what was done to make the worse one."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from affectlab.counsel.data.negatives import composed, echo, unsafe
from affectlab.counsel.data.neighbours import nearest_questions
from affectlab.counsel.data.settings import DataSettings
from affectlab.counsel.rows import CounselRow, PairKind, PairRow

Question = tuple[str, str]


def pairs_of(rows: Sequence[CounselRow], settings: DataSettings) -> list[PairRow]:
    """Return pairs by votes and constructed pairs; each is in the split of its question.

    A worse answer that comes from another question comes from a question of the same split.
    """
    questions = _by_question(rows)
    return [*_voted(questions.values(), settings), *_constructed(questions, settings)]


def _by_question(rows: Iterable[CounselRow]) -> dict[Question, list[CounselRow]]:
    found: dict[Question, list[CounselRow]] = defaultdict(list)
    for row in rows:
        if not row.provenance.get("flags"):
            found[row.group, "\n".join(turn.text for turn in row.turns)].append(row)
    return found


def _voted(questions: Iterable[Sequence[CounselRow]], settings: DataSettings) -> Iterator[PairRow]:
    for rows in questions:
        found = [
            (more.votes - less.votes, more, less)
            for one, other in combinations([row for row in rows if row.votes is not None], 2)
            for more, less in [(one, other) if (one.votes or 0) >= (other.votes or 0) else (other, one)]
            if more.votes is not None and less.votes is not None
        ]
        clear = sorted(
            (pair for pair in found if pair[0] >= settings.votes_margin),
            key=lambda pair: (-pair[0], pair[1].id, pair[2].id),
        )
        for margin, more, less in clear[: settings.pairs_per_question]:
            about = {"from": [more.id, less.id], "margin": margin}
            yield _pair(more, less.answer, "votes", f"{more.id}-over-{less.id}", about)


def _constructed(questions: Mapping[Question, list[CounselRow]], settings: DataSettings) -> Iterator[PairRow]:
    best = [max(rows, key=lambda row: row.votes or 0) for rows in questions.values()]
    if settings.max_pairs is not None and settings.max_pairs < len(best):
        best = random.Random(settings.seed).sample(best, settings.max_pairs)  # noqa: S311
    others = nearest_questions(best) if "off_topic" in settings.negatives else {}
    for row in best:
        for kind in settings.negatives:
            # One question's draw must not move another's when sets are added.
            draw = random.Random(f"{settings.seed}:{row.id}:{kind}")  # noqa: S311
            made = _worse(row, kind, others, draw)
            if made and made.strip() != row.answer.strip():
                about = {"from": [row.id], "made": "affectlab"}
                if kind == "off_topic":
                    about["from"] = [row.id, others[row.id].id]
                yield _pair(row, made, kind, f"{row.id}-{kind}", about)


def _worse(row: CounselRow, kind: PairKind, others: Mapping[str, CounselRow], draw: random.Random) -> str:
    if kind == "echo":
        return echo(row, draw)
    if kind == "off_topic":
        return others[row.id].answer if row.id in others else ""
    return unsafe(row, draw) if kind == "unsafe" else composed(row, kind, draw)


def _pair(row: CounselRow, rejected: str, kind: PairKind, name: str, about: Mapping[str, object]) -> PairRow:
    return PairRow(
        id=name,
        source=row.source,
        group=row.group,
        language=row.language,
        turns=row.turns,
        split=row.split,
        provenance={**row.provenance, **about},
        chosen=row.answer,
        rejected=rejected,
        kind=kind,
    )
