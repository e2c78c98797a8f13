"""Measurements kept as they come, so that a fit that was cut off goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import SteeringError
from affectlab.files import write_json
from affectlab.steering._arrays import from_base64, to_base64


class Partial:
    """Rows of numbers by case, in a JSON file.

    Parameters
    ----------
    path
        The file; None keeps rows in memory alone.
    key
        What the rows depend on; rows that were kept under another key are forgotten.

    Raises
    ------
    SteeringError
        If the file is damaged.
    """

    def __init__(self, path: Path | None, key: str) -> None:
        self._path, self._key = path, key
        self.rows: dict[int, NDArray[np.float32]] = {}
        if path is not None and path.exists():
            found, rows = _read(path)
            self.rows = rows if found == key else {}

    def add(self, rows: Mapping[int, NDArray[np.float32]]) -> None:
        """Keep more rows, in the file as well."""
        self.rows |= rows
        if self._path is not None:
            kept = {str(case): to_base64(row) for case, row in sorted(self.rows.items())}
            write_json(self._path, {"key": self._key, "rows": kept})


def _read(path: Path) -> tuple[str, dict[int, NDArray[np.float32]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content["key"], {int(case): from_base64(row) for case, row in content["rows"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SteeringError(
            f"{path} holds no measurements of a fit ({error}); delete it and fit again"
        ) from error
