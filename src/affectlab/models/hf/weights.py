"""A model's weights: its class, number format, devices, quantisation and adapter."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMultimodalLM,
    GenerationConfig,
    PreTrainedModel,
)

from affectlab.errors import InvalidConfig, MissingExtra, ModelError, UnknownModel
from affectlab.models.hf.source import Source
from affectlab.models.options import ModelOptions

_THINKERS = {
    "qwen2_5_omni": "Qwen2_5OmniThinkerForConditionalGeneration",
    "qwen3_omni_moe": "Qwen3OmniMoeThinkerForConditionalGeneration",
}
"""Omni checkpoints that also speak, and the part of each that reads and writes."""


def load_config(source: Source) -> Any:
    """Load a model's configuration."""
    return AutoConfig.from_pretrained(source.place, **source.hub_arguments())


def load_weights(source: Source, config: Any, options: ModelOptions) -> PreTrainedModel:
    """Load a model for inference.

    Raises
    ------
    ModelError
        If weights are missing, or quantisation is asked for and bitsandbytes is not installed.
    InvalidConfig
        If there is no such device or adapter.
    UnknownModel
        If transformers has no language model of this architecture.
    """
    kind = _model_class(config)
    model: PreTrainedModel
    model, report = kind.from_pretrained(
        source.place,
        **source.hub_arguments(),
        # Pickled weights can run code when they are read.
        use_safetensors=True if source.gguf is None else None,
        output_loading_info=True,
        dtype=options.dtype if options.dtype == "auto" else getattr(torch, options.dtype),
        **_placement(options.device),
        **_quantisation(options.quantisation),
    )
    if report["missing_keys"]:
        raise ModelError(
            f"weights are missing and would be random: {', '.join(sorted(report['missing_keys'])[:3])} …"
        )
    if options.lora is not None:
        _adapt(model, options)
    return model.eval()


def greedy_defaults(model: PreTrainedModel, tokenizer: Any) -> None:
    """Take away the sampling habits a checkpoint brings, so that only `Sampling` decides; ends stay."""
    found = model.generation_config.eos_token_id if model.generation_config else None
    ends = set(found if isinstance(found, list) else [found]) | {tokenizer.eos_token_id}
    model.generation_config = GenerationConfig(
        eos_token_id=sorted(end for end in ends if end is not None) or None,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
    )


def _model_class(config: Any) -> Any:
    thinker = _THINKERS.get(config.model_type)
    if thinker is not None:
        return getattr(transformers, thinker)
    for auto in (AutoModelForMultimodalLM, AutoModelForCausalLM):
        if type(config) in auto._model_mapping:
            return auto
    raise UnknownModel(
        f"model type {config.model_type!r} is no language model that transformers {transformers.__version__} "
        "can load; expected one that answers in words"
    )


def _placement(device: str) -> dict[str, Any]:
    if device == "auto":
        return {"device_map": "auto"} if torch.accelerator.is_available() else {}
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InvalidConfig(
            f"--device {device!r} cannot be used: {reason}; expected auto, cpu, cuda:0 …"
        ) from error
    return {"device_map": {"": device}}


def _quantisation(wanted: str) -> dict[str, Any]:
    if wanted == "none":
        return {}
    if find_spec("bitsandbytes") is None:
        raise ModelError(
            f"--quantisation {wanted} needs bitsandbytes, which is not installed; pip install bitsandbytes, "
            "or give --quantisation none"
        )
    from transformers import BitsAndBytesConfig

    rule = (
        {"load_in_8bit": True} if wanted == "int8" else {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
    )
    return {"quantization_config": BitsAndBytesConfig(**rule)}


def _adapt(model: PreTrainedModel, options: ModelOptions) -> None:
    if find_spec("peft") is None:
        raise MissingExtra("peft", "bench")
    folder = options.lora
    if folder is None or not (folder / "adapter_config.json").is_file():
        raise InvalidConfig(f"--lora {folder}: no adapter_config.json there; expected a folder saved by peft")
    model.load_adapter(str(folder))
