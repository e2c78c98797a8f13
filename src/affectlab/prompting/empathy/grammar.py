"""The layout of a reply as a grammar, for servers that can hold a model to it.

Words hold no ``<`` and begin with something other than white space, so that all that is admitted is parsed.
"""

from __future__ import annotations

from affectlab.prompting.empathy.reply import ANSWER, LAYERS, THINK


def gbnf(*, chain: bool = True) -> str:
    """Return the grammar in the form of llama.cpp (GBNF)."""
    answer = f'"<{ANSWER}>" words "</{ANSWER}>"'
    layers = " ".join(f'"<{layer}>" words "</{layer}>"' for layer in LAYERS)
    root = f'"<{THINK}>" {layers} "</{THINK}>" {answer}' if chain else answer
    return f"root ::= {root}\nwords ::= [^< \\t\\r\\n\\x0B\\x0C\\xA0\\u3000] [^<]*\n"


def regex(*, chain: bool = True) -> str:
    """Return the grammar as a regular expression without anchors, as guided decoding takes it."""
    words = r"[^<\s][^<]*"
    answer = f"<{ANSWER}>{words}</{ANSWER}>"
    layers = "".join(f"<{layer}>{words}</{layer}>" for layer in LAYERS)
    return f"<{THINK}>{layers}</{THINK}>{answer}" if chain else answer
