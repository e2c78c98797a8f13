"""Where the epochs of an evaluation are: given as such, or prepared once beside its figures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.errors import InvalidConfig

Say = Callable[[str], Callable[[int, int, int], None]]

EPOCHS = "epochs"
"""Folder of what was prepared, in the output folder."""


def epochs_folder(
    path: Path, dataset: str | None, out: Path, ray: str | None, *, stop: threading.Event, say: Say
) -> Path:
    """Return the folder of epochs for a data set, preparing it where that was not done yet.

    Parameters
    ----------
    path
        A folder of epochs, or a data set in its official layout.
    dataset
        Which one; None for a folder of epochs.
    out
        Folder of the evaluation.
    ray, stop, say
        As for `evaluate`.

    Raises
    ------
    InvalidConfig
        If `path` holds no epochs and nobody says which data set it is, or what was prepared is of another.
    Interrupted
        If `stop` was set.
    """
    if (path / "epochs.json").is_file():
        return path
    if dataset is None:
        raise InvalidConfig(
            f"{path} is no folder of epochs (no epochs.json); say which data set it is with --dataset, for "
            "example --dataset eegmat"
        )
    folder = out / EPOCHS / _name(dataset, path)
    if not (folder / "epochs.json").is_file():
        show = say(f"preparing {dataset}")
        prepare(
            dataset,
            path,
            folder,
            PrepareSettings(ray=ray),
            stop=stop,
            progress=lambda done, total: show(done, total, 0),
        )
    return folder


def _name(dataset: str, path: Path) -> str:
    """Return a name that another path or data set does not have."""
    from hashlib import sha256

    return f"{dataset}-{sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
