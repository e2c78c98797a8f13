"""An array file that grows along its first axis while it is written."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray


class GrowingArray:
    """A ``.npy`` file of float32 to which rows are appended; never more than one piece in memory.

    Parameters
    ----------
    path
        Where it is written.
    shape
        Of one row.

    Notes
    -----
    NumPy pads the header of an array so that its first axis can grow in place (NEP 1); the final length is
    written over the first one when the file is closed.
    """

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self._path, self._shape, self._rows = path, shape, 0

    def __enter__(self) -> GrowingArray:
        self._file: BinaryIO = self._path.open("wb")
        self._header()
        self._begin = self._file.tell()
        return self

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write rows, shape (n, *shape)."""
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").data)
        self._rows += len(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.seek(0)
            self._header()
            if self._file.tell() != self._begin:
                raise AssertionError(f"the header of {self._path} has no room for {self._rows} rows")
        finally:
            self._file.close()

    def _header(self) -> None:
        about = {"descr": "<f4", "fortran_order": False, "shape": (self._rows, *self._shape)}
        np.lib.format.write_array_header_1_0(self._file, about)
