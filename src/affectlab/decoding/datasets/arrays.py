"""Checking arrays that a publisher cut and filtered before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import UnreadableFile

LEAST_MICROVOLTS = 0.01
"""Standard deviation below which EEG is not in microvolts: amplifiers' own noise is larger (ours)."""


def checked_array(value: Any, shape: tuple[int | None, ...], where: str, meaning: str) -> NDArray[Any]:
    """Return `value` if it is an array of finite numbers of the shape wanted.

    Parameters
    ----------
    value
        Anything a file held.
    shape
        Wanted; None where any size will do.
    where
        File and name of the array, for the message.
    meaning
        What the axes are, for the message.

    Raises
    ------
    UnreadableFile
        If it is no such array.
    """
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise UnreadableFile(f"{where} is {kind}; expected an array of numbers, {meaning}")
    fits = value.ndim == len(shape) and all(
        want in {None, size} for want, size in zip(shape, value.shape, strict=True)
    )
    if not fits or not value.size:
        wanted = " × ".join("any" if size is None else str(size) for size in shape)
        raise UnreadableFile(
            f"{where} has shape {' × '.join(map(str, value.shape))}; expected {wanted}, {meaning}"
        )
    bad = value.size - int(np.isfinite(value).sum())
    if bad:
        raise UnreadableFile(f"{where} holds {bad} values that are not finite; get the file again")
    return value


def checked_eeg(value: Any, shape: tuple[int | None, ...], where: str, meaning: str) -> NDArray[Any]:
    """Return `value` if it is EEG in microvolts, shape (…, n_channels, n_samples).

    Raises
    ------
    UnreadableFile
        If it is no array of finite numbers of that shape, or far too small to be microvolts.
    """
    eeg = checked_array(value, shape, where, meaning)
    spread = float(np.median(np.std(eeg, axis=-1)))
    if 0 < spread < LEAST_MICROVOLTS:
        raise UnreadableFile(
            f"{where} has a typical standard deviation of {spread:.1e}; expected microvolts: "
            "is it in volts, or scaled?"
        )
    return eeg


def folder_in(path: Path, name: str) -> Path:
    """Return the folder called `name` in `path`, or `path` itself where there is none: it may be the one."""
    return path / name if (path / name).is_dir() else path
