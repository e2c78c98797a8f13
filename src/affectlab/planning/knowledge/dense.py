"""Entries by their meaning: unit vectors and exact dot products, each text embedded once."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import RecordingError
from affectlab.files import writing
from affectlab.planning.knowledge.embedder import WHEEL_SHA256, WIDTH, Embedder
from affectlab.planning.knowledge.entry import KnowledgeEntry
from affectlab.planning.knowledge.words import translations

Vectors = NDArray[np.float32]

_LOG: Final = logging.getLogger(__name__)
_FILE: Final = f"vectors-{WHEEL_SHA256[:12]}.npz"
SHIPPED: Final = Path(__file__).parent / "shipped" / "vectors.npz"
"""Vectors of the shipped entries, made by ``recipes/embedder/vectors.py``."""


class Nearest(Protocol):
    """Finds the vectors nearest to one."""

    def nearest(self, vector: Vectors, count: int, left_out: frozenset[int] = frozenset()) -> list[int]:
        """Return the numbers of at most `count` vectors, the nearest first, without those left out."""
        ...


class ExactVectors:
    """Compares a question with every vector.

    Parameters
    ----------
    vectors
        Unit vectors, shape (n, width).
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def nearest(self, vector: Vectors, count: int, left_out: frozenset[int] = frozenset()) -> list[int]:
        """Return the numbers of at most `count` vectors, the largest dot product first."""
        scores = self._vectors @ vector
        scores[list(left_out)] = -np.inf
        count = min(count, len(scores) - len(left_out))
        if count <= 0:
            return []
        best = np.argpartition(-scores, count - 1)[:count]
        return [int(one) for one in best[np.argsort(-scores[best], kind="stable")]]


def passage(entry: KnowledgeEntry) -> str:
    """Return the text that an entry is embedded as."""
    conditions = "; ".join(one.when for one in entry.implies if one.when)
    return f"{entry.topic.replace('-', ' ')}: {entry.claim} {conditions} ({entry.population})"


def question(text: str) -> str:
    """Return the text that a question is embedded as; Chinese terms of the lexicon add their English."""
    return " ".join([text, *translations(text)])


def cache_folder() -> Path:
    """Return where embeddings of entries are kept (``XDG_CACHE_HOME``)."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "affectlab" / "knowledge"


def embedded(entries: Sequence[KnowledgeEntry], embedder: Embedder, folder: Path | None = None) -> Vectors:
    """Return the entries' vectors, shape (n, 384).

    Those of the shipped entries are shipped; texts embedded before are read from `folder`.
    """
    file = (folder or cache_folder()) / _FILE
    keys = [key(entry) for entry in entries]
    known = read_vectors(SHIPPED) | read_vectors(file)
    missing = {one: entry for one, entry in zip(keys, entries, strict=True) if one not in known}
    if missing:
        made = embedder.passages([passage(entry) for entry in missing.values()])
        known |= dict(zip(missing, made, strict=True))
        _keep(file, {one: known[one] for one in keys})
    return np.array([known[one] for one in keys], dtype=np.float32).reshape(-1, WIDTH)


def key(entry: KnowledgeEntry) -> str:
    """Return the name that an entry's vector is kept under; another text has another."""
    return sha256(passage(entry).encode()).hexdigest()[:32]


def read_vectors(file: Path) -> dict[str, Vectors]:
    """Return the vectors kept in a file by name; none where there is no usable file."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            return dict(zip(map(str, stored["keys"]), stored["vectors"], strict=True))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError) as error:
        _LOG.warning("embeddings in %s cannot be read (%s); they are made again", file, error)
        return {}


def _keep(file: Path, vectors: dict[str, Vectors]) -> None:
    """Keep vectors for the next time; a full disk costs only that."""
    try:
        write_vectors(file, vectors)
    except RecordingError as error:
        _LOG.warning("embeddings of the knowledge base are not kept: %s", error)


def write_vectors(file: Path, vectors: dict[str, Vectors]) -> None:
    """Write vectors by name, 16 bits a number.

    Raises
    ------
    DiskFull, RecordingError
        If the file cannot be written.
    """
    with writing(file) as temporary, temporary.open("wb") as stream:
        np.savez(stream, keys=np.array(list(vectors)), vectors=np.array(list(vectors.values()), np.float16))
