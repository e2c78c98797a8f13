"""A finished run read back from its folder.

``run.json`` says what was run, ``samples.parquet`` holds one row a sample, and ``attention.npy`` with
``attention_tokens.npy`` hold attention shares in the order of the rows, where the model gave any.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import BenchError, MissingExtra

if TYPE_CHECKING:
    from polars import DataFrame

ABOUT_FILE = "run.json"
TABLE_FILE = "samples.parquet"
ATTENTION_FILE = "attention.npy"
TOKENS_FILE = "attention_tokens.npy"

UNPARSED = -1
"""Stands for the label of an answer that names none, or of a sample without an answer."""

FLOOR = 1e-12
"""Smaller probabilities count as this, so that one label held impossible does not decide a mean."""

_FORMAT_KEYS = ("benchmark", "task", "mode", "model", "dataset", "counts")
_COLUMNS = ("id", "subset", "split", "source", "label", "target", "status", "prediction", "log_likelihoods")
_EXTRA_COLUMNS = ("text", "failure_kind", "failure", "details")

Words = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Columns of the samples of a run; every array has n rows.

    Parameters
    ----------
    id, subset, split, source, status
        As the data set and the runner give them; `source` is what intervals cluster by.
    truth
        Index of the true label, shape (n,).
    target
        True distribution over labels, shape (n, n_labels).
    prediction
        Index of the label answered, `UNPARSED` where there is none.
    log_probabilities
        Natural logarithm of the labels' probabilities given that one of them is the answer, at least
        log `FLOOR`; NaN rows where the model gave none. Shape (n, n_labels).
    text, failure_kind, failure
        The answer in words, and why there is no answer; None elsewhere.
    details
        The benchmark's own facts.
    """

    id: Words
    subset: Words
    split: Words
    source: Words
    status: Words
    truth: NDArray[np.intp]
    target: NDArray[np.float64]
    prediction: NDArray[np.intp]
    log_probabilities: NDArray[np.float64]
    text: Words
    failure_kind: Words
    failure: Words
    details: Words

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Samples:
        """Return the samples at `rows`, indices or a mask."""
        return Samples(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Samples that could not be asked: out of every metric, but counted."""
        return np.asarray(self.status == "failed")

    @property
    def has_probabilities(self) -> NDArray[np.bool_]:
        return np.asarray(np.isfinite(self.log_probabilities).all(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """Attention of the last prompt token, row by row of the samples; memory-mapped.

    Parameters
    ----------
    shares
        Shape (n, layers, heads, 4): on T, A, V and the rest, NaN in rows that have none.
    tokens
        Shape (n, 4): how many tokens each has.
    """

    shares: NDArray[np.float16]
    tokens: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One model on one data set.

    Parameters
    ----------
    folder
        Where it was read from.
    about
        Content of ``run.json``.
    labels
        Labels in their natural order.
    values
        Label to number where labels are ordered, else empty.
    samples, attention
        The answers, and where the model looked.
    """

    folder: Path
    about: Mapping[str, Any]
    labels: tuple[str, ...]
    values: Mapping[str, float]
    samples: Samples
    attention: Attention | None

    @property
    def benchmark(self) -> str:
        return str(self.about["benchmark"])

    @property
    def name(self) -> str:
        """The model's name, with how it was steered."""
        steering = self._steering.get("name")
        return f"{self.about['model']['name']}{f' + {steering}' if steering else ''}"

    @property
    def steering(self) -> str:
        """How the model was steered, with the settings that can be said in a word; empty if it was not."""
        facts = {key: value for key, value in self._steering.items() if not isinstance(value, dict | list)}
        name = str(facts.pop("name", ""))
        return ", ".join([name, *(f"{key} {value}" for key, value in facts.items())])

    @property
    def _steering(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.about["model"].get("settings", {}).get("steering", {})
        return found

    @property
    def mode(self) -> str:
        return str(self.about["mode"])

    @property
    def complete(self) -> bool:
        return bool(self.about["status"] == "complete")


def read_run(folder: Path) -> Run:
    """Read a run.

    A cancelled run is read as far as it went; `Run.complete` tells.

    Raises
    ------
    BenchError
        If the folder holds no run, the run is unfinished, or a file is missing or damaged.
    MissingExtra
        If polars is not installed.
    """
    about = _about(folder)
    try:
        labels = tuple(about["dataset"]["labels"])
        values = {label: float(value) for label, value in about["dataset"].get("values", {}).items()}
        samples = _samples(_table(folder), labels)
    except (KeyError, ValueError, TypeError) as error:
        raise BenchError(f"{folder / TABLE_FILE} is damaged ({_line(error)}); run it again") from error
    return Run(folder, about, labels, values, samples, _attention(folder, len(samples)))


def _about(folder: Path) -> Mapping[str, Any]:
    path = folder / ABOUT_FILE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        missing = [key for key in _FORMAT_KEYS if key not in about]
    except FileNotFoundError:
        raise BenchError(
            f"{folder} holds no run (no {ABOUT_FILE}); make one: "
            f"affectlab bench run BENCHMARK --data DIR --model MODEL --out {folder}"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BenchError(f"{path} is damaged ({_line(error)}); run it again") from error
    if missing or about.get("status") not in {"complete", "cancelled"}:
        lack = f"no {', '.join(missing)}" if missing else f"status {about.get('status')!r}"
        raise BenchError(f"{path} is not a finished run ({lack}); start the same command again to finish it")
    found: Mapping[str, Any] = about
    return found


def _table(folder: Path) -> DataFrame:
    try:
        import polars
    except ImportError as error:
        raise MissingExtra("polars", "bench") from error
    path = folder / TABLE_FILE
    try:
        table = polars.read_parquet(path)
    except FileNotFoundError:
        raise BenchError(f"{folder} has no {TABLE_FILE}; start the same command again to write it") from None
    except (OSError, polars.exceptions.PolarsError) as error:
        raise BenchError(f"{path} is damaged ({_line(error)}); run it again") from error
    lacking = [name for name in (*_COLUMNS, *_EXTRA_COLUMNS) if name not in table.columns]
    if lacking:
        raise BenchError(f"{path} lacks the columns {', '.join(lacking)}; run it again")
    if table.is_empty():
        raise BenchError(f"{path} holds no samples; run it again")
    return table


def _samples(table: DataFrame, labels: tuple[str, ...]) -> Samples:
    def words(name: str) -> Words:
        column = np.empty(table.height, dtype=object)
        column[:] = table[name].to_list()
        return column

    return Samples(
        **{name: words(name) for name in ("id", "subset", "split", "source", "status")},
        truth=_codes(table["label"].to_list(), labels),
        target=_matrix(table["target"].to_list(), len(labels)),
        prediction=_codes(table["prediction"].to_list(), labels),
        log_probabilities=log_softmax(_matrix(table["log_likelihoods"].to_list(), len(labels))),
        **{name: words(name) for name in ("text", "failure_kind", "failure")},
        details=_parsed(table["details"].to_list()),
    )


def _codes(names: list[str | None], labels: tuple[str, ...]) -> NDArray[np.intp]:
    codes: dict[str | None, int] = {label: index for index, label in enumerate(labels)}
    codes[None] = UNPARSED
    unknown = sorted({str(name) for name in names} - {str(name) for name in codes})
    if unknown:
        raise ValueError(f"label {unknown[0]!r} is not one of {', '.join(labels)}")
    return np.array([codes[name] for name in names], dtype=np.intp)


def _matrix(rows: list[list[float] | None], width: int) -> NDArray[np.float64]:
    blank = [float("nan")] * width
    return np.array([blank if row is None else row for row in rows], dtype=float).reshape(len(rows), width)


def _parsed(column: list[str]) -> Words:
    details = np.empty(len(column), dtype=object)
    details[:] = [json.loads(one) for one in column]
    return details


def log_softmax(log_likelihoods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalise over the last axis and bound from below by log `FLOOR`; rows with NaN stay NaN."""
    highest = log_likelihoods.max(axis=-1, keepdims=True)
    # A row of nothing but -inf says nothing: it becomes NaN, as a row without log-likelihoods.
    with np.errstate(invalid="ignore"):
        shifted = log_likelihoods - highest
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(np.maximum(shifted - total, np.log(FLOOR)))


def _attention(folder: Path, n: int) -> Attention | None:
    path = folder / ATTENTION_FILE
    if not path.exists():
        return None
    try:
        shares = np.load(path, mmap_mode="r", allow_pickle=False)
        tokens = np.load(folder / TOKENS_FILE, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BenchError(
            f"the attention of {folder} cannot be read ({_line(error)}); run it again"
        ) from error
    if shares.ndim != 4 or shares.shape[-1] != 4 or tokens.shape != (len(shares), 4) or len(shares) != n:
        raise BenchError(
            f"{path} does not fit the table: {n} samples, shares of shape {shares.shape}, tokens of shape "
            f"{tokens.shape}; run it again"
        )
    return Attention(shares, tokens)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
