"""The samples of a run put back together by clip: which row shows which modalities of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.results import UNPARSED, Run, Samples
from affectlab.models import MODALITIES

NO_ROW = -1
FULL = 7
"""Column of all three modalities: columns count in binary, T is 1, A is 2, V is 4."""

CHANNELS = (*MODALITIES, "M")
BOTH = "aligned+conflict"

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Clips:
    """Clips of a run with the rows of their samples.

    Parameters
    ----------
    rows
        Shape (n_clips, 8): row of the sample with the modalities of the column, `NO_ROW` where there is none
        or it failed. Column 0, no modality, never has one.
    channels
        Shape (n_clips, 4): label index from T, A, V alone and of the multimodal reference, `UNPARSED` where
        the clip has none.
    of_row
        Shape (n_samples,): the clip of each sample, `NO_ROW` for a sample of no clip.
    sets
        Shape (n_samples,): column of each sample in `rows`.
    """

    rows: Indices
    channels: Indices
    of_row: Indices
    sets: Indices

    def groups(self, samples: Samples) -> dict[str, Indices]:
        """Return the clips whose complete sample has an answer: all of them, aligned, conflict."""
        complete = np.flatnonzero(self.rows[:, FULL] != NO_ROW)
        subset = samples.subset[self.rows[complete, FULL]]
        found = {
            BOTH: complete,
            "aligned": complete[subset == "aligned"],
            "conflict": complete[subset == "conflict"],
        }
        return {name: clips for name, clips in found.items() if clips.size}


def modality_set(name: str) -> int:
    """Return the column of a set of modalities, for example 5 for "TV"."""
    return sum(1 << bit for bit, modality in enumerate(MODALITIES) if modality in name)


def clips_of(run: Run) -> Clips:
    """Group the samples of an EmoMM run by clip; samples without a clip are left out."""
    samples = run.samples
    codes: dict[str, int] = {}
    of_row = np.full(len(samples), NO_ROW, dtype=np.intp)
    sets = np.zeros(len(samples), dtype=np.intp)
    for row, details in enumerate(samples.details):
        if "clip" in details and "modalities" in details:
            of_row[row] = codes.setdefault(str(details["clip"]), len(codes))
            sets[row] = modality_set(details["modalities"])
    rows = np.full((len(codes), FULL + 1), NO_ROW, dtype=np.intp)
    usable = (of_row != NO_ROW) & ~samples.failed
    rows[of_row[usable], sets[usable]] = np.flatnonzero(usable)
    return Clips(rows, _channels(run, of_row, len(codes)), of_row, sets)


def shows_everything(run: Run) -> bool:
    """Whether samples were shown with all the modalities they have, not a chosen part."""
    return not (run.about.get("selection") or {}).get("modalities")


def _channels(run: Run, of_row: Indices, n_clips: int) -> Indices:
    index = {label: code for code, label in enumerate(run.labels)}
    channels = np.full((n_clips, len(CHANNELS)), UNPARSED, dtype=np.intp)
    for clip, details in zip(of_row.tolist(), run.samples.details, strict=True):
        if clip != NO_ROW:
            labels = details.get("labels", {})
            channels[clip] = [index.get(labels.get(channel), UNPARSED) for channel in CHANNELS]
    return channels
