"""Ways to split a data set, each with what it keeps apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import EpochTable, Target
from affectlab.decoding.evaluation.folds import Apart, Fold, check_disjoint
from affectlab.decoding.evaluation.units import units
from affectlab.errors import DecodingError, InvalidConfig

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way to split.

    Parameters
    ----------
    name
        As the user writes it.
    about
        What is judged, in one line.
    apart
        What it promises to keep apart, and checks.
    split
        (table, target, parts, seed) to folds; the table holds only windows whose label is known.
    """

    name: str
    about: str
    apart: tuple[Apart, ...]
    split: Callable[[EpochTable, Target, int, int], Iterator[Fold]]


def make_folds(name: str, table: EpochTable, target: Target, *, parts: int = 5, seed: int = 0) -> list[Fold]:
    """Split a data set by a protocol and check that it keeps its promise.

    Parameters
    ----------
    name
        One of `PROTOCOLS`.
    table
        What is known of each window.
    target
        Axis; windows without a label of it are in no fold.
    parts
        Blocks of time ("within"), groups of stimuli ("subject-stimulus") or random parts ("leaked").
    seed
        Of what is drawn.

    Raises
    ------
    InvalidConfig
        If no protocol has that name.
    DecodingError
        If the data do not allow it, or the split leaks.
    """
    protocol = find_protocol(name)
    known = np.flatnonzero(~np.isnan(table.label(target)))
    if not known.size:
        raise DecodingError(f"no window has a label of {target}; nothing can be learned or judged")
    folds = [
        Fold(fold.name, known[fold.train], known[fold.test])
        for fold in protocol.split(table.take(known), target, parts, seed)
        if fold.train.size and fold.test.size
    ]
    if not folds:
        raise DecodingError(f"protocol '{name}' finds nothing to split in these data: {protocol.about}")
    for fold in folds:
        check_disjoint(fold, table, protocol.apart)
        _check_learnable(fold, table, target, name)
    return folds


def find_protocol(name: str) -> Protocol:
    """Return the protocol called `name`.

    Raises
    ------
    InvalidConfig
        If there is none.
    """
    if name not in PROTOCOLS:
        raise InvalidConfig(f"protocol '{name}' is not known; expected one of: {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def _check_learnable(fold: Fold, table: EpochTable, target: Target, name: str) -> None:
    if np.unique(table.label(target)[fold.train]).size < 2:
        raise DecodingError(
            f"protocol '{name}' leaves fold '{fold.name}' a single {target} label to learn from; these data "
            "have too few stimuli or recordings for it, use another protocol"
        )


def _loso(table: EpochTable, _target: Target, _parts: int, _seed: int) -> Iterator[Fold]:
    people = _names(table.subject)
    if len(people) < 2:
        raise DecodingError(f"protocol 'loso' needs two people or more, got {len(people)}")
    for person in people:
        judged = table.subject == person
        yield Fold(person, np.flatnonzero(~judged), np.flatnonzero(judged))


def _subject_stimulus(table: EpochTable, _target: Target, parts: int, seed: int) -> Iterator[Fold]:
    stimuli = [name for name in _names(table.stimulus) if name]
    if len(stimuli) < 2:
        raise DecodingError(
            f"protocol 'subject-stimulus' needs two stimuli or more, got {len(stimuli)}; use loso"
        )
    drawn = np.random.default_rng(seed).permutation(np.array(stimuli, dtype=object))
    for person in _names(table.subject):
        theirs = table.subject == person
        for number, group in enumerate(np.array_split(drawn, min(parts, len(drawn)))):
            shown = np.isin(table.stimulus.astype(str), group.astype(str))
            yield Fold(
                f"{person}/stimuli {number}", np.flatnonzero(~theirs & ~shown), np.flatnonzero(theirs & shown)
            )


def _within(table: EpochTable, target: Target, parts: int, _seed: int) -> Iterator[Fold]:
    for person in _names(table.subject):
        own = np.flatnonzero(table.subject == person)
        block = _blocks(table.take(own), target, parts)
        for number in range(parts):
            # Windows across a boundary have no block and are on neither side.
            train, test = (block >= 0) & (block != number), block == number
            if np.unique(table.label(target)[own[train]]).size > 1:
                yield Fold(f"{person}/block {number}", own[train], own[test])


def _blocks(table: EpochTable, target: Target, parts: int) -> Indices:
    """Return the block of time each window of one person lies wholly in, -1 where it crosses a boundary."""
    labels = table.label(target)
    recordings = {name: table.recording == name for name in _names(table.recording)}
    constant = all(np.unique(labels[rows]).size == 1 for rows in recordings.values())
    kinds: dict[float, list[str]] = {}
    for name, rows in recordings.items():
        kinds.setdefault(float(np.sign(labels[rows][0])), []).append(name)
    if constant and min(len(names) for names in kinds.values()) >= parts:
        return _whole_recordings(table, kinds, parts)
    return _inside_stretches(table, target, parts)


def _whole_recordings(table: EpochTable, kinds: dict[float, list[str]], parts: int) -> Indices:
    number = {
        name: part
        for names in kinds.values()
        for part, group in enumerate(np.array_split(np.array(names, dtype=object), parts))
        for name in group.tolist()
    }
    return np.array([number[name] for name in table.recording.tolist()], dtype=np.intp)


def _inside_stretches(table: EpochTable, target: Target, parts: int) -> Indices:
    unit = units(table, target)
    block = np.full(len(table), -1, dtype=np.intp)
    for one in np.unique(unit):
        rows = np.flatnonzero(unit == one)
        edges = np.linspace(table.start[rows].min(), table.stop[rows].max(), parts + 1)
        first = np.clip(np.searchsorted(edges, table.start[rows] + 1e-6) - 1, 0, parts - 1)
        last = np.clip(np.searchsorted(edges, table.stop[rows] - 1e-6) - 1, 0, parts - 1)
        block[rows] = np.where(first == last, first, -1)
    return block


def _leaked(table: EpochTable, _target: Target, parts: int, seed: int) -> Iterator[Fold]:
    drawn = np.random.default_rng(seed).integers(parts, size=len(table))
    for number in range(parts):
        yield Fold(f"random part {number}", np.flatnonzero(drawn != number), np.flatnonzero(drawn == number))


def _names(column: NDArray[np.object_]) -> list[str]:
    return list(dict.fromkeys(column.tolist()))


PROTOCOLS = {
    one.name: one
    for one in (
        Protocol("loso", "one person is judged, everybody else is learned from", ("subject", "time"), _loso),
        Protocol(
            "subject-stimulus",
            "one person with some stimuli is judged; neither the person nor these stimuli are learned from",
            ("subject", "stimulus", "time"),
            _subject_stimulus,
        ),
        Protocol(
            "within",
            "a block of time of a person is judged, that person's other blocks are learned from",
            ("time",),
            _within,
        ),
        Protocol(
            "leaked",
            "A MISTAKE MADE ON PURPOSE: windows are shuffled, so that overlapping halves of the same seconds "
            "are learned from and judged; its figures say nothing about decoding",
            (),
            _leaked,
        ),
    )
}
