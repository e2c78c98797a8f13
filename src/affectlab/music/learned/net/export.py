"""A trained composer as three ONNX graphs that keep no state: read, steer and choose.

``read`` takes words and the keys and values of the words before; ``steer`` turns targets into what they do
inside the backbone, once a beat; ``choose`` says which token comes next in a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from affectlab.files import writing
from affectlab.music.learned.graphs import GRAPHS, Graph
from affectlab.music.learned.net.backbone import Backbone, Cache, Reading
from affectlab.music.learned.net.controller import Controller, Influence, Targets
from affectlab.music.learned.steer import BEATS, GLOBAL, LOCAL
from affectlab.music.learned.words import SLOTS
from affectlab.onnx_graphs import halve, to_onnx


def export_graphs(backbone: Backbone, controller: Controller, folder: Path) -> dict[str, Path]:
    """Write the three graphs of a composer, each whole or not at all; return them by name."""
    modules: dict[str, nn.Module] = {
        "read": _Read(backbone, controller),
        "steer": _Steer(backbone, controller),
        "choose": _Choose(backbone),
    }
    written = {}
    for name, module in modules.items():
        graph = GRAPHS[name]
        content = halve(
            to_onnx(module.eval(), _example(graph, backbone, controller), _axes(graph), graph.outputs)
        )
        path = folder / graph.file
        with writing(path) as temporary:
            temporary.write_bytes(content)
        written[name] = path
    return written


class _Read(nn.Module):  # type: ignore[misc]
    def __init__(self, backbone: Backbone, controller: Controller) -> None:
        super().__init__()
        self.backbone, self.controller = backbone, controller

    def forward(
        self,
        ids: Tensor,
        tick: Tensor,
        metre: Tensor,
        time: Tensor,
        place: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
        prefix_keys: Tensor,
        prefix_values: Tensor,
        film: Tensor,
        beat_keys: Tensor,
        beat_values: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        influence = Influence(prefix_keys, prefix_values, film, beat_keys, beat_values)
        found: tuple[Tensor, Tensor, Tensor] = self.backbone(
            Reading(ids, tick, metre, time, place),
            self.controller.steered(influence),
            Cache(keys, values, mask),
        )
        return found


class _Steer(nn.Module):  # type: ignore[misc]
    def __init__(self, backbone: Backbone, controller: Controller) -> None:
        super().__init__()
        self.backbone, self.controller = backbone, controller

    def forward(
        self, globally: Tensor, locally: Tensor, with_global: Tensor, with_local: Tensor
    ) -> tuple[Tensor, ...]:
        segment = torch.zeros_like(globally[:, :, 0], dtype=torch.int64)
        targets = Targets(globally, segment, locally, with_global, with_local)
        return tuple(self.controller(targets, self.backbone))


class _Choose(nn.Module):  # type: ignore[misc]
    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, hidden: Tensor, word: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.backbone.logits(hidden, word[:, :slot], slot) for slot in range(SLOTS))


def _example(graph: Graph, backbone: Backbone, controller: Controller) -> dict[str, Tensor]:
    """Return arguments of the right shapes; every size that may vary is one that occurs nowhere else."""
    size, heads, local = backbone.settings, backbone.settings.heads, controller.settings
    lanes, words, places = 3, 5, 11
    head, part = size.width // heads, local.local // local.heads
    shapes: Mapping[str, tuple[int, ...]] = {
        "keys": (size.layers, lanes, heads, places, head),
        "values": (size.layers, lanes, heads, places, head),
        "mask": (lanes, places),
        "prefix_keys": (size.layers, lanes, heads, local.tokens, head),
        "prefix_values": (size.layers, lanes, heads, local.tokens, head),
        "film": (2 * size.layers, lanes, 1, 2 * size.width),
        "beat_keys": (len(controller.cross), lanes, 1, local.heads, BEATS, part),
        "beat_values": (len(controller.cross), lanes, 1, local.heads, BEATS, part),
        "globally": (lanes, 1, len(GLOBAL)),
        "locally": (lanes, 1, BEATS, len(LOCAL)),
        "with_global": (lanes,),
        "with_local": (lanes,),
        "hidden": (lanes, size.width),
    }
    numbers: Mapping[str, tuple[int, ...]] = {
        "ids": (lanes, words, SLOTS),
        "word": (lanes, SLOTS - 1),
        **dict.fromkeys(("tick", "metre", "time", "place"), (lanes, words)),
    }
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.randn(shapes[name], generator=generator)
        if name in shapes
        else torch.zeros(numbers[name], dtype=torch.int64)
        for name in graph.inputs
    }


def _axes(graph: Graph) -> dict[str, dict[int, str]]:
    return {name: dict(axes) for name, axes in graph.inputs.items()}
