"""From a data set as published to a folder of epochs, in memory that does not grow with it."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import affectlab
from affectlab.decoding.datasets.jobs import Interrupted, each
from affectlab.decoding.datasets.registry import make_loader
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import Loader, Unit
from affectlab.decoding.datasets.store import VERSION, check_free, read_epochs, write_epochs
from affectlab.decoding.datasets.windowing import conditioning, windows_of
from affectlab.decoding.epochs import EpochInfo, Epochs
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.files import translated
from affectlab.manifest import sha256

Progress = Callable[[int, int], None]
"""Told how many pieces are done, of how many."""

_ROWS = 256
"""Windows copied at a time when pieces are put together."""


@dataclass(frozen=True, slots=True)
class PieceJob:
    """One unit of a data set to prepare.

    Parameters
    ----------
    dataset, unit, settings
        What is read, and how it is windowed.
    folder
        Where its epochs go; there already when it was done before.
    """

    dataset: str
    unit: Unit
    settings: PrepareSettings
    folder: Path


def prepare(
    dataset: str,
    path: Path,
    out: Path,
    settings: PrepareSettings | None = None,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    manifest: Mapping[str, Any] | None = None,
) -> Epochs:
    """Prepare a data set, or go on where an earlier call was stopped.

    Parameters
    ----------
    dataset
        Its name; see `DATASETS`.
    path
        Folder (or file) of the data set in its official layout.
    out
        Folder the epochs go to; must not exist, or be empty.
    settings
        How windows are made.
    stop
        Set to end early; pieces that are finished are kept beside `out` for the next call.
    progress
        Told after each piece.
    manifest
        What the run was made of, kept with the epochs.

    Returns
    -------
    epochs
        What was written, read from `out`.

    Raises
    ------
    Interrupted
        If `stop` was set.
    InvalidData, UnreadableFile
        If the data set is not in its layout, a file is damaged, or no window fits.
    InvalidConfig
        If the data set is not known or a setting does not fit it.
    RecordingError, DiskFull
        If `out` is there already or cannot be written.
    """
    settings, stop = settings or PrepareSettings(), stop or threading.Event()
    check_free(out)
    loader = make_loader(dataset)
    units = _units(loader, path, settings)
    fixed = settings.model_copy(update={"channels": _common(units)})
    partial = _partial(out, dataset, path, fixed)
    jobs = [PieceJob(dataset, unit, fixed, partial / _piece(unit)) for unit in units]
    _do(jobs, settings.ray, stop, progress or (lambda _done, _total: None))
    info = _whole(loader, jobs)
    if info is None:
        raise InvalidData(
            f"no window of {settings.length:g} s fits a labelled part of {path}; shorten --length"
        )
    write_epochs(out, info, _slices(jobs), manifest=manifest)
    _tidy(out)
    return read_epochs(out)


def prepare_piece(job: PieceJob, stop: threading.Event) -> None:
    """Prepare one unit into its folder; for workers too."""
    loader = make_loader(job.dataset)
    settings = job.settings
    info = EpochInfo(
        dataset=loader.about.name,
        sfreq=settings.sfreq,
        channels=settings.channels,
        length=settings.length,
        step=settings.step,
        source=loader.about.source,
        licence=loader.about.licence,
        ships=loader.about.ships,
        parameters=_parameters(loader, settings),
        sha256=_digest([sha256(file) for file in job.unit.files]),
    )
    write_epochs(job.folder, info, _windows(loader, job, info, stop))


def _windows(loader: Loader, job: PieceJob, info: EpochInfo, stop: threading.Event) -> Iterator[Epochs]:
    for take in loader.takes(job.unit, job.settings):
        for part in windows_of(take, job.settings, info):
            if stop.is_set():
                raise Interrupted
            yield part


def _do(jobs: list[PieceJob], ray: str | None, stop: threading.Event, progress: Progress) -> None:
    waiting = [job for job in jobs if not job.folder.exists()]
    done = len(jobs) - len(waiting)
    progress(done, len(jobs))
    for finished, _ in enumerate(each(waiting, prepare_piece, ray=ray, stop=stop), done + 1):
        progress(finished, len(jobs))


def _units(loader: Loader, path: Path, settings: PrepareSettings) -> list[Unit]:
    expected = f"expected {loader.about.layout}"
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; {expected}")
    units = loader.units(path, settings)
    if not units:
        raise UnreadableFile(f"{path} holds nothing of {loader.about.name}; {expected}")
    return units


def _common(units: list[Unit]) -> tuple[str, ...]:
    """Return the channels all units have, in the order of the first."""
    shared = set.intersection(*(set(unit.channels) for unit in units))
    if not shared:
        raise InvalidData(
            f"no electrode is in all recordings: {units[0].name} has {', '.join(units[0].channels[:8])}; "
            "leave out the recordings that differ"
        )
    return tuple(name for name in units[0].channels if name in shared)


def _parameters(loader: Loader, settings: PrepareSettings) -> dict[str, Any]:
    return {
        "conditioning": conditioning(settings, loader.about),
        "published": loader.about.published,
        **loader.parameters(settings),
    }


def _whole(loader: Loader, jobs: list[PieceJob]) -> EpochInfo | None:
    """Return what all pieces have in common, or None where no window came of any."""
    subjects: set[str] = set()
    hashes = []
    for piece in _pieces(jobs):
        subjects.update(piece.table.subject)
        hashes.append(piece.info.sha256)
        info = piece.info
    if not subjects:
        return None
    published = loader.about.subjects
    of = f"{len(subjects)} of the {published} published" if published else f"{len(subjects)}"
    return replace(info, parameters={**info.parameters, "subjects": of}, sha256=_digest(hashes))


def _pieces(jobs: list[PieceJob]) -> Iterator[Epochs]:
    """Open one piece at a time: what is mapped of the one before is let go."""
    return (read_epochs(job.folder) for job in jobs)


def _slices(jobs: list[PieceJob]) -> Iterator[Epochs]:
    for piece in _pieces(jobs):
        for start in range(0, len(piece), _ROWS):
            rows = slice(start, start + _ROWS)
            # Slices of what lies on disk are views of it: nothing is copied before it is written.
            yield piece.take(rows)  # type: ignore[arg-type]


def _partial(out: Path, dataset: str, path: Path, settings: PrepareSettings) -> Path:
    """Return the folder of finished pieces, one for each way of making them."""
    key = "\n".join(
        [
            dataset,
            str(path.resolve()),
            settings.model_dump_json(exclude={"ray"}),
            str(VERSION),
            affectlab.__version__,
        ]
    )
    folder = out.parent / f".{out.name}.partial-{_digest([key])[:12]}"
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _piece(unit: Unit) -> str:
    """Return the name of a unit's folder: another one when its files have changed."""
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in unit.files]
    return f"{unit.name}-{_digest([repr(stats)])[:12]}"


def _tidy(out: Path) -> None:
    """Remove the pieces of `out`, whatever settings they were made by: it is whole now."""
    for folder in out.parent.glob(f".{out.name}.partial-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
