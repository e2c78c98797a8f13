"""The trained controller as one small file that knows which model it belongs to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from affectlab import __version__
from affectlab.errors import InvalidData, UnreadableFile
from affectlab.files import writing
from affectlab.music.musicgen.attach import decoder_of
from affectlab.music.musicgen.controller import Controller
from affectlab.music.musicgen.settings import STEP, ControllerSettings

FORMAT: Final = "affectlab-musicgen-controller"
VERSION: Final = 1
_SAMPLES: Final = 4096


def base_print(model: Any) -> str:
    """Return what tells a base model from others, 16 hexadecimal digits.

    It is a hash of the decoder's shape and of the signs of evenly spaced weights of its first embedding and
    last head, which are the same whether the weights are loaded in float32, float16 or bfloat16.
    """
    config = model.config.decoder
    shape = {
        name: getattr(config, name)
        for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "num_codebooks", "vocab_size")
    }
    digest = hashlib.sha256(json.dumps(shape, sort_keys=True).encode())
    for weights in (model.decoder.model.decoder.embed_tokens[0].weight, model.decoder.lm_heads[-1].weight):
        digest.update(_signs(weights))
    return digest.hexdigest()[:16]


def save_adapter(path: Path, controller: Controller, model: Any, name: str) -> None:
    """Write the controller's weights and what they belong to, whole or not at all.

    Parameters
    ----------
    path
        A file ``NAME.safetensors``.
    controller, model
        The controller and the model it was trained for.
    name
        The model as it was loaded, for people to read.
    """
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "affectlab": __version__,
        "base": {"name": name, "print": base_print(model), "decoder": asdict(controller.decoder)},
        "settings": asdict(controller.settings),
        "step_seconds": STEP,
    }
    tensors = {key: value.detach().cpu().contiguous() for key, value in controller.state_dict().items()}
    with writing(path) as temporary:
        save_file(tensors, temporary, metadata={"affectlab": json.dumps(facts)})


def load_adapter(path: Path, model: Any, name: str) -> Controller:
    """Read a controller for `model`, on its device and in evaluation mode.

    Parameters
    ----------
    path
        What `save_adapter` has written.
    model
        The model it is for.
    name
        What that model is called in errors.

    Raises
    ------
    UnreadableFile
        If the file is missing, damaged or no controller.
    InvalidData
        If it belongs to another model.
    """
    tensors, facts = _opened(path)
    base = facts["base"]
    if base["decoder"] != asdict(decoder_of(model)) or base["print"] != base_print(model):
        raise InvalidData(
            f"{path} was trained for {base['name']} ({base['print']}), not for {name} ({base_print(model)}); "
            "give the model it belongs to, or train one for this model"
        )
    controller = Controller(ControllerSettings(**facts["settings"]), decoder_of(model))
    try:
        controller.load_state_dict(tensors)
    except RuntimeError as error:
        raise UnreadableFile(f"{path} is not whole: {str(error).splitlines()[-1].strip()}") from error
    controller.to(model.device).eval().requires_grad_(False)
    return controller


def _opened(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    expected = f"expected a controller ({FORMAT} {VERSION}) as the training writes it"
    if not path.is_file():
        raise UnreadableFile(f"{path} does not exist; {expected}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        facts = json.loads(metadata["affectlab"])
        known = (facts["format"], facts["version"]) == (FORMAT, VERSION) and facts["step_seconds"] == STEP
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise UnreadableFile(f"{path} cannot be read ({error}); {expected}") from error
    if not known:
        raise UnreadableFile(f"{path} is of another kind or version; {expected}")
    return tensors, facts


def _signs(weights: Tensor) -> bytes:
    flat = weights.detach().flatten()
    chosen = torch.linspace(0, flat.numel() - 1, min(_SAMPLES, flat.numel()), dtype=torch.float64).long()
    return bytes(torch.signbit(flat[chosen.to(flat.device)]).to("cpu", torch.uint8).numpy())
