"""Songs and scores to a corpus that a model can be trained on."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.errors import InvalidData, UnreadableFile
from affectlab.files import write_json
from affectlab.manifest import sha256
from affectlab.music.learned.corpus import pop909, scores
from affectlab.music.learned.corpus.origin import Candidate
from affectlab.music.learned.corpus.prepared import Prepared, prepare
from affectlab.music.learned.corpus.shards import (
    INDEX,
    LABELS_FILE,
    NGRAMS,
    VOCABULARY,
    Corpus,
    Entry,
    write_split,
)
from affectlab.music.learned.corpus.splits import SPLITS, split_pieces
from affectlab.music.learned.labels import Labeller
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.tokens import vocabulary

PLAN, MANIFEST, WORK = "plan.json", "manifest.json", "work"
# Counts up when the same inputs give another corpus.
FORMAT = 1

Progress = Callable[[int, int], None]


class Interrupted(Exception):
    """The work was told to stop; what was finished is kept."""


def build(
    songs: Path,
    out: Path,
    *,
    with_scores: bool = True,
    manifest: dict[str, Any],
    stop: threading.Event,
    progress: Progress = lambda _done, _total: None,
) -> Corpus:
    """Make a corpus, or go on with one of the same inputs; a finished one is left as it is.

    Parameters
    ----------
    songs
        ``POP909.tar.gz`` or its folder.
    out
        Folder of the corpus.
    with_scores
        Whether the openly licensed scores of music21 are taken as well.
    manifest
        Written beside the corpus.
    stop
        Set to end after the piece under way.
    progress
        Told (finished, of how many) pieces.

    Raises
    ------
    UnreadableFile, InvalidData
        If `songs` is not POP909, nothing of it is of use, or `out` holds something else.
    MissingExtra
        If miditok, symusic or music21 is missing.
    Interrupted
        If `stop` was set before all was done.
    """
    plan = {"format": FORMAT, "pop909": fingerprint(songs), "scores": with_scores}
    if _is_finished(out, plan):
        return Corpus.open(out)
    candidates = [*pop909.candidates(songs), *(scores.candidates() if with_scores else ())]
    write_json(out / PLAN, plan)
    prepared: list[Prepared] = []
    for number, candidate in enumerate(candidates):
        if stop.is_set():
            raise Interrupted
        prepared.append(prepare(candidate, out / WORK))
        progress(number + 1, len(candidates))
    corpus = _write(out, candidates, prepared)
    write_json(out / MANIFEST, manifest | {"inputs": plan})
    shutil.rmtree(out / WORK)
    # Last, for it says that everything else is there.
    write_json(out / INDEX, corpus.to_json())
    return corpus


def fingerprint(path: Path) -> str:
    """Return what tells one input from another: of a file its hash, of a folder that of names and contents.

    Raises
    ------
    UnreadableFile
        If there is nothing at `path`.
    """
    if path.is_file():
        return sha256(path)
    if not path.is_dir():
        raise UnreadableFile(f"{path} does not exist; --pop909 takes POP909.tar.gz or its folder")
    digest = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.suffix in {".mid", ".txt"} and one.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()} {sha256(file)}\n".encode())
    return digest.hexdigest()


def _is_finished(out: Path, plan: dict[str, Any]) -> bool:
    """Whether `out` holds the corpus of this plan; an error if it holds anything but a part of it."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        try:
            before = json.loads((out / PLAN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = None
        if before != plan:
            what = "something else" if before is None else "a corpus of other inputs"
            raise InvalidData(f"{out} holds {what}; choose another folder for --out, or delete it")
    return (out / INDEX).exists()


def _write(out: Path, candidates: Sequence[Candidate], prepared: Sequence[Prepared]) -> Corpus:
    """Write everything but the index."""
    pairs = list(zip(candidates, prepared, strict=True))
    kept = [(one, made) for one, made in pairs if not made.reason]
    places = split_pieces({one.name: made.ngrams for one, made in kept})
    parts = {split: [pair for pair in kept if places[pair[0].name][0] == split] for split in SPLITS}
    if lacking := [split for split in SPLITS if not parts[split]]:
        raise InvalidData(
            f"only {len(kept)} of {len(pairs)} pieces are of use, none of them for: {', '.join(lacking)}; "
            "give the whole of POP909"
        )
    labeller = Labeller.fit(made.features for _, made in parts["train"])
    entries: list[Entry] = []
    for split, members in parts.items():
        write_split(
            out,
            split,
            {
                "ids": [made.ids for _, made in members],
                "beats": [made.beats for _, made in members],
                "features": [made.features for _, made in members],
                "labels": [labeller.label(made.features) for _, made in members],
            },
        )
        entries += _entries(split, members, places)
    vocabulary().save(out / VOCABULARY)
    write_json(out / LABELS_FILE, labeller.to_json())
    NgramSet(np.unique(np.concatenate([made.ngrams for _, made in parts["train"]]))).save(out / NGRAMS)
    return Corpus(out, tuple(entries), {one.name: made.reason for one, made in pairs if made.reason})


def _entries(
    split: str, members: Sequence[tuple[Candidate, Prepared]], places: dict[str, tuple[str, str]]
) -> list[Entry]:
    entries, token, beat = [], 0, 0
    for one, made in members:
        tokens, beats = len(made.ids), len(made.features)
        group = places[one.name][1]
        entries.append(
            Entry(one.name, one.source, one.licence, split, group, made.notes, token, tokens, beat, beats)
        )
        token, beat = token + tokens, beat + beats
    return entries
