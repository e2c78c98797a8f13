"""The table of an exam's answers: ``answers.parquet``, one row a question, in the order of asking."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectlab.bench.exam.result import Result
from affectlab.bench.run_about import RUN
from affectlab.errors import BenchError, MissingExtra
from affectlab.files import writing

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "answers.parquet"
_PIECE = 1024
_PARSED = ("groups", "target", "log_likelihoods", "probabilities", "values", "notes", "details")
_WORDS = (
    "item",
    "sample",
    "subset",
    "split",
    "source",
    "groups",
    "task",
    "arm",
    "status",
    "target",
    "prediction",
    "log_likelihoods",
    "probabilities",
    "values",
    "notes",
    "text",
)


@dataclass(frozen=True, slots=True, eq=False)
class ExamRun:
    """One model's answers to an exam.

    Parameters
    ----------
    folder
        Where they were read from.
    about
        Content of ``run.json``.
    rows
        One mapping a question with the columns of ``answers.parquet``; what is JSON there is parsed, and
        empty where the model gave none.
    """

    folder: Path
    about: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """The model's name, with how it was steered."""
        model = self.about["model"]
        steering = model.get("settings", {}).get("steering", {}).get("name")
        return f"{model['name']}{f' + {steering}' if steering else ''}"

    @property
    def benchmark(self) -> str:
        return str(self.about["benchmark"])

    @property
    def complete(self) -> bool:
        return bool(self.about["status"] == "complete")

    def select(self, *, task: str | None = None, arm: str | None = None) -> list[Mapping[str, Any]]:
        """Return the rows of a task, of an arm, or of both."""
        return [row for row in self.rows if task in {None, row["task"]} and arm in {None, row["arm"]}]


def write_answers(folder: Path, found: Iterable[Result]) -> None:
    """Write the table, in pieces, so that memory stays flat however long a run is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema()
    rest = iter(found)
    with writing(folder / TABLE) as path, pq.ParquetWriter(path, schema) as file:
        while piece := [one.to_row() for one in islice(rest, _PIECE)]:
            file.write_table(pa.Table.from_pylist(piece, schema=schema))


def read_exam_run(folder: Path) -> ExamRun:
    """Read a run; one that was cancelled is read as far as it went.

    Raises
    ------
    BenchError
        If the folder holds no run, the run is unfinished, or its table is missing or damaged.
    MissingExtra
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("pyarrow", "bench") from error
    about = _about(folder)
    path = folder / TABLE
    try:
        rows = tuple(map(_parsed, pq.read_table(path, schema=_schema()).to_pylist()))
    except FileNotFoundError:
        raise BenchError(f"{folder} has no {TABLE}; start the same command again to write it") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        line = (str(error).splitlines() or [""])[0]
        raise BenchError(f"{path} is damaged ({line}); run it again") from error
    return ExamRun(folder, about, rows)


def _about(folder: Path) -> Mapping[str, Any]:
    path = folder / RUN
    try:
        about: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        status = about["status"]
    except FileNotFoundError:
        raise BenchError(
            f"{folder} holds no run (no {RUN}); make one: "
            f"affectlab bench run BENCHMARK --data DIR --model MODEL --out {folder}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{path} is damaged ({error}); run it again") from error
    if status not in {"complete", "cancelled"}:
        raise BenchError(
            f"{path} is not a finished run (status {status!r}); start the same command again to finish it"
        )
    return about


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: json.loads(row[name]) if row[name] else {} for name in _PARSED}


def _schema() -> pa.Schema:
    import pyarrow as pa

    words = [(name, pa.string()) for name in _WORDS]
    numbers = [("complete", pa.bool_()), ("tokens", pa.int64())]
    rest = [(name, pa.string()) for name in ("failure_kind", "failure", "details")]
    return pa.schema([*words, *numbers, *rest])
