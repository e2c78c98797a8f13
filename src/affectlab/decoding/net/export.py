"""A trained decoder as one ONNX graph with its sidecar, for any number of windows and channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from affectlab.decoding.epochs import Target
from affectlab.decoding.features import BANDS
from affectlab.decoding.inputs import FEATURES, PATCHES, RELATIONS
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.weights import FORMAT, GRAPH_OUTPUTS, VERSION, input_facts
from affectlab.files import write_json, writing
from affectlab.manifest import sha256
from affectlab.onnx_graphs import to_onnx


def export(
    decoder: ScaledNet,
    path: Path,
    *,
    axes: Sequence[Target],
    sfreq: float,
    facts: Mapping[str, Any],
) -> tuple[Path, Path]:
    """Write ``NAME.onnx`` and ``NAME.json``; return both.

    Parameters
    ----------
    decoder
        In evaluation mode.
    path
        Either of the two names.
    axes
        What was trained.
    sfreq
        Samples per second of the training data.
    facts
        JSON-ready; added to the sidecar.
    """
    graph, sidecar = path.with_suffix(".onnx"), path.with_suffix(".json")
    with writing(graph) as temporary:
        temporary.write_bytes(to_onnx(decoder, _example(), _DYNAMIC, GRAPH_OUTPUTS))
    write_json(
        sidecar,
        {
            "format": FORMAT,
            "version": VERSION,
            "sha256": sha256(graph),
            "axes": list(axes),
            "sfreq": sfreq,
            "bands": {name: list(edges) for name, edges in BANDS.items()},
            "inputs": input_facts(),
            **facts,
        },
    )
    return graph, sidecar


def _example() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    windows, channels = 3, 5
    return {
        "patches": torch.randn(windows, channels, PATCHES, FEATURES, generator=generator),
        "relations": torch.randn(windows, RELATIONS, channels, channels, generator=generator),
        "positions": torch.nn.functional.normalize(torch.randn(channels, 3, generator=generator), dim=1),
        "weight": torch.ones(windows, channels),
    }


_DYNAMIC = {
    "patches": {0: "windows", 1: "channels"},
    "relations": {0: "windows", 2: "channels", 3: "channels"},
    "positions": {0: "channels"},
    "weight": {0: "windows", 1: "channels"},
}
