"""Take out of a text what is left of web pages, and spaces nobody sees."""

from __future__ import annotations

import html
import re

_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
_ELEMENT = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"[ ]*\n\s*")
# Control characters other than line breaks and tabs, zero-width characters, the byte order mark.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")


def clean(text: str) -> str:
    """Return `text` without HTML, with single spaces and single line breaks.

    Elements are taken out twice, before and after entities are resolved, because exports escape them.
    """
    plain = _stripped(html.unescape(_stripped(text)))
    plain = _UNSEEN.sub("", plain.replace("\r\n", "\n").replace("\r", "\n"))
    return _LINES.sub("\n", _BLANKS.sub(" ", plain)).strip()


def _stripped(text: str) -> str:
    return _ELEMENT.sub("", _BREAK.sub("\n", text))
