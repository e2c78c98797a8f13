"""Personal data in texts: found by their form, counted, and replaced by placeholders.

What has a form is found: addresses, numbers, handles. Names of people are not.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_PATTERNS: Final = {
    "e-mail": r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}",
    "url": r"(?:https?://|www\.)[^\s<>\"'，。；、）】」]+|\b[a-z0-9-]{1,63}\.(?:com|org|net|cn)\b(?:/[^\s<>]*)?",
    "id": r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)",
    "qq": r"(?i:(?<![a-z])qq)\s*(?:号|群)?\s*(?:码)?\s*(?:是|[:：])?\s*\d{5,12}(?!\d)",
    "wechat": r"(?i:微信|wechat|weixin|vx)\s*(?:号|id)?\s*(?:是|[:：])\s*[A-Za-z0-9][A-Za-z0-9_-]{4,19}",
    "phone": (
        r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"
        r"|(?<![\d-])(?:\+?1[-. ])?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"
        r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|(?<!\d)400-\d{3}-?\d{4}(?!\d)"
        r"|\+\d{1,3}(?:[- ]?\d{2,4}){3,4}(?!\d)"
        r"|(?<!\d)1-8\d\d-[\dA-Z]{3}-?[\dA-Z]{4}(?![\dA-Z])"
    ),
    "handle": r"(?<![\w@])@[A-Za-z]\w{2,29}",
}
_ORDERED = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}


def scrub(text: str) -> tuple[str, Counter[str]]:
    """Return `text` with personal data as ``[kind]``, and how many of each kind there were.

    Kinds: e-mail, url, id (Chinese identity card, US social security), qq, wechat, phone, handle. Telephone
    numbers of helplines are numbers too.
    """
    found: Counter[str] = Counter()
    for kind, pattern in _ORDERED.items():
        text, times = pattern.subn(f"[{kind}]", text)
        found[kind] += times
    return text, +found
