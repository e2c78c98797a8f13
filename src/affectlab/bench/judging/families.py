"""Which family of models a model is of, from its name, so that none judges its relatives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from affectlab.errors import BenchError

# Family to the words that name it. A model built on another's weights often names both, and is of both.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "qwen": ("qwen", "qwq", "qvq", "tongyi"),
    "llama": ("llama", "vicuna", "alpaca"),
    "gpt": ("gpt", "chatgpt", "o1", "o3", "o4", "davinci"),
    "gemini": ("gemini", "gemma", "paligemma", "medgemma"),
    "claude": ("claude",),
    "internvl": ("internvl", "internlm"),
    "llava": ("llava",),
    "mistral": ("mistral", "mixtral", "ministral", "pixtral", "magistral"),
    "deepseek": ("deepseek", "janus"),
    "phi": ("phi",),
    "glm": ("glm", "chatglm", "cogvlm"),
    "minicpm": ("minicpm",),
    "smol": ("smollm", "smolvlm"),
    "molmo": ("molmo", "olmo"),
    "grok": ("grok",),
    "yi": ("yi",),
    "kimi": ("kimi", "moonlight"),
    "ernie": ("ernie",),
    "idefics": ("idefics",),
    "blip": ("blip", "instructblip"),
    "command": ("command", "aya"),
    "nova": ("nova",),
}
# Built on another family's language model without saying so in the name.
_DESCENT: Mapping[str, str] = {"internvl3": "qwen"}
_OURS = {"organism": "affectlab", "baseline": "affectlab"}
# Short words that stand inside longer ones that are no model.
_WHOLE = {"o1", "o3", "o4", "yi", "phi", "nova", "aya", "command"}

# Programs that serve models of any family.
_SOFTWARE = re.compile(r"ollama|llama[._-]?(?:cpp|server)")


def families(name: str) -> frozenset[str]:
    """Return the families that a model's name speaks of; empty where it speaks of none that is known.

    Parameters
    ----------
    name
        As loaded: ``provider:name``, a path, or a hub name. The provider is no family: `openai:` is any
        server.
    """
    provider, colon, rest = name.partition(":")
    if (ours := _OURS.get(provider)) is not None:
        return frozenset({ours})
    text = _SOFTWARE.sub("", (rest if colon else name).casefold())
    found = {family for family, words in _WORDS.items() if any(_speaks(text, word) for word in words)}
    found |= {family for word, family in _DESCENT.items() if word in text}
    return frozenset(found)


def refuse_relatives(judge: str, candidates: Sequence[str], *, same_family: bool = False) -> list[str]:
    """Refuse a judge that is of a candidate's family.

    Returns
    -------
    list of str
        What a report must say: relatives that were let pass, and names whose family is not known.

    Raises
    ------
    BenchError
        If a candidate is related and `same_family` is not given.
    """
    own = families(judge) or {judge}
    notes = [] if families(judge) else [f"the family of the judge {judge} is not known from its name"]
    for name in dict.fromkeys(candidates):
        theirs = families(name) or {name}
        if not theirs & own and not families(name):
            notes.append(f"the family of {name} is not known from its name: whether {judge} is of it is open")
        elif shared := sorted(own & theirs):
            if not same_family:
                raise BenchError(
                    f"the judge {judge} is of the same family as {name} ({', '.join(shared)}) and may favour "
                    "it; choose another judge, or add --same-family to do it all the same"
                )
            notes.append(f"the judge {judge} is of the same family as {name} ({', '.join(shared)})")
    return notes


def _speaks(text: str, word: str) -> bool:
    if word in _WHOLE:
        return re.search(rf"(?<![a-z0-9]){word}(?![a-z])", text) is not None
    return re.search(rf"(?<![a-z]){word}|{word}(?![a-z])", text) is not None
