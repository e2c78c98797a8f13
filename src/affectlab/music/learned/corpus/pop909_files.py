"""The files of POP909, from its archive or its folder; nothing is ever extracted.

POP909: Wang, Chen, Jiang, Zhang, Xu, Dai, Gu & Xia (2020), POP909: a pop-song dataset for music arrangement
generation, ISMIR, 38-45; MIT licence.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import UnreadableFile

_MEMBER = re.compile(r"(?:^|/)(\d{3})/(\1\.mid|beat_midi\.txt|chord_midi\.txt)$")
_MIDI, _BEATS, _CHORDS = ".mid", "beat_midi.txt", "chord_midi.txt"
# The largest file as published has 70 kB; more is no song.
_LARGEST = 2**22


@dataclass(frozen=True, slots=True)
class Song:
    """One song's files as published; empty where a file is missing.

    Parameters
    ----------
    number
        ``"001"`` to ``"909"``.
    midi, beats, chords
        Contents of ``NNN.mid``, ``beat_midi.txt`` and ``chord_midi.txt``.
    """

    number: str
    midi: bytes
    beats: bytes
    chords: bytes


def read_songs(path: Path) -> list[Song]:
    """Read every song of ``POP909.tar.gz`` or of the folder it unpacks to, in order of their numbers.

    Raises
    ------
    UnreadableFile
        If the path is missing, the archive is cut off or damaged, or there is no song in it.
    """
    if not path.exists():
        raise UnreadableFile(f"{path} does not exist; --pop909 takes POP909.tar.gz or its folder")
    files: dict[str, dict[str, bytes]] = {}
    for name, content in _from_folder(path) if path.is_dir() else _from_archive(path):
        if found := _MEMBER.search(name):
            kind = _MIDI if found[2].endswith(_MIDI) else found[2]
            files.setdefault(found[1], {})[kind] = content
    if not any(_MIDI in song for song in files.values()):
        raise UnreadableFile(f"{path} is not POP909: no file such as 001/001.mid in it; give POP909.tar.gz")
    return [
        Song(number, *(song.get(kind, b"") for kind in (_MIDI, _BEATS, _CHORDS)))
        for number, song in sorted(files.items())
    ]


def _from_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if _MEMBER.search(name) and file.is_file() and file.stat().st_size <= _LARGEST:
            yield name, file.read_bytes()


def _from_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.size <= _LARGEST and _MEMBER.search(member.name):
                    content = archive.extractfile(member)
                    yield member.name, content.read() if content else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise UnreadableFile(
            f"{path} is not a whole tar archive ({error}); download POP909.tar.gz again"
        ) from error
