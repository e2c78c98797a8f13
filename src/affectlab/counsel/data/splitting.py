"""Which split a group of rows is in, before anything is fitted."""

from __future__ import annotations

import hashlib

from affectlab.counsel.rows import Split


def split_of(group: str, validation: float, test: float, seed: int) -> Split:
    """Return the split of a group; it depends on nothing but the arguments.

    Parameters
    ----------
    group
        Name of the question or conversation.
    validation, test
        Shares of all groups, together at most 1.
    seed
        Another seed is another split.
    """
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    drawn = int.from_bytes(digest[:8]) / 2**64
    if drawn < test:
        return "test"
    return "validation" if drawn < test + validation else "train"
