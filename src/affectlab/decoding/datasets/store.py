"""Epochs as a folder on disk: written part by part, read without loading."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.datasets.growing import GrowingArray
from affectlab.decoding.epochs import EpochInfo, Epochs, EpochTable
from affectlab.errors import InvalidData, MissingExtra, RecordingError, UnreadableFile
from affectlab.files import translated, write_json

FORMAT, VERSION = "affectlab-epochs", 1
INFO, DATA, QUALITY, TABLE, MANIFEST = (
    "epochs.json",
    "data.npy",
    "quality.npy",
    "table.parquet",
    "manifest.json",
)

_WORDS = ("subject", "session", "recording", "stimulus", "state")
_NUMBERS = ("start", "stop", "valence", "arousal")


def write_epochs(
    folder: Path, info: EpochInfo, parts: Iterable[Epochs], *, manifest: Mapping[str, Any] | None = None
) -> None:
    """Write windows as they come, holding one part in memory at a time.

    Parameters
    ----------
    folder
        Must not exist, or be empty; appears when everything is written.
    info
        What the windows of all parts have in common; the parts' own is not looked at.
    parts
        Windows in the order in which they are to be read.
    manifest
        What the run was made of, kept as ``manifest.json``.

    Raises
    ------
    InvalidData
        If a part's shape is not that of `info`, its EEG not finite, or a label not in [-1, 1].
    RecordingError, DiskFull
        If the folder exists already or cannot be written; nothing is left behind.
    """
    check_free(folder)
    with translated(folder), _appearing(folder) as temporary:
        shape = (len(info.channels), round(info.length * info.sfreq))
        tables = []
        with (
            GrowingArray(temporary / DATA, shape) as data,
            GrowingArray(temporary / QUALITY, shape[:1]) as quality,
        ):
            for part in parts:
                _check(part, shape)
                data.append(part.data)
                quality.append(part.quality)
                tables.append(part.table)
        _write_table(temporary / TABLE, joined(tables))
        if manifest is not None:
            write_json(temporary / MANIFEST, manifest)
        write_json(temporary / INFO, {"format": FORMAT, "version": VERSION, **asdict(info)})


def read_epochs(folder: Path) -> Epochs:
    """Open a folder of epochs; EEG and quality stay on disk until they are asked for.

    Raises
    ------
    UnreadableFile
        If it is no folder of epochs, of another version, or damaged.
    MissingExtra
        If polars is not installed.
    """
    info = _read_info(folder)
    table = _read_table(folder / TABLE)
    shape = (len(table), len(info.channels), round(info.length * info.sfreq))
    data, quality = _mapped(folder / DATA, shape), _mapped(folder / QUALITY, shape[:2])
    return Epochs(info, table, data, quality)


def check_free(folder: Path) -> None:
    """Refuse to write where something is.

    Raises
    ------
    RecordingError
        If `folder` is a file or holds anything.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists():
        what = "holds epochs already" if (folder / INFO).is_file() else "exists already"
        raise RecordingError(f"{folder} {what}; remove it or choose another folder")


def joined(tables: Iterable[EpochTable]) -> EpochTable:
    """Return tables one after the other."""
    known = list(tables)
    columns = {}
    for field in fields(EpochTable):
        kind: Any = object if field.name in _WORDS else (np.float64 if field.name in _NUMBERS else np.bool_)
        parts = [np.asarray(getattr(table, field.name), dtype=kind) for table in known]
        columns[field.name] = np.concatenate(parts) if parts else np.zeros(0, kind)
    return EpochTable(**columns)


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that takes the name of `folder` when the block ends without error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield temporary
        # Replaces an empty folder, which is all that can be there.
        os.replace(temporary, folder)  # noqa: PTH105
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check(part: Epochs, shape: tuple[int, int]) -> None:
    wanted = (len(part.table), *shape)
    if part.data.shape != wanted or part.quality.shape != wanted[:2]:
        raise InvalidData(
            f"windows have shape {part.data.shape} and quality {part.quality.shape}; "
            f"expected {wanted} and {wanted[:2]}"
        )
    if not (np.isfinite(part.data).all() and np.isfinite(part.quality).all()):
        raise InvalidData(f"windows of {part.table.recording[0]} hold values that are not finite")
    for target in ("valence", "arousal"):
        label = part.table.label(target)
        off = np.flatnonzero(np.abs(label) > 1)
        if off.size:
            raise InvalidData(f"{target} is {label[off[0]]:g}; expected a label in [-1, 1], or NaN")


def _polars() -> Any:
    try:
        import polars
    except ImportError as error:
        raise MissingExtra("polars", "train") from error
    return polars


def _write_table(path: Path, table: EpochTable) -> None:
    frame = {field.name: getattr(table, field.name).tolist() for field in fields(EpochTable)}
    polars = _polars()
    kinds = dict.fromkeys(_WORDS, polars.String) | dict.fromkeys(_NUMBERS, polars.Float64)
    polars.DataFrame(frame, schema={**kinds, "baseline": polars.Boolean}).write_parquet(path)


def _read_table(path: Path) -> EpochTable:
    polars = _polars()
    try:
        frame = polars.read_parquet(path)
        columns = {name: np.array(frame[name].to_list(), dtype=object) for name in _WORDS}
        numbers = {name: frame[name].cast(polars.Float64).to_numpy() for name in _NUMBERS}
        baseline = frame["baseline"].cast(polars.Boolean).to_numpy()
    except (OSError, polars.exceptions.PolarsError) as error:
        raise UnreadableFile(_damaged(path, error)) from error
    return EpochTable(**columns, **numbers, baseline=np.asarray(baseline, dtype=np.bool_))


def _read_info(folder: Path) -> EpochInfo:
    path = folder / INFO
    if not path.is_file():
        raise UnreadableFile(
            f"{folder} is no folder of epochs (no {INFO} in it); make one with: affectlab decode prepare"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        name, version = content.pop("format", None), content.pop("version", None)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UnreadableFile(_damaged(path, error)) from error
    if (name, version) != (FORMAT, VERSION):
        raise UnreadableFile(
            f"{path} is {name} version {version}; expected {FORMAT} version {VERSION}: prepare the data again"
        )
    try:
        return EpochInfo(**{**content, "channels": tuple(content["channels"])})
    except (TypeError, KeyError) as error:
        raise UnreadableFile(_damaged(path, error)) from error


def _mapped(path: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    try:
        # An empty array cannot be mapped.
        found = np.load(path, mmap_mode="r" if all(shape) else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableFile(_damaged(path, error)) from error
    if found.shape != shape or found.dtype != np.float32:
        raise UnreadableFile(
            f"{path} holds {found.dtype} of shape {found.shape}; expected float32 of {shape}: "
            "prepare the data again"
        )
    return np.asarray(found)


def _damaged(path: Path, error: Exception) -> str:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return f"{path} is missing or damaged ({reason}); prepare the data again"
