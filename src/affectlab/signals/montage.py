"""Electrode names of the 10–20 and 10–10 systems: cleaning labels, picking channels, positions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnknownChannels

# fmt: off
TEN_TWENTY = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz", "C4", "T8", "P7", "P3", "Pz", "P4", "P8",
    "O1", "O2",
)
"""The 19 scalp electrodes of the international 10–20 system, with the names of the 10–10 system."""

_SCALP = (
    "Fp1", "Fpz", "Fp2", "AF9", "AF7", "AF5", "AF3", "AF1", "AFz", "AF2", "AF4", "AF6", "AF8", "AF10",
    "F9", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8", "F10",
    "FT9", "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "FT10",
    "T9", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "T8", "T10",
    "TP9", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "TP10",
    "P9", "P7", "P5", "P3", "P1", "Pz", "P2", "P4", "P6", "P8", "P10",
    "PO9", "PO7", "PO5", "PO3", "PO1", "POz", "PO2", "PO4", "PO6", "PO8", "PO10",
    "O1", "Oz", "O2", "O9", "Iz", "O10",
)
# fmt: on
_ALIASES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
_BY_UPPER = {name.upper(): name for name in _SCALP} | _ALIASES
_PREFIX = re.compile(r"^EEG[\s:_-]+", re.IGNORECASE)
# Only references may follow a hyphen: "Fp1-A2" is an electrode, "Fp1-F3" a bipolar derivation.
_REFERENCE = re.compile(
    r"[-_\s](REF|LE|AR|AVG?|AVE|CAR|A1|A2|M1|M2|A1A2|A1\+A2|M1M2|AA|LINK)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Picks:
    """Channels chosen from a stream or file.

    Parameters
    ----------
    names
        Canonical 10–10 names.
    indices
        Their places among the labels they were chosen from.
    """

    names: tuple[str, ...]
    indices: tuple[int, ...]


def canonical(label: str) -> str | None:
    """Return the 10–10 name of a channel label, or None when it is no scalp electrode.

    Case, an ``EEG`` prefix, a reference suffix (``-Ref``, ``-A1``, …) and trailing dots are ignored; the
    older names T3, T4, T5, T6 become T7, T8, P7, P8. Earlobes and mastoids (A1, A2, M1, M2) are
    references, not scalp electrodes.
    """
    bare = _PREFIX.sub("", label.strip()).strip(" .")
    bare = _REFERENCE.sub("", bare).strip(" .")
    return _BY_UPPER.get(bare.upper())


def select(requested: Sequence[str], available: Sequence[str]) -> Picks:
    """Choose channels by name.

    Parameters
    ----------
    requested
        Names in any spelling `canonical` understands, in the order wanted; empty means every scalp
        electrode, in the order of `available`.
    available
        Labels of the stream or file. Where two labels name one electrode the first is taken.

    Raises
    ------
    UnknownChannels
        If a requested channel is not there, or none of the labels is a scalp electrode.
    """
    places = _places(available)
    if not places:
        raise UnknownChannels(
            f"no scalp electrode among the channels {_listed(available)}; expected 10–20 names such as "
            "Fp1, F3, Cz, T7, O2"
        )
    names = tuple(dict.fromkeys(_find(name, places) for name in requested)) or tuple(places)
    return Picks(names, tuple(places[name] for name in names))


def scalp_names(channels: Sequence[str]) -> tuple[str, ...]:
    """Return the 10–10 names of `channels`, each once.

    Raises
    ------
    UnknownChannels
        If a name is not on the montage, or there is none.
    """
    if not channels:
        raise UnknownChannels("no channels given; expected 10–20 names such as Fp1, F3, Cz, T7, O2")
    return tuple(dict.fromkeys(_find(name, _ON_MONTAGE) for name in channels))


def _places(available: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, label in enumerate(available):
        name = canonical(label)
        if name is not None:
            places.setdefault(name, index)
    return places


def _find(requested: str, places: dict[str, int]) -> str:
    name = canonical(requested)
    if name is not None and name in places:
        return name
    close = difflib.get_close_matches(name or requested, list(places), n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UnknownChannels(f"channel {requested!r} is not there; available: {_listed(list(places))}{hint}")


def _listed(labels: Sequence[str], most: int = 24) -> str:
    shown = ", ".join(labels[:most])
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown or "(none)"


def positions(channels: Sequence[str]) -> NDArray[np.float64]:
    """Return unit vectors from the head's centre to the electrodes.

    Parameters
    ----------
    channels
        Channel names in any spelling `canonical` understands.

    Returns
    -------
    positions
        Shape (n_channels, 3), right-anterior-superior, each of length one, after MNE's
        ``colin27_1020`` montage.

    Raises
    ------
    UnknownChannels
        If a name is not on the montage.
    """
    table = _position_table()
    return np.array([table[name] for name in scalp_names(channels)])


_ON_MONTAGE = {name: index for index, name in enumerate(_SCALP)}


@cache
def _position_table() -> dict[str, NDArray[np.float64]]:
    import mne

    points = mne.channels.make_standard_montage("colin27_1020").get_positions()["ch_pos"]
    centre = np.mean([points[name] for name in ("T7", "T8", "Fpz", "Oz")], axis=0)
    return {name: _unit(np.asarray(points[name], dtype=float) - centre) for name in _SCALP}


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)
