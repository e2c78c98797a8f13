"""Answers kept on disk as they come, so that a killed run loses nothing and asks nothing twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np

from affectlab.errors import BenchError, DiskFull
from affectlab.models import AttentionShares, Failure, Generation, Scores

Answer: TypeAlias = Generation | Scores | Failure

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, content TEXT NOT NULL, shares BLOB, seconds REAL NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and the seconds it took, its share of its batch."""

    answer: Answer
    seconds: float


class AnswerStore:
    """Answers by key in one SQLite file, open to one process at a time.

    A batch is kept as a whole or not at all, whenever the process dies.

    Parameters
    ----------
    path
        The file, made when absent.

    Raises
    ------
    BenchError
        If another process has it open, or it is no such file.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._connection = sqlite3.connect(path, timeout=0.2, isolation_level=None)
        with self._translated():
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            # Survives the death of the process; only a power cut may take the last batches with it.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_SCHEMA)

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def keys(self) -> set[str]:
        """Keys of all answers."""
        with self._translated():
            return {key for (key,) in self._connection.execute("SELECT key FROM answers")}

    def keep(self, answers: Iterable[tuple[str, Kept]]) -> None:
        """Keep one batch of answers.

        Raises
        ------
        DiskFull
            If there is no room; what was kept before is whole.
        """
        rows = [(key, *_encoded(kept.answer), kept.seconds) for key, kept in answers]
        with self._translated():
            self._connection.execute("BEGIN")
            try:
                self._connection.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def get(self, key: str) -> Kept | None:
        """Return the answer kept under `key`, None where there is none."""
        query = "SELECT kind, content, shares, seconds FROM answers WHERE key = ?"
        with self._translated():
            row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else Kept(_decoded(*row[:3]), row[3])

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                raise DiskFull(
                    f"no room left to write {self._path}; free some space and run again"
                ) from error
            if "locked" in str(error):
                raise BenchError(
                    f"another run is writing to {self._path.parent}; wait for it to end"
                ) from error
            raise BenchError(f"cannot use {self._path}: {error}") from error
        except sqlite3.DatabaseError as error:
            raise BenchError(
                f"{self._path} is damaged or no answer store ({error}); move it away and run again"
            ) from error


def _encoded(answer: Answer) -> tuple[str, str, bytes | None]:
    if isinstance(answer, Scores):
        content: dict[str, Any] = {
            "log_likelihoods": answer.log_likelihoods.tolist(),
            "tokens": answer.tokens.tolist(),
        }
        if answer.attention is None:
            return "scores", json.dumps(content), None
        content["shape"] = answer.attention.shares.shape
        content["seen"] = answer.attention.tokens.tolist()
        return "scores", json.dumps(content), answer.attention.shares.astype(np.float16).tobytes()
    kind = "generation" if isinstance(answer, Generation) else "failure"
    return kind, json.dumps(asdict(answer), ensure_ascii=False), None


def _decoded(kind: str, content: str, shares: bytes | None) -> Answer:
    fields = json.loads(content)
    if kind == "generation":
        return Generation(**fields)
    if kind == "failure":
        return Failure(**fields)
    attention = None
    if shares is not None:
        table = np.frombuffer(shares, dtype=np.float16).reshape(fields["shape"]).astype(np.float32)
        attention = AttentionShares(table, np.array(fields["seen"], dtype=np.int64))
    return Scores(
        np.array(fields["log_likelihoods"], dtype=np.float64),
        np.array(fields["tokens"], dtype=np.int64),
        attention,
    )
