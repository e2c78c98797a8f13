"""Build a data set: read, clean, filter, group, split, pair, and write with an account of all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from affectlab.counsel.data.annotations import kept_decisions, read_annotations, with_chains
from affectlab.counsel.data.files import DATASET, PAIRS, ROWS, write_lines
from affectlab.counsel.data.filtering import Item, items_of
from affectlab.counsel.data.grouping import groups_of, one_turn_each, without_repeats
from affectlab.counsel.data.pairs import pairs_of
from affectlab.counsel.data.settings import DataSettings
from affectlab.counsel.data.sources import SOURCES, source_named
from affectlab.counsel.data.splitting import split_of
from affectlab.counsel.data.tally import Tally
from affectlab.counsel.rows import CounselRow, PairRow
from affectlab.counsel.unsafe import unsafe_kinds
from affectlab.errors import CounselError
from affectlab.files import write_json
from affectlab.manifest import make_manifest, sha256

Stage = Callable[[str, int, int], None]


def build(settings: DataSettings, progress: Stage = lambda *_: None) -> dict[str, Any]:
    """Write ``rows.jsonl``, ``pairs.jsonl`` and, when both are whole, ``dataset.json``.

    The same settings and files give the same rows. Chains that were annotated in that folder before are put
    back where the row is still there.

    Parameters
    ----------
    settings
        What to build.
    progress
        Told (what is done, sets done, of how many).

    Returns
    -------
    dict
        What ``dataset.json`` holds.

    Raises
    ------
    CounselError, UnreadableFile, InvalidConfig
        If a set cannot be used, or nothing is left.
    """
    for name in settings.sets:
        source_named(name)
    tally = Tally()
    items = _items(settings, tally, progress)
    rows = _rows(items, settings, tally)
    rows = with_chains(rows, read_annotations(settings.out), kept_decisions(settings.out))
    if not rows:
        raise CounselError(f"no row is left: {tally.in_short()}; mend the rows, or loosen the limits")
    progress("pairs", len(settings.sets), len(settings.sets))
    pairs = pairs_of(rows, settings)
    return _written(rows, pairs, settings, tally)


def _items(settings: DataSettings, tally: Tally, progress: Stage) -> list[Item]:
    items: list[Item] = []
    for number, (name, path) in enumerate(settings.sets.items()):
        progress(name, number, len(settings.sets))
        items += items_of(name, path, settings, tally)
    return items


def _rows(items: Sequence[Item], settings: DataSettings, tally: Tally) -> list[CounselRow]:
    groups = groups_of(items, settings.alike)
    drawn = one_turn_each(items, settings.seed) if settings.turns == "one" else items
    rows = [_row(item, groups[item.conversation], settings) for item in without_repeats(drawn, tally)]
    return list(_fit_for_training(rows, settings, tally))


def _fit_for_training(
    rows: Iterable[CounselRow], settings: DataSettings, tally: Tally
) -> Iterable[CounselRow]:
    for row in rows:
        flags = row.provenance.get("flags", [])
        for flag in flags:
            tally.count(f"flagged_{flag}", row.id)
        dropped = row.split == "train" and flags and not (settings.keep_unsafe and "failed" not in flags)
        if dropped:
            tally.count("flagged_out_of_train", row.id)
        else:
            yield row


def _row(item: Item, group: str, settings: DataSettings) -> CounselRow:
    draft, source = item.draft, SOURCES[item.source]
    flags = [*unsafe_kinds(draft.answer, item.language), *(["failed"] if draft.extra.get("failed") else [])]
    provenance: dict[str, Any] = {"at": draft.at, "licence": source.licence, "may_ship": source.may_ship}
    provenance |= {name: value for name, value in draft.extra.items() if name != "failed"}
    if item.scrubbed:
        provenance["scrubbed"] = dict(item.scrubbed)
    if flags:
        provenance["flags"] = flags
    return CounselRow(
        id=item.id,
        source=item.source,
        group=group,
        language=item.language,
        turns=draft.turns,
        split=split_of(group, settings.validation, settings.test, settings.seed),
        provenance=provenance,
        answer=draft.answer,
        votes=draft.votes,
        topic=draft.topic,
    )


def _written(
    rows: Sequence[CounselRow], pairs: Sequence[PairRow], settings: DataSettings, tally: Tally
) -> dict[str, Any]:
    rows_path, pairs_path = settings.out / ROWS, settings.out / PAIRS
    write_lines(rows_path, rows)
    write_lines(pairs_path, pairs)
    about = {
        "command": "counsel data build",
        "manifest": make_manifest(
            "counsel data build",
            settings.model_dump(mode="json"),
            seeds={"split": settings.seed},
            data=tuple(_files(settings)),
        ),
        "sets": [_set(name, path, rows) for name, path in settings.sets.items()],
        "may_ship": all(source_named(name).may_ship for name in settings.sets),
        "splits": _counted((row.split, row.language) for row in rows),
        "chains": sum(row.chain is not None for row in rows),
        "groups": len({row.group for row in rows}),
        "pairs": _counted((pair.split, pair.kind) for pair in pairs),
        "filters": tally.filters(),
        "personal": dict(tally.personal),
        "problems": tally.problems(),
        "files": {ROWS: sha256(rows_path), PAIRS: sha256(pairs_path)},
    }
    write_json(settings.out / DATASET, about)
    return about


def _files(settings: DataSettings) -> Iterable[Path]:
    for name, path in settings.sets.items():
        found = source_named(name).located(path)
        yield from sorted(found.glob("*.csv")) if found.is_dir() else [found]


def _set(name: str, path: Path, rows: Sequence[CounselRow]) -> dict[str, Any]:
    source = source_named(name)
    return {
        "name": name,
        "path": str(path),
        "licence": source.licence,
        "may_ship": source.may_ship,
        "rows": sum(row.source == name for row in rows),
    }


def _counted(keys: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for (outer, inner), number in sorted(Counter(keys).items()):
        counted.setdefault(outer, {})[inner] = number
    return counted
