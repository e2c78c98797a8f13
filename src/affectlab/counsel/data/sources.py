"""The data sets that can be read, with what their licences allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from affectlab.counsel.data.draft import Bad, BadRecord, Draft
from affectlab.counsel.data.readers import (
    counselchat,
    cpsycoun,
    empathyqa,
    epitome,
    esconv,
    own,
    psyqa,
)
from affectlab.counsel.data.reading import Records, csv_table, either, json_lines
from affectlab.errors import InvalidConfig, UnreadableFile

Form = Literal["letters", "dialogues"]
"""Long answers to a question that stands alone, or turns of a conversation."""


@dataclass(frozen=True, slots=True)
class Source:
    """One data set.

    Parameters
    ----------
    title
        What it is, in a few words.
    licence
        As its publishers state it.
    may_ship
        Whether weights trained on it may be handed on.
    form
        Decides how short an answer may be.
    records
        Reads its file or folder.
    drafts
        Makes rows of a record.
    file
        Its name as published, looked for where a folder is given; "" where the folder itself is read.
    """

    title: str
    licence: str
    may_ship: bool
    form: Form
    records: Records
    drafts: Callable[[Any, str], Iterable[Draft]]
    file: str = ""

    def read(self, path: Path) -> Iterator[Draft | Bad]:
        """Yield what the set holds; rows that cannot be used as `Bad`.

        Raises
        ------
        UnreadableFile
            If there is no such file, or it is of another kind.
        """
        for record in self.records(self.located(path)):
            if isinstance(record, Bad):
                yield record
                continue
            at, content = record
            try:
                yield from list(self.drafts(content, at))
            except BadRecord as error:
                yield Bad(at, str(error))

    def located(self, path: Path) -> Path:
        """Return the file to read, or the folder where the set is one.

        Raises
        ------
        UnreadableFile
            If it is not there.
        """
        found = path / self.file if self.file and path.is_dir() else path
        if not found.exists():
            raise UnreadableFile(f"there is no {found}; expected {self.title}")
        return found


SOURCES: Final[dict[str, Source]] = {
    "counselchat": Source(
        "CounselChat, counsel_chat.csv",
        "MIT",
        True,
        "letters",
        csv_table,
        counselchat.drafts,
        "counsel_chat.csv",
    ),
    "cpsycound": Source(
        "CPsyCounD, JSON Lines of dialogues",
        "CC BY 4.0",
        True,
        "dialogues",
        either,
        cpsycoun.drafts_d,
        "CPsyCounD.jsonl",
    ),
    "cpsycoune": Source(
        "CPsyCounE, JSON Lines of cases",
        "CC BY 4.0",
        True,
        "dialogues",
        either,
        cpsycoun.drafts_e,
        "CPsyCounE.jsonl",
    ),
    "psyqa": Source(
        "PsyQA, a JSON array of questions",
        "user agreement with the publishers",
        False,
        "letters",
        either,
        psyqa.drafts,
        "PsyQA_example.json",
    ),
    "esconv": Source(
        "ESConv, a JSON array of chats",
        "CC BY-NC 4.0",
        False,
        "dialogues",
        either,
        esconv.drafts,
        "ESConv.json",
    ),
    "failedesconv": Source(
        "FailedESConv, a JSON array of chats that did not help",
        "CC BY-NC 4.0",
        False,
        "dialogues",
        either,
        esconv.failed_drafts,
        "FailedESConv.json",
    ),
    "epitome": Source(
        "EPITOME, a folder of three CSV files",
        "terms of its publishers; posts from Reddit",
        False,
        "dialogues",
        epitome.records,
        epitome.drafts,
    ),
    "empathyqa": Source(
        "Empathy-QA, a JSON array of questions",
        "not released",
        False,
        "letters",
        either,
        empathyqa.drafts,
        "Empathy-QA.json",
    ),
    "own": Source("JSON Lines of your own", "yours to say", False, "letters", json_lines, own.drafts),
}


def source_named(name: str) -> Source:
    """Return the data set of that name.

    Raises
    ------
    InvalidConfig
        If there is none.
    """
    if name not in SOURCES:
        raise InvalidConfig(f"--set {name!r} is no data set; expected NAME=PATH with {', '.join(SOURCES)}")
    return SOURCES[name]
