"""Stretches of a recording with one label: what chance exchanges, and what a person's classes are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import EpochTable, Floats, Target

Indices = NDArray[np.intp]


def units(table: EpochTable, target: Target) -> Indices:
    """Give numbers to the unbroken stretches of one recording, stimulus and label, shape (n,).

    Windows of one stretch share their label, their drift and, where they overlap, their samples; a stretch
    is therefore the smallest thing that labels may be exchanged between.
    """
    label = table.label(target)
    order = np.lexsort((table.start, table.recording.astype(str)))
    begins = np.ones(len(table), dtype=bool)
    for column in (table.recording, table.stimulus, np.where(np.isnan(label), np.inf, label)):
        arranged = column[order]
        same = arranged[1:] == arranged[:-1]
        begins[1:] = same if column is table.recording else begins[1:] & same
    begins[1:] = ~begins[1:]
    numbers = np.empty(len(table), dtype=np.intp)
    numbers[order] = np.cumsum(begins) - 1
    return numbers


def exchanged(
    label: Floats, unit: Indices, subject: NDArray[np.object_], generator: np.random.Generator
) -> Floats:
    """Hand the labels of whole stretches around within each person, shape (n,)."""
    numbers, first = np.unique(unit, return_index=True)
    owner = subject[first]
    drawn = label[first].copy()
    for person in dict.fromkeys(owner.tolist()):
        own = np.flatnonzero(owner == person)
        drawn[own] = drawn[generator.permutation(own)]
    shared: Floats = drawn[np.searchsorted(numbers, unit)]
    return shared


def relabelled(table: EpochTable, target: Target, label: Floats) -> EpochTable:
    """Return the table with other labels of one axis."""
    return replace(table, valence=label) if target == "valence" else replace(table, arousal=label)
