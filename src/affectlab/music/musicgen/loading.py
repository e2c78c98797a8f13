"""A MusicGen model from this machine, and how it reads descriptions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoTokenizer, MusicgenConfig, MusicgenForConditionalGeneration

from affectlab.errors import ModelError, UnknownModel
from affectlab.models.hf.quiet import quieten
from affectlab.music.musicgen.sampling import Words
from affectlab.music.musicgen.streaming import Reader


def load_musicgen(name: str, device: str | None = None) -> tuple[Any, Reader]:
    """Load a model and its reader; nothing is downloaded.

    Parameters
    ----------
    name
        A folder, or the name of a model that was downloaded before.
    device
        As torch names it; None takes a GPU if there is one, and then loads in bfloat16.

    Returns
    -------
    model, reader
        In evaluation mode, weights frozen.

    Raises
    ------
    UnknownModel
        If no such model is on this machine.
    ModelError
        If it is no MusicGen, or cannot be loaded.
    """
    quieten()
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    place = str(Path(name).expanduser()) if Path(name).expanduser().is_dir() else name
    try:
        config = MusicgenConfig.from_pretrained(place, local_files_only=True)
        model = MusicgenForConditionalGeneration.from_pretrained(
            place,
            config=config,
            local_files_only=True,
            dtype=torch.float32 if device == "cpu" else torch.bfloat16,
        )
        tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError) as error:
        raise _refusal(name, place, error) from error
    model.to(device).eval().requires_grad_(False)
    return model, reader_of(model, tokenizer)


def reader_of(model: Any, tokenizer: Any) -> Reader:
    """Return what reads a description; an empty one is read as none at all."""
    width = model.config.text_encoder.hidden_size
    nothing = Words(
        torch.zeros(1, 1, width, device=model.device, dtype=model.dtype),
        torch.zeros(1, 1, device=model.device, dtype=torch.long),
    )

    def read(description: str) -> Words:
        if not description:
            return nothing
        given = tokenizer(description, return_tensors="pt").to(model.device)
        mask = given["attention_mask"]
        with torch.no_grad():
            hidden = model.text_encoder(input_ids=given["input_ids"], attention_mask=mask).last_hidden_state
        return Words(hidden, mask)

    return read


def _refusal(name: str, place: str, error: Exception) -> ModelError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    here = Path(place, "config.json").is_file() or not isinstance(error, OSError)
    if here or os.sep in place.replace(name, "", 1):
        return ModelError(f"musicgen:{name} cannot be loaded: {reason}")
    return UnknownModel(
        f"musicgen:{name} is not on this machine; get it first: hf download {name}, or give its folder"
    )
