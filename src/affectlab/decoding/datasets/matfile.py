"""Reading MATLAB files, with one line for what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectlab.errors import UnreadableFile


def mat_names(path: Path) -> list[str]:
    """Return the names of the variables in a MATLAB file.

    Raises
    ------
    UnreadableFile
        If it is missing, damaged, or no MATLAB file up to version 7.
    """
    from scipy.io import whosmat

    _check_version(path)
    with _readable(path):
        return [name for name, _, _ in whosmat(path)]


def mat_variable(path: Path, name: str, *, structs: bool = False) -> Any:
    """Read one variable of a MATLAB file; the others are passed over.

    Parameters
    ----------
    path, name
        File and variable.
    structs
        Whether structures come as objects with attributes and axes of length one are dropped.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged or no MATLAB file up to version 7, or has no such variable.
    """
    from scipy.io import loadmat

    _check_version(path)
    with _readable(path):
        content = loadmat(path, variable_names=[name], squeeze_me=structs, struct_as_record=not structs)
    if name not in content:
        raise UnreadableFile(f"{path} has no variable {name!r}; is it the file of the official layout?")
    return content[name]


def _check_version(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(520)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    if not head:
        raise UnreadableFile(f"{path} is empty (0 bytes); copy it again")
    if b"MATLAB 7.3" in head[:128] or b"\x89HDF" in (head[:4], head[512:516]):
        raise UnreadableFile(
            f"{path} is a MATLAB file of version 7.3 (HDF5); expected version 7 or older, as published: "
            "save it with -v7"
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn whatever SciPy raises on a damaged file into one line."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        shown = reason if reason.isascii() and reason.isprintable() and reason else type(error).__name__
        raise UnreadableFile(
            f"{path} cannot be read as a MATLAB file ({shown}); check what it really is, or copy it again"
        ) from error
