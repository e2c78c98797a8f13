"""Words held back until they have passed: sentence by sentence, each in the light of all before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from affectlab.counsel.gate import Passed

_END: Final = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)|[。！？；…][”’」』）]*|\n")
"""Where a sentence ends: a mark before white space, a mark of Chinese, or a new line."""


class Release:
    """Takes words as they come and lets whole sentences go once all said so far has passed.

    White space at the beginning and at the end is dropped.

    Parameters
    ----------
    check
        Says of a text from its beginning whether it may be shown.
    """

    def __init__(self, check: Callable[[str], Passed]) -> None:
        self._check = check
        self._held = ""
        self.said = ""
        self.refused: Passed | None = None

    @property
    def holds(self) -> bool:
        """Whether words wait for the end of their sentence."""
        return bool(self._held.strip())

    def feed(self, words: str) -> str:
        """Take the next words; return those that may be shown now."""
        self._held += words
        ends = [found.end() for found in _END.finditer(self._held)]
        return self._let_go(ends[-1]) if ends else ""

    def finish(self) -> str:
        """Say that no more comes; return what may be shown of the rest."""
        return self._let_go(len(self._held))

    def _let_go(self, end: int) -> str:
        words = self._held[:end] if self.said else self._held[:end].lstrip()
        if self.refused is not None or not words.strip():
            return ""
        self._held = self._held[end:]
        passed = self._check(self.said + words)
        if not passed.allowed:
            self.refused = passed
            return ""
        self.said += words
        return words
