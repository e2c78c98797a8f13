"""Where entries lie: those that ship with affectlab, and a folder of the user's own."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from affectlab.errors import InvalidData, UnreadableFile
from affectlab.files import writing
from affectlab.planning.knowledge.entry import KnowledgeEntry

OWN: Final = "own:"
"""What the id of an entry of the user's own begins with."""
SHIPPED: Final = Path(__file__).parent / "shipped" / "entries.jsonl"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line of a file of entries; `line` counts from 1, 0 is the file as a whole."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        place = f" line {self.line}" if self.line else ""
        return f"{self.file.name}{place}: {self.what}"


def own_folder() -> Path:
    """Return the folder of the user's own entries (``AFFECTLAB_KNOWLEDGE``)."""
    return Path(os.environ.get("AFFECTLAB_KNOWLEDGE", Path.home() / ".config" / "affectlab" / "knowledge"))


@cache
def shipped() -> tuple[KnowledgeEntry, ...]:
    """Return the entries that ship with affectlab.

    Raises
    ------
    InvalidData
        If one is not valid.
    """
    return _valid([SHIPPED])


def own(folder: Path | None = None) -> tuple[KnowledgeEntry, ...]:
    """Return the user's own entries; their ids begin with ``own:``.

    Raises
    ------
    InvalidData
        If one is not valid; names the first.
    """
    return _named_own(_valid(_files(folder or own_folder())))


def everything(folder: Path | None = None) -> tuple[KnowledgeEntry, ...]:
    """Return the shipped entries and the user's own."""
    return (*shipped(), *own(folder))


def look_up(name: str, folder: Path | None = None) -> KnowledgeEntry | None:
    """Return the entry called `name`, None where there is none or the user's own are faulty."""
    if name.startswith(OWN):
        try:
            return next((one for one in own(folder) if one.id == name), None)
        except InvalidData:
            return None
    return next((one for one in shipped() if one.id == name), None)


def check(folder: Path | None = None) -> list[Fault]:
    """Return what is wrong with the shipped entries and the user's own."""
    return [*read([SHIPPED])[1], *read(_files(folder or own_folder()))[1]]


def add(file: Path, folder: Path | None = None) -> tuple[tuple[KnowledgeEntry, ...], list[Fault]]:
    """Copy a file of entries into the user's folder if nothing is wrong with it.

    Returns
    -------
    entries, faults
        What was added, and nothing; or nothing, and what is wrong.

    Raises
    ------
    UnreadableFile
        If the file cannot be read.
    InvalidData
        If the folder holds a file of that name.
    DiskFull, RecordingError
        If the copy cannot be written.
    """
    folder = folder or own_folder()
    target = folder / f"{file.stem}.jsonl"
    if target.exists():
        raise InvalidData(f"{target} exists; remove it first, or give the new file another name")
    _, faults = read([*_files(folder), file])
    faults = [fault for fault in faults if fault.file == file]
    if faults:
        return (), faults
    with writing(target) as temporary:
        temporary.write_bytes(file.read_bytes())
    return _named_own(_valid([target])), []


def read(files: Sequence[Path]) -> tuple[list[KnowledgeEntry], list[Fault]]:
    """Return the valid entries of files of JSON Lines, and what is wrong with the other lines.

    Raises
    ------
    UnreadableFile
        If a file cannot be read.
    """
    entries: list[KnowledgeEntry] = []
    faults: list[Fault] = []
    seen: Counter[str] = Counter()
    for file in files:
        found = False
        for number, line in _lines(file):
            found = True
            entry = _entry(line)
            if isinstance(entry, str):
                faults.append(Fault(file, number, entry))
            elif seen[entry.id]:
                faults.append(Fault(file, number, f"the id '{entry.id}' occurs already; choose another"))
            else:
                seen[entry.id] += 1
                entries.append(entry)
        if not found:
            faults.append(Fault(file, 0, "it holds no entry; expected one JSON object a line"))
    return entries, faults


def _entry(line: str) -> KnowledgeEntry | str:
    try:
        entry = KnowledgeEntry.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        return f"{key}: {first['msg']}" if key else first["msg"]
    if entry.id.startswith(OWN):
        return f"the id '{entry.id}' begins with '{OWN}'; leave that out, it is added when entries are read"
    return entry


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"knowledge file {file} cannot be read ({error}); expected JSON Lines"
        ) from error
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _valid(files: Sequence[Path]) -> tuple[KnowledgeEntry, ...]:
    entries, faults = read(files)
    if faults:
        raise InvalidData(f"{faults[0]} (one of {len(faults)} faults); see: affectlab plan knowledge check")
    return tuple(entries)


def _named_own(entries: Sequence[KnowledgeEntry]) -> tuple[KnowledgeEntry, ...]:
    return tuple(entry.model_copy(update={"id": f"{OWN}{entry.id}"}) for entry in entries)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def to_json(entry: KnowledgeEntry) -> dict[str, object]:
    """Return an entry as JSON, without what it does not say."""
    content: dict[str, object] = json.loads(entry.model_dump_json(exclude_none=True))
    return content
