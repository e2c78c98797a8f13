"""The layout of a reply as a grammar, for servers that can hold a model to it.

Words hold no ``<`` and begin with a letter or digit, in quotation marks or brackets or not, so that all that
is admitted is parsed. Layers have a longest length: a small model that repeats itself in one would never come
to its answer.
"""

from __future__ import annotations

from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK

LONGEST_LAYER = 400
"""Characters of a layer after its first; ours. Five or six sentences of English."""

_BEGINNING = "[\"'“‘「『《(]{0,4} [0-9A-Za-zÀ-ÖØ-öø-ʯ一-鿿]"
"""Openings, then a letter of English or Chinese: as GBNF writes it, spaces between."""

_REST = "[^<]"


def gbnf(*, chain: bool = True, longest_layer: int = LONGEST_LAYER) -> str:
    """Return the grammar in the form of llama.cpp (GBNF)."""
    answer = f'"<{ANSWER}>" words "</{ANSWER}>"'
    words = f"words ::= {_BEGINNING} {_REST}*\n"
    if not chain:
        return f"root ::= {answer}\n{words}"
    layers = " ".join(f'"<{layer}>" layer "</{layer}>"' for layer in LAYERS)
    layer = f"layer ::= {_BEGINNING} {_REST}{{0,{longest_layer}}}\n"
    return f'root ::= "<{THINK}>" {layers} "</{THINK}>" {answer}\n{layer}{words}'


def regex(*, chain: bool = True, longest_layer: int = LONGEST_LAYER) -> str:
    """Return the grammar as a regular expression without anchors, as guided decoding takes it."""
    beginning = _BEGINNING.replace(" ", "")
    answer = f"<{ANSWER}>{beginning}{_REST}*</{ANSWER}>"
    if not chain:
        return answer
    layers = "".join(f"<{layer}>{beginning}{_REST}{{0,{longest_layer}}}</{layer}>" for layer in LAYERS)
    return f"<{THINK}>{layers}</{THINK}>{answer}"
