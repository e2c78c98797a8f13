"""Weights of the learned decoder: read, checked and run in ONNX Runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import Target
from affectlab.decoding.features import BANDS
from affectlab.decoding.inputs import FEATURES, PATCHES, RELATIONS, Inputs
from affectlab.errors import DecodingError, UnreadableFile
from affectlab.manifest import sha256
from affectlab.onnx_sessions import open_graph

FORMAT = "affectlab-decoder"
VERSION = 1
SHIPPED = Path(__file__).parent / "shipped" / "decoder.json"
"""The sidecar of the shipped weights; the graph lies beside it."""

OUTPUTS = ("mean", "covariance", "trajectory", "high", "embedding", "distance")
GRAPH_OUTPUTS = tuple(f"decoded_{name}" for name in OUTPUTS)
"""Names in the graph, in the order of `Output`; bare names are taken by operators."""

Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """Beliefs about windows; axes in the order valence, arousal.

    Parameters
    ----------
    mean
        Shape (n, 2), in [-1, 1].
    covariance
        Shape (n, 2, 2).
    trajectory
        Shape (n, L, 2): course of the mean inside the window, in [-1, 1].
    high
        Shape (n, 2): probability that the label lies above 0, both sides being equally likely beforehand.
    embedding
        Shape (n, E): what the heads are computed from.
    distance
        Shape (n,): how unlike the training data, 1 where 99 % of people not trained on stay below.
    """

    mean: Singles
    covariance: Singles
    trajectory: Singles
    high: Singles
    embedding: Singles
    distance: Singles


class DecoderWeights:
    """A decoder ready to run, in one thread.

    Parameters
    ----------
    graph
        Path of the ONNX file.
    facts
        What the sidecar says.

    Raises
    ------
    DecodingError
        If the graph does not have the inputs and outputs of a decoder.
    MissingExtra
        If ONNX Runtime is not installed.
    """

    def __init__(self, graph: Path, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.sha256 = str(facts["sha256"])
        self.axes = tuple(cast(Target, axis) for axis in facts["axes"])
        self.sfreq = float(facts["sfreq"])
        self.bands: Mapping[str, tuple[float, float]] = {
            name: (float(low), float(high)) for name, (low, high) in facts["bands"].items()
        }
        self._session = open_graph(graph)
        found = {one.name for one in self._session.get_outputs()}
        if not found >= set(GRAPH_OUTPUTS):
            raise DecodingError(
                f"{graph} gives {', '.join(sorted(found))}; expected {', '.join(GRAPH_OUTPUTS)}"
            )

    def run(self, inputs: Inputs) -> Output:
        """Decode windows; see `affectlab.decoding.inputs.make_inputs`."""
        feed = {
            "patches": inputs.patches,
            "relations": inputs.relations,
            "positions": inputs.positions,
            "weight": inputs.weight,
        }
        return Output(*self._session.run(list(GRAPH_OUTPUTS), feed))


def load_weights(path: Path | None = None) -> DecoderWeights:
    """Load a decoder.

    Parameters
    ----------
    path
        Its sidecar ``NAME.json`` or its graph ``NAME.onnx``; the shipped decoder when None.

    Raises
    ------
    UnreadableFile
        If a file is missing, is not what its name says, or was changed after it was written.
    DecodingError
        If it was made for inputs of another kind.
    MissingExtra
        If ONNX Runtime is not installed.
    """
    sidecar = (path or SHIPPED).with_suffix(".json")
    facts = _facts(sidecar)
    graph = sidecar.with_suffix(".onnx")
    if not graph.is_file():
        raise UnreadableFile(f"{graph} is missing; a decoder is a pair NAME.json and NAME.onnx")
    found = sha256(graph)
    if found != facts["sha256"]:
        raise UnreadableFile(
            f"{graph} was changed: its SHA-256 is {found[:12]}…, {sidecar.name} says "
            f"{str(facts['sha256'])[:12]}…; copy both files again"
        )
    return DecoderWeights(graph, facts)


def _facts(sidecar: Path) -> dict[str, Any]:
    try:
        facts = json.loads(sidecar.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(
            f"{sidecar}: {error.strerror}; expected the sidecar of a decoder's weights"
        ) from error
    except ValueError as error:
        raise UnreadableFile(f"{sidecar} is not JSON ({error}); expected the sidecar of a decoder") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT or facts.get("version") != VERSION:
        raise UnreadableFile(
            f"{sidecar} is not the sidecar of a decoder (format {FORMAT}, version {VERSION})"
        )
    _check_facts(sidecar, facts)
    return facts


def _check_facts(sidecar: Path, facts: Mapping[str, Any]) -> None:
    absent = [name for name in ("sha256", "axes", "sfreq", "bands", "inputs") if name not in facts]
    if absent:
        raise UnreadableFile(f"{sidecar} does not say {', '.join(absent)}; it is not whole")
    unknown = [axis for axis in facts["axes"] if axis not in get_args(Target)]
    if unknown:
        raise UnreadableFile(f"{sidecar}: axis {unknown[0]!r} is not known; expected valence, arousal")
    if facts["inputs"] != input_facts():
        raise DecodingError(
            f"{sidecar} was made for inputs {facts['inputs']}, this version makes {input_facts()}: "
            "train it again"
        )


def input_facts() -> dict[str, Any]:
    """Return what a decoder must agree with to be run on `Inputs`, JSON-ready."""
    return {
        "patches": PATCHES,
        "features": FEATURES,
        "relations": RELATIONS,
        "bands": {name: [low, high] for name, (low, high) in BANDS.items()},
    }
