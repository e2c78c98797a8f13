"""Which side of the split a source is on."""

from __future__ import annotations

import hashlib

from affectlab.bench.sample import Split


def split_of(source: str, test_share: float, seed: int) -> Split:
    """Return the side of the split that everything that comes from `source` is on.

    It depends on nothing but the arguments, so samples that come later do not move those that are there.
    """
    digest = hashlib.sha256(f"{seed}:{source}".encode()).digest()
    return "test" if int.from_bytes(digest[:8]) < test_share * 2**64 else "train"
