"""The layout of a reply as a grammar, for servers that can hold a model to it.

Words hold no ``<`` and begin with a letter or digit, in quotation marks or brackets or not, so that all that
is admitted is parsed.
"""

from __future__ import annotations

from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK

_WORDS = "[\"'“‘「『《(]* [0-9A-Za-zÀ-ÖØ-öø-ʯ一-鿿] [^<]*"
"""Openings, a letter of English or Chinese, anything: as GBNF writes it, spaces between."""


def gbnf(*, chain: bool = True) -> str:
    """Return the grammar in the form of llama.cpp (GBNF)."""
    answer = f'"<{ANSWER}>" words "</{ANSWER}>"'
    layers = " ".join(f'"<{layer}>" words "</{layer}>"' for layer in LAYERS)
    root = f'"<{THINK}>" {layers} "</{THINK}>" {answer}' if chain else answer
    return f"root ::= {root}\nwords ::= {_WORDS}\n"


def regex(*, chain: bool = True) -> str:
    """Return the grammar as a regular expression without anchors, as guided decoding takes it."""
    words = _WORDS.replace(" ", "")
    answer = f"<{ANSWER}>{words}</{ANSWER}>"
    layers = "".join(f"<{layer}>{words}</{layer}>" for layer in LAYERS)
    return f"<{THINK}>{layers}</{THINK}>{answer}" if chain else answer
