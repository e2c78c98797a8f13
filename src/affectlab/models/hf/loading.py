"""Puts a transformers model together: where it lies, its processing, its weights and its identity."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from safetensors import SafetensorError
from transformers import PreTrainedModel

from affectlab.errors import AffectlabError, MissingExtra, ModelError, ModelUnavailable, UnknownModel
from affectlab.models.hf.attention import install
from affectlab.models.hf.memory import memory_errors
from affectlab.models.hf.model import HfModel
from affectlab.models.hf.processing import Processing, load_processing
from affectlab.models.hf.quiet import quieten
from affectlab.models.hf.source import Source, find_source, fingerprint
from affectlab.models.hf.weights import greedy_defaults, load_config, load_weights
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Identity

_NOT_THERE = (
    "not a valid model identifier",
    "404",
    "is not a local folder",
    "does not appear to have a file",
)
_NO_ANSWER = ("couldn't connect", "connection", "offline", "timed out", "max retries")


def load_hf(name: str, options: ModelOptions, known_as: str) -> HfModel:
    """Load the model that `name` gives; see `affectlab.models.hf.load`."""
    quieten()
    source = find_source(name)
    if source.gguf is not None and find_spec("gguf") is None:
        raise MissingExtra("gguf", "bench")
    with _load_errors(name), memory_errors():
        config = load_config(source)
        pinned = _pinned(source, config)
        processing = load_processing(pinned, config, options)
        weights = load_weights(pinned, config, options)
    greedy_defaults(weights, processing.tokenizer)
    sees_attention = install(weights)
    identity = Identity(known_as, _revision(pinned), _settings(weights, processing, options))
    return HfModel(weights, processing, options, identity, sees_attention=sees_attention)


def _pinned(source: Source, config: Any) -> Source:
    """Fix the commit that the configuration came from, so that all files come from one state."""
    commit = getattr(config, "_commit_hash", None)
    return (
        source if source.folder is not None or commit is None else Source(source.place, commit, source.gguf)
    )


def _revision(source: Source) -> str:
    if source.folder is None:
        return source.revision or ""
    return fingerprint(source.folder / source.gguf if source.gguf else source.folder)


def _settings(weights: PreTrainedModel, processing: Processing, options: ModelOptions) -> dict[str, Any]:
    template = processing.template
    settings: dict[str, Any] = {
        "class": type(weights).__name__,
        "dtype": str(weights.dtype).removeprefix("torch."),
        "quantisation": options.quantisation,
        "lora": fingerprint(options.lora) if options.lora else None,
        "template": hashlib.sha256(template.encode()).hexdigest() if template else None,
    }
    if processing.can_think:
        settings["thinking"] = False
    if processing.kinds:
        settings |= {"longest_side": options.longest_side}
    if processing.video_as is not None:
        settings |= {"frames": options.frames, "video_as": processing.video_as}
    return settings


@contextmanager
def _load_errors(name: str) -> Iterator[None]:
    """Turn transformers' long stories into one line each.

    Raises
    ------
    UnknownModel, ModelUnavailable, ModelError
    """
    try:
        yield
    except AffectlabError:
        raise
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, struct.error, SafetensorError) as error:
        raise _load_error(name, error) from error


def _load_error(name: str, error: Exception) -> ModelError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    reason, text = lines[0], str(error).lower()
    if "gated" in text:
        return ModelError(
            f"--model hf:{name}: access is restricted; accept its licence on the hub and run hf auth login"
        )
    if isinstance(error, OSError) and any(sign in text for sign in _NOT_THERE):
        return UnknownModel(f"--model hf:{name}: no such model on the hub, or not yours to read: {reason}")
    if isinstance(error, OSError) and any(sign in text for sign in _NO_ANSWER):
        return ModelUnavailable(
            f"--model hf:{name}: the hub did not answer and the model is not here: {reason}"
        )
    return ModelError(f"--model hf:{name} cannot be loaded: {reason}")
