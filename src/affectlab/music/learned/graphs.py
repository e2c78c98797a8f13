"""The three graphs of a composer: what goes in, what comes out, and which sizes may vary.

A *lane* is one row of a batch: the steered and the unsteered reading of the same music.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_LANES = {0: "lanes"}
_WORDS = {0: "lanes", 1: "words"}
INFLUENCE = {
    "prefix_keys": {1: "lanes"},
    "prefix_values": {1: "lanes"},
    "film": {1: "lanes"},
    "beat_keys": {1: "lanes"},
    "beat_values": {1: "lanes"},
}


@dataclass(frozen=True, slots=True)
class Graph:
    """One ONNX file.

    Parameters
    ----------
    file
        Its name.
    inputs
        Argument names to the axes that may vary, by name.
    outputs
        Names of what it returns; bare names are taken by operators.
    """

    file: str
    inputs: Mapping[str, Mapping[int, str]]
    outputs: tuple[str, ...]


GRAPHS: Mapping[str, Graph] = MappingProxyType(
    {
        "read": Graph(
            "read.onnx",
            {
                "ids": _WORDS,
                "tick": _WORDS,
                "metre": _WORDS,
                "time": _WORDS,
                "place": _WORDS,
                "keys": {1: "lanes", 3: "places"},
                "values": {1: "lanes", 3: "places"},
                "mask": {0: "lanes", 1: "places"},
                **INFLUENCE,
            },
            ("read_hidden", "read_keys", "read_values"),
        ),
        "steer": Graph(
            "steer.onnx",
            {"globally": _LANES, "locally": _LANES, "with_global": _LANES, "with_local": _LANES},
            tuple(f"steer_{name}" for name in INFLUENCE),
        ),
        "choose": Graph(
            "choose.onnx",
            {"hidden": _LANES, "word": _LANES},
            ("choose_first", "choose_second", "choose_third"),
        ),
    }
)
