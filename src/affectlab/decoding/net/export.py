"""A trained decoder as one ONNX graph with its sidecar, for any number of windows and channels."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from affectlab.decoding.epochs import Target
from affectlab.decoding.features import BANDS
from affectlab.decoding.inputs import FEATURES, PATCHES, RELATIONS
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.weights import FORMAT, GRAPH_OUTPUTS, VERSION, input_facts
from affectlab.errors import MissingExtra
from affectlab.files import write_json, writing
from affectlab.manifest import sha256

OPSET = 18


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


def to_onnx(
    module: torch.nn.Module,
    example: Mapping[str, torch.Tensor],
    dynamic: Mapping[str, Mapping[int, str]],
    outputs: tuple[str, ...],
) -> bytes:
    """Return a module's ONNX graph, weights inside.

    Parameters
    ----------
    module
        In evaluation mode.
    example
        Argument names to example values, in order.
    dynamic
        Argument names to the axes that may vary, by name.
    outputs
        Names of what it returns.
    """
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise MissingExtra("onnxscript", "train") from None
    dims = {name: torch.export.Dim(name) for axes in dynamic.values() for name in axes.values()}
    shapes = {name: {axis: dims[dim] for axis, dim in dynamic[name].items()} for name in example}
    # It logs every optional package that is absent.
    logging.getLogger("torch.onnx._internal.exporter").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # The exporter and its rewriter warn of their own deprecations, about which nothing can be done here.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(example.values()),
            input_names=list(example),
            output_names=list(outputs),
            opset_version=OPSET,
            dynamic_shapes=tuple(shapes.values()),
            dynamo=True,
            verbose=False,
        )
    proto = program.model_proto
    forget_origin(proto)
    graph: bytes = proto.SerializeToString()
    return graph


def forget_origin(proto: Any) -> None:
    """Take out of an ONNX model, in place, where in which source files its nodes were made.

    The exporter writes a stack trace beside each node: paths of the machine, half of the file, and of no use
    to whoever runs it.
    """
    graph = proto.graph
    for one in (
        proto,
        graph,
        *graph.node,
        *graph.input,
        *graph.output,
        *graph.value_info,
        *graph.initializer,
    ):
        one.ClearField("metadata_props")
        one.ClearField("doc_string")


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
