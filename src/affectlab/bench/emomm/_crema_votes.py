"""The votes of CREMA-D's viewers and listeners, from ``tabulatedVotes.csv``.

Cao et al. (2014), CREMA-D: crowd-sourced emotional multimodal actors dataset, IEEE Transactions on Affective
Computing 5, 377-390, doi 10.1109/TAFFC.2014.2336244. Every clip was judged from the voice alone, the face
alone and both, each by about ten people who chose one of six emotions.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from affectlab.bench.corpus_tables import Row, read_table
from affectlab.bench.emomm._corpus import first_with_content
from affectlab.bench.emomm.clip import Channel
from affectlab.bench.emomm.rules import EMOTIONS6
from affectlab.errors import UnreadableFile

Votes = Mapping[str, int]

# The first column is a number whose hundred thousands tell what was shown.
_CHANNELS: Mapping[str, Channel] = {"1": "A", "2": "V", "3": "M"}


def find_votes(folder: Path) -> Path:
    """Return the table of votes in a CREMA-D folder.

    Raises
    ------
    UnreadableFile
        If there is none.
    """
    official = folder / "processedResults" / "tabulatedVotes.csv"
    found = first_with_content([official, folder / "tabulatedVotes.csv"])
    if found is None:
        raise UnreadableFile(f"{official} is missing; expected CREMA-D's table of votes there or in {folder}")
    return found


def read_votes(table: Path) -> dict[str, dict[Channel, Votes]]:
    """Return the votes for each clip: from the voice (A), the face (V) and both (M), by emotion.

    Raises
    ------
    UnreadableFile
        If the table cannot be read.
    InvalidData
        If a number is out of range.
    """
    clips: dict[str, dict[Channel, Votes]] = {}
    for row in read_table(table, ("", "fileName", *EMOTIONS6.words)):
        channel = _CHANNELS.get(row.word("")[:1])
        if channel is None or len(row.word("")) != 6:
            raise UnreadableFile(
                f"{row.place('first column')} is {row.word('')!r}, expected 100001 to 399999"
            )
        clips.setdefault(row.name("fileName"), {})[channel] = _count(row)
    return clips


def winner(votes: Votes) -> str | None:
    """Return the emotion with most votes, None where two have as many."""
    most = max(votes.values(), default=0)
    first = [emotion for emotion, number in votes.items() if number == most]
    return first[0] if len(first) == 1 else None


def winners(votes: Mapping[Channel, Votes]) -> dict[Channel, str] | None:
    """Return the winner of voice, face and both, None where one was not judged or is tied."""
    found = {channel: winner(votes.get(channel, {})) for channel in _CHANNELS.values()}
    untied = {channel: emotion for channel, emotion in found.items() if emotion is not None}
    return untied if len(untied) == len(found) else None


def _count(row: Row) -> Votes:
    counts = {emotion: int(row.number_in(emotion, 0, 1000) or 0) for emotion in EMOTIONS6.words}
    return {emotion: number for emotion, number in counts.items() if number}
