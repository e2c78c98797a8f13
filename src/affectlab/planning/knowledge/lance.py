"""Vectors of very many entries in LanceDB: an approximate index on disk instead of every dot product."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from affectlab.errors import MissingExtra
from affectlab.files import translated
from affectlab.planning.knowledge.dense import Vectors, cache_folder

_PARTS: Final = 96
"""Numbers that a vector is quantised to, four dimensions each."""
_PROBES: Final = 20
_REFINED: Final = 4
"""How many times more candidates are compared exactly; with the probes, ours."""


class LanceVectors:
    """Finds the nearest vectors through an inverted file with product quantisation, refined exactly.

    The index is kept under the cache folder, by the content of the vectors.

    Parameters
    ----------
    vectors
        Unit vectors, shape (n, width), n of some thousands at least.
    folder
        Where to keep the index; by default the cache of the knowledge base.

    Raises
    ------
    MissingExtra
        If LanceDB is not installed.
    DiskFull, RecordingError
        If the index cannot be written.
    """

    def __init__(self, vectors: Vectors, folder: Path | None = None) -> None:
        try:
            import lancedb
        except ImportError:
            raise MissingExtra("lancedb", "scale") from None
        self._count = len(vectors)
        name = sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()[:16]
        place = (folder or cache_folder()) / f"lance-{name}"
        with translated(place):
            if not place.is_dir():
                _build(lancedb, vectors, place)
            self._table = lancedb.connect(place).open_table("entries")

    def nearest(self, vector: Vectors, count: int, left_out: frozenset[int] = frozenset()) -> list[int]:
        """Return the numbers of at most `count` vectors, about the nearest first."""
        asked = count
        while True:
            found = self._asked(vector, asked)
            kept = [number for number in found if number not in left_out]
            if len(kept) >= count or asked >= self._count:
                return kept[:count]
            asked = min(4 * asked, self._count)

    def _asked(self, vector: Vectors, count: int) -> list[int]:
        query = self._table.search(vector).distance_type("dot").nprobes(_PROBES).refine_factor(_REFINED)
        numbers: list[int] = (
            query.limit(count).select(["number", "_distance"]).to_arrow()["number"].to_pylist()
        )
        return numbers


def _build(lancedb: Any, vectors: Vectors, place: Path) -> None:
    import pyarrow
    from lancedb.index import IvfPq

    unfinished = place.with_name(f".{place.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.reshape(-1)), vectors.shape[1])
    numbers = pyarrow.array(np.arange(len(vectors)))
    rows = pyarrow.table({"number": numbers, "vector": column})
    table = lancedb.connect(unfinished).create_table("entries", rows)
    table.create_index("vector", config=IvfPq(distance_type="dot", num_sub_vectors=_PARTS))
    unfinished.replace(place)
