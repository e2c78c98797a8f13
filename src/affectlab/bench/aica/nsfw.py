"""Lists of pictures not to be shown.

A list is a text file in UTF-8 with one entry a line; lines that begin with ``#`` are remarks. An entry is the
SHA-256 of a file, ``corpus:name``, or the end of a path: ``fear/12.jpg`` names every picture whose path ends
so, in any corpus. Where a name fits several pictures, all of them are left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from affectlab.errors import UnreadableFile

SHIPPED = ("nsfw.txt", "NSFW.txt", "nsfw_list.txt")
"""Names under which a list is looked for in the folder of a corpus."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class NsfwList:
    """What is not to be shown, and which entries have named a picture.

    Parameters
    ----------
    entries
        Corpus, or "" for any, and entry.
    """

    def __init__(self, entries: Iterable[tuple[str, str]] = ()) -> None:
        self._hashes: set[str] = set()
        self._names: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._used: set[str] = set()
        self._all: dict[str, None] = {}
        for corpus, entry in entries:
            self._all[entry] = None
            if _SHA256.fullmatch(entry.lower()):
                self._hashes.add(entry.lower())
                continue
            named, colon, name = entry.partition(":")
            parts = PurePosixPath((name if colon else entry).replace("\\", "/").lstrip("/")).parts
            if parts:
                self._names[parts[-1]].append((named if colon else corpus, parts))

    def __len__(self) -> int:
        return len(self._all)

    def has_name(self, corpus: str, name: str) -> bool:
        """Say whether a picture is listed by name."""
        parts = PurePosixPath(name).parts
        for wanted, entry in self._names.get(parts[-1], ()):
            if wanted in {"", corpus} and parts[-len(entry) :] == entry:
                self._used.add("/".join(entry))
                return True
        return False

    def has_hash(self, sha256: str) -> bool:
        """Say whether a file is listed by its content."""
        if sha256 not in self._hashes:
            return False
        self._used.add(sha256)
        return True

    @property
    def used(self) -> int:
        """Entries that have named a picture so far."""
        return len(self._used)


def read_nsfw(given: Path | None, folders: Iterable[tuple[str, Path]]) -> NsfwList:
    """Read the list that was given and those that lie in the folders of corpora.

    Parameters
    ----------
    given
        A list for all corpora; None for none.
    folders
        Corpus and folder; a list in it names pictures of that corpus alone.

    Raises
    ------
    UnreadableFile
        If a list is missing or not text in UTF-8.
    """
    entries = [("", entry) for entry in _entries(given)] if given else []
    for corpus, folder in folders:
        shipped = next((folder / name for name in SHIPPED if (folder / name).is_file()), None)
        entries += [(corpus, entry) for entry in _entries(shipped)] if shipped else []
    return NsfwList(entries)


def _entries(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not in UTF-8 ({error.reason}); save it as UTF-8") from error
    return [word for line in lines if (word := line.strip()) and not word.startswith("#")]
