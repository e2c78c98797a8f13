"""Torch modules as ONNX graphs that hold nothing but weights and nodes."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from affectlab.errors import MissingExtra

OPSET = 18
# Fewer numbers are not worth a node that widens them.
_LARGE = 1024


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


def halve(graph: bytes) -> bytes:
    """Store the large matrices of a graph with 16 bits, each widened by a node of its own.

    ONNX Runtime widens them once, when it loads the graph: half the file, and the speed of 32 bits.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    proto = onnx.load_from_string(graph)
    kept, widened = [], []
    for one in proto.graph.initializer:
        array = numpy_helper.to_array(one)
        if one.data_type != TensorProto.FLOAT or array.size < _LARGE:
            kept.append(one)
            continue
        kept.append(numpy_helper.from_array(array.astype(np.float16), f"{one.name}_16"))
        widened.append(helper.make_node("Cast", [f"{one.name}_16"], [one.name], to=TensorProto.FLOAT))
    nodes = [*widened, *proto.graph.node]
    del proto.graph.initializer[:], proto.graph.node[:]
    proto.graph.initializer.extend(kept)
    proto.graph.node.extend(nodes)
    onnx.checker.check_model(proto)
    halved: bytes = proto.SerializeToString()
    return halved
