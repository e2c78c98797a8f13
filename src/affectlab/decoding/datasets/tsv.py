"""Tables as BIDS writes them."""

from __future__ import annotations

import csv
from pathlib import Path

from affectlab.errors import UnreadableFile


def read_tsv(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a tab-separated table with a header.

    Parameters
    ----------
    path
        The table, UTF-8.
    columns
        Those it must have.

    Returns
    -------
    rows
        Column to text; at least one row.

    Raises
    ------
    UnreadableFile
        If it is missing, no text, lacks a column, has no rows, or a row is of another length.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(
            f"{path} is no readable table ({error}); expected tab-separated UTF-8"
        ) from error
    header, rows = (lines[0] if lines else []), lines[1:]
    absent = [name for name in columns if name not in header]
    if absent:
        raise UnreadableFile(
            f"{path} has no column {absent[0]!r}; it has {', '.join(header) or 'none'}: correct the table"
        )
    if not rows:
        raise UnreadableFile(f"{path} has no rows; expected one an event")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise UnreadableFile(
                f"{path}: line {number} has {len(row)} fields; expected {len(header)}, as in its header"
            )
    return [dict(zip(header, row, strict=True)) for row in rows]
