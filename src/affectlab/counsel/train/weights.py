"""The model to be trained: its weights unpacked, its adapters, its layers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, GgufConfig, PreTrainedModel

from affectlab.counsel.train.settings import LoraSettings, TrainSettings
from affectlab.errors import CounselError, InvalidConfig, ModelError
from affectlab.models import ModelOptions
from affectlab.models.hf.memory import memory_errors
from affectlab.models.hf.processing import Processing, load_processing
from affectlab.models.hf.quiet import quieten
from affectlab.models.hf.source import find_source, fingerprint
from affectlab.models.hf.weights import greedy_defaults, load_config

HEAD = "score"
"""Name of the layer that turns the last token's state into a score."""


@dataclass(frozen=True, slots=True)
class Base:
    """A language model as loaded.

    Parameters
    ----------
    name, revision
        As given; commit of the hub, or a hash of the files.
    weights, processing
        The model, and what turns words into its tokens.
    """

    name: str
    revision: str
    weights: PreTrainedModel
    processing: Processing


def load_base(name: str, dtype: torch.dtype) -> Base:
    """Load a causal language model with all its weights unpacked, ready to be trained.

    Raises
    ------
    UnknownModel
        If there is no such model.
    ModelError
        If it cannot be loaded as a causal language model.
    OutOfMemory
        If it does not fit.
    """
    quieten()
    source = find_source(name)
    with _load_errors(name), memory_errors():
        config = load_config(source)
        processing = load_processing(source, config, ModelOptions())
        weights = AutoModelForCausalLM.from_pretrained(
            source.place,
            **source.hub_arguments(),
            # Pickled weights can run code when they are read.
            use_safetensors=True if source.gguf is None else None,
            quantization_config=None if source.gguf is None else GgufConfig(dequantize=True),
            dtype=dtype,
        )
    greedy_defaults(weights, processing.tokenizer)
    return Base(name, _revision(source, config), weights, processing)


def dtype_of(settings: TrainSettings) -> torch.dtype:
    """Return the number format the base is held in."""
    return number_format(settings.precision, full=settings.full)


def number_format(precision: str, *, full: bool) -> torch.dtype:
    """Return the number format of a base: what is trained itself is never held in bfloat16."""
    return torch.bfloat16 if precision == "bf16" and not full else torch.float32


def body_of(weights: PreTrainedModel, layers: int | None) -> PreTrainedModel:
    """Return the model without its word head, and with the first `layers` layers only.

    Raises
    ------
    InvalidConfig
        If it has fewer layers.
    """
    body: PreTrainedModel = weights.base_model
    if layers is None:
        return body
    if layers > len(body.layers):
        raise InvalidConfig(f"layers is {layers}, and the model has {len(body.layers)}; give at most these")
    body.layers = body.layers[:layers]
    body.config.num_hidden_layers = layers
    if getattr(body.config, "layer_types", None):
        body.config.layer_types = list(body.config.layer_types[:layers])
    return body


def scorer_of(weights: PreTrainedModel, layers: int | None, pad: int) -> PreTrainedModel:
    """Return the model with a score of the last token in the place of its word head."""
    body = body_of(weights, layers)
    config = body.config
    config.num_labels, config.pad_token_id = 1, pad
    with torch.device("meta"):
        scorer: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    setattr(scorer, scorer.base_model_prefix, body)
    head = torch.nn.Linear(config.hidden_size, 1, bias=False, dtype=torch.float32)
    torch.nn.init.normal_(head.weight, std=config.hidden_size**-0.5)
    setattr(scorer, HEAD, head)
    return scorer


def adapted(model: PreTrainedModel, settings: TrainSettings, task: str, saved: tuple[str, ...] = ()) -> Any:
    """Return `model` with new adapters, with those of ``settings.adapter``, or as it is.

    Parameters
    ----------
    task
        peft's name of what the model is for, such as ``CAUSAL_LM``.
    saved
        Layers that are trained and saved whole.

    Raises
    ------
    InvalidConfig
        If the folder holds no adapter, or one of another model.
    """
    from peft import PeftModel, get_peft_model

    if settings.full:
        return model
    torch.manual_seed(settings.seed)
    if settings.adapter is None:
        return in_float32(get_peft_model(model, lora_config(settings.lora, task, saved)))
    if not (settings.adapter / "adapter_config.json").is_file():
        raise InvalidConfig(
            f"adapter {settings.adapter}: no adapter_config.json there; expected a peft folder"
        )
    try:
        return in_float32(PeftModel.from_pretrained(model, str(settings.adapter), is_trainable=True))
    except (RuntimeError, ValueError, KeyError) as error:
        raise InvalidConfig(
            f"adapter {settings.adapter} does not fit {settings.model}; give the model it was trained on"
        ) from error


def in_float32(model: Any) -> Any:
    """Hold what is trained in float32: small updates vanish in bfloat16."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()
    return model


def lora_config(lora: LoraSettings, task: str, saved: tuple[str, ...]) -> Any:
    """Return the adapters' settings as peft takes them."""
    from peft import LoraConfig

    targets = lora.targets if isinstance(lora.targets, str) else list(lora.targets)
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        modules_to_save=list(saved) or None,
        task_type=task,
    )


def sizes(model: torch.nn.Module) -> tuple[int, int]:
    """Return how many numbers a model has, and how many of them are trained."""
    counts = [(weight.numel(), weight.requires_grad) for weight in model.parameters()]
    return sum(count for count, _ in counts), sum(count for count, trained in counts if trained)


def _revision(source: Any, config: Any) -> str:
    if source.folder is not None:
        return fingerprint(source.folder / source.gguf if source.gguf else source.folder)
    return str(getattr(config, "_commit_hash", None) or source.revision or "")


@contextmanager
def without_chatter() -> Iterator[None]:
    """Keep silent about what no user can mend: old names between libraries, a GGUF without a config file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Could not find a config file in", category=UserWarning)
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|trl|peft)\.")
        yield


@contextmanager
def _load_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (ModelError, CounselError):
        raise
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"model {name} cannot be loaded for training: {reason}") from error
