"""Pictures and sound encoded once while the same requests are read again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

_ENCODERS = ("get_image_features", "get_video_features", "get_audio_features")
"""What transformers models call to encode media, where they encode any."""


@contextmanager
def remembered_media(weights: PreTrainedModel) -> Iterator[None]:
    """Keep what the encoders of `weights` made of the last input in each thread, inside the block.

    Attention of the language model does not reach them, so a steering cannot change what they make.
    """
    covered = [
        (module, name)
        for module in weights.modules()
        for name in _ENCODERS
        if callable(getattr(type(module), name, None))
    ]
    for module, name in covered:
        setattr(module, name, _Remembered(getattr(module, name)))
    try:
        yield
    finally:
        for module, name in covered:
            delattr(module, name)


class _Remembered:
    def __init__(self, encode: Callable[..., Any]) -> None:
        self._encode = encode
        self._last = threading.local()

    def __call__(self, *given: Any, **named: Any) -> Any:
        if not _same(getattr(self._last, "given", None), (given, named)):
            self._last.made = self._encode(*given, **named)
            self._last.given = (given, named)
        return self._last.made


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        return one is other or (one.device == other.device and torch.equal(one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
