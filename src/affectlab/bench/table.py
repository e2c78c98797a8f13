"""The result table of a run: ``samples.parquet``, and the attention shares beside it.

Rows stand in the order of the data set, hold nothing that depends on when or how fast they were answered, and
are written in pieces, so that memory stays flat however long a run is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from affectlab.bench.outcome import Outcome
from affectlab.files import writing
from affectlab.models import AttentionShares

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "samples.parquet"
SHARES = "attention.npy"
TOKENS = "attention_tokens.npy"
_PIECE = 1024


def write_table(folder: Path, found: Iterable[Outcome], labels: tuple[str, ...], length: int) -> None:
    """Write the result table and, where there are any, the attention shares.

    Parameters
    ----------
    folder
        Of the run.
    found
        Outcomes, `length` of them, in the order of the rows.
    labels
        In the order of the target's and the likelihoods' columns.
    """
    with ExitStack() as stack:
        table = stack.enter_context(_Rows(stack.enter_context(writing(folder / TABLE))))
        shares = stack.enter_context(_Shares(folder, length))
        position = 0
        for piece in _pieces(found):
            table.add([outcome.to_row(labels) for outcome in piece])
            for outcome in piece:
                shares.add(position, outcome.attention)
                position += 1


def _pieces(found: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    rest = iter(found)
    while piece := list(islice(rest, _PIECE)):
        yield piece


class _Rows:
    """The growing Parquet file."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet

        self._schema = _schema()
        self._file = pyarrow.parquet.ParquetWriter(path, self._schema)

    def add(self, rows: list[dict[str, Any]]) -> None:
        import pyarrow as pa

        self._file.write_table(pa.Table.from_pylist(rows, schema=self._schema))

    def __enter__(self) -> _Rows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


class _Shares:
    """The growing array of attention shares, made when the first of them comes."""

    def __init__(self, folder: Path, length: int) -> None:
        self._folder, self._length = folder, length
        self._stack = ExitStack()
        self._shares: np.memmap[Any, Any] | None = None
        self._tokens: np.memmap[Any, Any] | None = None

    def add(self, position: int, attention: AttentionShares | None) -> None:
        if attention is None:
            return
        if self._shares is None or self._tokens is None:
            self._shares = self._array(SHARES, np.float16, attention.shares.shape)
            self._tokens = self._array(TOKENS, np.int32, attention.tokens.shape)
            self._shares[:] = np.nan
        self._shares[position] = attention.shares
        self._tokens[position] = attention.tokens

    def __enter__(self) -> _Shares:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for array in (self._shares, self._tokens):
            if array is not None:
                array.flush()
        self._stack.__exit__(kind, error, trace)
        if kind is None and self._shares is None:
            (self._folder / SHARES).unlink(missing_ok=True)
            (self._folder / TOKENS).unlink(missing_ok=True)

    def _array(self, name: str, dtype: type[np.generic], shape: tuple[int, ...]) -> np.memmap[Any, Any]:
        path = self._stack.enter_context(writing(self._folder / name))
        return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(self._length, *shape))


def _schema() -> pa.Schema:
    import pyarrow as pa

    text, numbers = pa.string(), pa.list_(pa.float64())
    return pa.schema(
        [
            ("id", text),
            ("subset", text),
            ("split", text),
            ("source", text),
            ("groups", text),
            ("label", text),
            ("target", numbers),
            ("status", text),
            ("prediction", text),
            ("log_likelihoods", numbers),
            ("probabilities", numbers),
            ("text", text),
            ("failure_kind", text),
            ("failure", text),
            ("details", text),
        ]
    )
