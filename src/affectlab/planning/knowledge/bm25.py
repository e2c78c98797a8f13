"""Entries by their words: BM25 in SQLite's full-text index, in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from threading import Lock
from typing import Final
from weakref import finalize

from affectlab.planning.knowledge.entry import KnowledgeEntry
from affectlab.planning.knowledge.words import asked, indexed

_WEIGHTS: Final = (3.0, 2.0, 1.0, 1.0)
"""Of claim, topic, conditions, and population with the source's title; ours."""


class WordIndex:
    """Finds entries that share words with a question.

    Words are stemmed (Porter). It may be asked from several threads.

    Parameters
    ----------
    entries
        What to search, in the order that results count them by.
    """

    def __init__(self, entries: Sequence[KnowledgeEntry]) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        finalize(self, self._connection.close)
        self._connection.execute(
            "CREATE VIRTUAL TABLE entry USING "
            "fts5(claim, topic, conditions, setting, tokenize='porter unicode61', content='')"
        )
        rows = ((number, *map(indexed, _columns(entry))) for number, entry in enumerate(entries))
        self._connection.executemany(
            "INSERT INTO entry(rowid, claim, topic, conditions, setting) VALUES (?, ?, ?, ?, ?)", rows
        )

    def nearest(
        self, text: str, count: int, left_out: frozenset[int] = frozenset(), *, translated: bool = True
    ) -> list[int]:
        """Return the numbers of at most `count` entries, the nearest first.

        Parameters
        ----------
        text
            The question.
        count
            Most entries to return.
        left_out
            Numbers of entries not to return.
        translated
            Whether Chinese terms are also looked for in English.
        """
        words = asked(text, translated=translated)
        if not words:
            return []
        with self._lock:
            return list(islice((row for row in self._rows(words) if row not in left_out), count))

    def _rows(self, words: list[str]) -> Iterator[int]:
        query = " OR ".join(f'"{word}"' for word in words)
        found = self._connection.execute(
            "SELECT rowid FROM entry WHERE entry MATCH ? ORDER BY bm25(entry, ?, ?, ?, ?), rowid",
            (query, *_WEIGHTS),
        )
        return (number for (number,) in found)


def _columns(entry: KnowledgeEntry) -> tuple[str, str, str, str]:
    conditions = " ".join(f"{one.field} {one.direction} {one.when}" for one in entry.implies)
    keys = " ".join(sorted(entry.contraindications)).replace("_", " ")
    topic = f"{entry.topic} {entry.id} {keys}"
    return entry.claim, topic, conditions, f"{entry.population} {entry.source.title}"
