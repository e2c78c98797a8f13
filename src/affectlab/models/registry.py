"""From ``provider:name`` to a loaded model."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from affectlab.errors import UnknownModel
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Model

Loader = Callable[[str, ModelOptions], Model]

PROVIDERS = {
    "hf": ("affectlab.models.hf", "any transformers model: hub name or folder, NAME@REVISION"),
    "openai": ("affectlab.models.openai", "any OpenAI-compatible server: vLLM, Ollama, llama-server"),
    "gguf": ("affectlab.models.gguf", "a GGUF file through llama.cpp in this process"),
    "inspect": ("affectlab.models.inspect", "any provider of Inspect, as inspect:openai/gpt-4o"),
}
"""Provider to the module that holds its ``load`` function, and a line about it."""


def load_model(text: str, options: ModelOptions | None = None) -> Model:
    """Load the model that `text` names: ``provider:name``, or ``organism``.

    Raises
    ------
    UnknownModel
        If no provider of that name exists, or the provider knows no such model.
    MissingExtra
        If the provider's package is not installed.
    """
    if text == "organism":
        return _load_organism(options or ModelOptions())
    provider, colon, name = text.partition(":")
    if not colon or not name or provider not in PROVIDERS:
        known = ", ".join(f"{one}:NAME" for one in PROVIDERS)
        raise UnknownModel(f"--model {text!r} names no model; expected organism, baseline:NAME, {known}")
    load: Loader = import_module(PROVIDERS[provider][0]).load
    return load(name, options or ModelOptions())


def _load_organism(options: ModelOptions) -> Model:
    from affectlab.models.hf import load
    from affectlab.models.organism import organism_folder

    return load(str(organism_folder()), options, known_as="organism")
