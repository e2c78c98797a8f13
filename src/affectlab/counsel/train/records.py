"""Which rows and pairs a training takes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from affectlab.counsel.rows import CounselRow, PairRow, Split
from affectlab.counsel.train.settings import TrainSettings
from affectlab.errors import CounselError

Record = TypeVar("Record", CounselRow, PairRow)
Item = TypeVar("Item")


def wanted(records: Sequence[Record], settings: TrainSettings, split: Split) -> list[Record]:
    """Return the records of `split` in the languages and from the sources that the settings name.

    Raises
    ------
    CounselError
        If none is left.
    """
    found = [
        record
        for record in records
        if record.split == split
        and (not settings.languages or record.language in settings.languages)
        and (not settings.sources or record.source in settings.sources)
    ]
    if not found:
        there = sorted({f"{record.source} {record.language} {record.split}" for record in records})
        raise CounselError(
            f"{settings.data} has no {split} rows of languages {settings.languages or 'any'} and sources "
            f"{settings.sources or 'any'}; it has: {', '.join(there[:12]) or 'none'}"
        )
    return found


def drawn(records: Sequence[Item], most: int | None, seed: int) -> list[Item]:
    """Return at most `most` records, drawn by `seed`, in their order."""
    if most is None or len(records) <= most:
        return list(records)
    chosen = sorted(random.Random(seed).sample(range(len(records)), most))  # noqa: S311
    return [records[place] for place in chosen]


def sources_of(records: Iterable[CounselRow | PairRow]) -> list[dict[str, Any]]:
    """Count the records of each source and language, with the licence that their provenance names.

    What was made of data that may not be shipped may not be shipped either; a row that does not say counts as
    one that may not.
    """
    counts = Counter(
        (
            one.source,
            one.language,
            one.provenance.get("licence", "not stated"),
            bool(one.provenance.get("may_ship")),
        )
        for one in records
    )
    return [
        {"source": source, "language": language, "licence": licence, "may_ship": may, "rows": count}
        for (source, language, licence, may), count in sorted(counts.items())
    ]
