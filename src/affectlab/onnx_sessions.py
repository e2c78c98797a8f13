"""ONNX graphs ready to run, each in one thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectlab.errors import MissingExtra, UnreadableFile


def open_graph(graph: Path) -> Any:
    """Return an ``InferenceSession`` on the CPU.

    Raises
    ------
    UnreadableFile
        If ONNX Runtime cannot load the file.
    MissingExtra
        If ONNX Runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtra("onnxruntime", "live") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (onnxruntime.capi.onnxruntime_pybind11_state.Fail, *_refusals(onnxruntime)) as error:
        raise UnreadableFile(f"{graph} is not a graph ONNX Runtime can load: {error}") from error


def _refusals(onnxruntime: Any) -> tuple[type[Exception], ...]:
    state = onnxruntime.capi.onnxruntime_pybind11_state
    return state.InvalidProtobuf, state.InvalidGraph, state.InvalidArgument, state.NotImplemented
