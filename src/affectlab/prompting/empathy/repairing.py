"""Mend a reply where there is one way to do it; words are never made up."""

from __future__ import annotations

import re
from typing import Final

from affectlab.prompting.empathy._walk import read
from affectlab.prompting.empathy.faults import Fault, FaultCode
from affectlab.prompting.empathy.parsing import check, reply_of
from affectlab.prompting.empathy.reply import Reply

_MENDED: Final[frozenset[FaultCode]] = frozenset({"outside", "misspelt", "unclosed", "truncated"})

_BEGUN_CLOSING = re.compile(r"</[A-Za-z_0-9]{0,14}\Z")


def repair(text: str, *, chain: bool | None = None) -> tuple[Reply, tuple[Fault, ...]] | None:
    """Read a reply and mend it where needed.

    Mended are: text outside the parts (left out; the empty ``<think></think>`` of
    Qwen3's chat template is such text), tags in another case or with spaces,
    closing tags that are missing at the end or before the next part. An answer that was cut stays cut.

    Parameters
    ----------
    text
        What a model said.
    chain
        As for `parse`.

    Returns
    -------
    tuple or None
        The reply and what was wrong with it; None where a part is missing, empty, repeated or out of place.
    """
    faults = check(text, chain=chain)
    if any(fault.code not in _MENDED for fault in faults):
        return None
    cut = any(fault.code == "truncated" for fault in faults)
    reading = read(_BEGUN_CLOSING.sub("", text) if cut else text)
    if not all(words.strip() for words in reading.words.values()):
        return None
    return reply_of(reading), faults
