"""JSON schemas of answers as grammars for llama.cpp (GBNF), without room for white space.

llama.cpp turns schemas into grammars itself, but lets any white space stand between the parts, and small
models then write nothing else until the answer is cut. Here are just the forms that
`affectlab.planning.llm.offer` uses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Quotation marks and backslashes would need escapes; letters of other languages are not asked for.
_LETTER = "letter ::= [a-zA-Z0-9 ,.;:'()/+-]"
_HAN = "han ::= [\u4e00-\u9fff，。、；]"


def grammar(schema: Mapping[str, Any]) -> str:
    """Return the grammar of objects whose keys come in the order of ``properties``.

    Parameters
    ----------
    schema
        An object of strings, strings out of a list, whole numbers with bounds, and lists of these. A string
        with a pattern is one of Chinese characters.
    """
    fields = (f"{_quoted(json.dumps(key) + ':')} {_rule(one)}" for key, one in schema["properties"].items())
    body = f" {_quoted(',')} ".join(fields)
    return f"root ::= {_quoted('{')} {body} {_quoted('}')}\n{_LETTER}\n{_HAN}\n"


def _rule(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return _one_of(json.dumps(value) for value in schema["enum"])
    if schema["type"] == "integer":
        return _one_of(str(value) for value in range(schema["minimum"], schema["maximum"] + 1))
    if schema["type"] == "array":
        return _several(schema)
    quote = _quoted('"')
    name = "han" if "pattern" in schema else "letter"
    return f"{quote} {name}{{4,{schema['maxLength']}}} {quote}"


def _several(schema: Mapping[str, Any]) -> str:
    item, least, most = _rule(schema["items"]), schema["minItems"], schema["maxItems"]
    more = f"({_quoted(',')} {item}){{{least - 1},{most - 1}}}" if most > 1 else ""
    return f"{_quoted('[')} {item} {more} {_quoted(']')}"


def _one_of(values: Any) -> str:
    return "(" + " | ".join(_quoted(value) for value in values) + ")"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
