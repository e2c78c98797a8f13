"""From the text after ``hf:`` to where a model lies and which state of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import UnknownModel
from affectlab.models.gguf import find_weights

_WHOLE = 64 << 20
_SAMPLE = 1 << 20
_SAMPLES = 64
_TOLD_APART_BY = {".json", ".jinja", ".safetensors", ".gguf", ".model", ".txt"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model lies.

    Parameters
    ----------
    place
        Hub name or folder.
    revision
        Commit, branch or tag of the hub; None for its main branch or for a folder.
    gguf
        File name inside the folder, where the model is a GGUF file.
    """

    place: str
    revision: str | None = None
    gguf: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder of a local model, None for one on the hub."""
        path = Path(self.place)
        return path if path.is_absolute() else None

    def hub_arguments(self) -> dict[str, str]:
        """Keyword arguments for any ``from_pretrained``."""
        given = {"revision": self.revision, "gguf_file": self.gguf}
        return {name: value for name, value in given.items() if value is not None}


def find_source(name: str) -> Source:
    """Read a hub name, ``NAME@REVISION``, a folder or a ``.gguf`` file, also one in the folder of weights.

    Raises
    ------
    UnknownModel
        If a path is meant and nothing usable lies there.
    """
    if name.endswith(".gguf"):
        weights = find_weights(name)
        return Source(str(weights.parent.resolve()), gguf=weights.name)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise UnknownModel(f"--model hf:{name}: no config.json in this folder; expected a saved model")
        return Source(str(path.resolve()))
    repository, _, revision = name.partition("@")
    if path.is_absolute() or name.startswith((".", "~")) or repository.count("/") > 1:
        raise UnknownModel(f"--model hf:{name}: no such folder")
    return Source(repository, revision or None)


def fingerprint(path: Path) -> str:
    """Return a SHA-256 that changes when a model file, or any model file of a folder, does.

    Files of up to 64 MiB are hashed whole; of larger ones the size and 64 evenly spaced mebibytes, since
    hashing a large model takes longer than loading it and training changes weights everywhere.
    """
    digest = hashlib.sha256()
    for file in _files(path):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        _add(digest, file)
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.iterdir() if file.is_file() and file.suffix in _TOLD_APART_BY)


def _add(digest: hashlib._Hash, file: Path) -> None:
    size = file.stat().st_size
    with file.open("rb") as content:
        if size <= _WHOLE:
            digest.update(content.read())
            return
        for sample in range(_SAMPLES):
            content.seek(sample * (size - _SAMPLE) // (_SAMPLES - 1))
            digest.update(content.read(_SAMPLE))
