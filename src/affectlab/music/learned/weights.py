"""Weights of the learned composer: three graphs, a vocabulary, and what they were made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from affectlab.errors import UnreadableFile
from affectlab.files import write_json
from affectlab.manifest import sha256
from affectlab.music.learned.graphs import GRAPHS
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.vocabulary import Vocabulary
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.onnx_sessions import open_graph

FORMAT: Final = "affectlab-composer"
VERSION: Final = 1
SIDECAR: Final = "composer.json"
VOCABULARY: Final = "vocabulary.json"
NGRAMS: Final = "ngrams.npz"
SHIPPED: Final = Path(__file__).parent / "shipped"
"""Folder of the shipped weights."""

FILES: Final = (VOCABULARY, NGRAMS, *(graph.file for graph in GRAPHS.values()))
"""What a composer's folder holds besides its sidecar."""

_SIZES = ("layers", "heads", "width", "places")


class ComposerWeights:
    """A composer ready to run, each graph in one thread; safe to share between composers.

    Parameters
    ----------
    folder
        Of `FILES` and ``composer.json``; the shipped ones by default.

    Attributes
    ----------
    vocabulary
        What the ids say.
    known
        Melodic n-grams of the training corpus.
    scale
        Onsets per beat of a density.
    places
        Words the backbone remembers.

    Raises
    ------
    UnreadableFile
        If a file is missing, is not what its name says, or was changed after it was written.
    MissingExtra
        If ONNX Runtime is not installed.
    """

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.folder = folder
        self.facts = _facts(folder)
        for name in FILES:
            _check(folder / name, str(self.facts["files"].get(name)))
        self.vocabulary = Vocabulary.load(folder / VOCABULARY)
        self.known = NgramSet.load(folder / NGRAMS)
        self.scale = DensityScale.of(self.facts["density"])
        sizes = self.facts["sizes"]
        self.layers, self.heads, self.width, self.places = (int(sizes[name]) for name in _SIZES)
        self._sessions = {name: open_graph(folder / graph.file) for name, graph in GRAPHS.items()}

    @property
    def head_width(self) -> int:
        """Numbers per head."""
        return self.width // self.heads

    def run(self, graph: str, outputs: list[str], feed: Mapping[str, Any]) -> list[Any]:
        """Run one of the graphs."""
        found: list[Any] = self._sessions[graph].run(outputs, feed)
        return found


@lru_cache(maxsize=2)
def load_composer(folder: Path = SHIPPED) -> ComposerWeights:
    """Load a composer's weights once; see `ComposerWeights`."""
    return ComposerWeights(folder)


def seal(folder: Path, sizes: Mapping[str, int], density: Sequence[float], facts: Mapping[str, Any]) -> Path:
    """Write the sidecar of the files that lie in `folder`; return its path.

    Parameters
    ----------
    folder
        Of `FILES`.
    sizes
        Layers, heads and width of the backbone, and the places of its memory.
    density
        Onsets per beat at evenly spaced shares of the corpus's beats.
    facts
        JSON-ready; added to the sidecar.
    """
    path = folder / SIDECAR
    write_json(
        path,
        {
            "format": FORMAT,
            "version": VERSION,
            "files": {name: sha256(folder / name) for name in FILES},
            "sizes": dict(sizes),
            "density": list(density),
            **facts,
        },
    )
    return path


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / SIDECAR
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(
            f"{path}: {error.strerror}; expected the folder of a composer's weights"
        ) from error
    except ValueError as error:
        raise UnreadableFile(f"{path} is not JSON ({error}); copy the composer's folder again") from error
    known = isinstance(facts, dict) and facts.get("format") == FORMAT and facts.get("version") == VERSION
    whole = known and {"files", "sizes", "density"} <= set(facts) and set(facts["sizes"]) == set(_SIZES)
    if not whole:
        raise UnreadableFile(f"{path} is not the sidecar of a composer (format {FORMAT}, version {VERSION})")
    return dict(facts)


def _check(path: Path, expected: str) -> None:
    if not path.is_file():
        raise UnreadableFile(f"{path} is missing; copy the composer's folder again")
    found = sha256(path)
    if found != expected:
        raise UnreadableFile(
            f"{path} was changed: its SHA-256 is {found[:12]}…, {SIDECAR} says {expected[:12]}…; copy the "
            "composer's folder again"
        )
