"""One piece made ready for a corpus, kept on disk until all are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectlab.files import writing
from affectlab.music.learned.corpus.origin import Candidate, Dropped
from affectlab.music.learned.features import beat_features
from affectlab.music.learned.ngrams import melodic_ngrams
from affectlab.music.learned.tokens import encode, vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A piece as arrays, or the reason why it is left out.

    Parameters
    ----------
    ids, beats
        Of each token, shape (tokens,).
    features
        `beat_features`, shape (beats, 10).
    ngrams
        Hashes of the melodic n-grams.
    notes
        Number of notes.
    reason
        Why it is left out; empty when it is not.
    """

    ids: NDArray[np.uint16]
    beats: NDArray[np.int32]
    features: NDArray[np.float32]
    ngrams: NDArray[np.uint64]
    notes: int
    reason: str


def prepare(candidate: Candidate, folder: Path) -> Prepared:
    """Return a candidate made ready; from `folder` if it was before, else it is kept there.

    Parameters
    ----------
    candidate
        The piece.
    folder
        Of what is made ready; the work of one corpus only.
    """
    path = folder / f"{candidate.name.replace('/', '+')}.npz"
    found = _kept(path)
    if found is None:
        found = _made(candidate)
        with writing(path) as temporary:
            np.savez(
                temporary,
                ids=found.ids,
                beats=found.beats,
                features=found.features,
                ngrams=found.ngrams,
                notes=found.notes,
                reason=json.dumps(found.reason),
            )
    return found


def _kept(path: Path) -> Prepared | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            return Prepared(
                content["ids"],
                content["beats"],
                content["features"],
                content["ngrams"],
                int(content["notes"]),
                json.loads(str(content["reason"])),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        # Not there, or left damaged by a machine that stopped: it is made again.
        return None


def _made(candidate: Candidate) -> Prepared:
    try:
        piece = candidate.read()
    except Dropped as why:
        nothing = np.zeros(0)
        return Prepared(
            nothing.astype(np.uint16), nothing.astype(np.int32), np.zeros((0, 0), np.float32),
            nothing.astype(np.uint64), 0, str(why),
        )  # fmt: skip
    ids = encode(piece)
    return Prepared(
        ids, vocabulary().beats(ids), beat_features(piece), melodic_ngrams(piece), len(piece.notes), ""
    )
