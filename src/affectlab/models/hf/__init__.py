"""Any transformers model: text, image-text or omni, from the hub, a folder or a GGUF file."""

from __future__ import annotations

from affectlab.errors import MissingExtra, ModelError
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Model


def load(name: str, options: ModelOptions) -> Model:
    """Load the model that `name` gives: a hub name, ``NAME@REVISION``, a folder or a ``.gguf`` file.

    Raises
    ------
    UnknownModel
        If there is no such model, or transformers has no architecture for it.
    ModelUnavailable
        If the hub does not answer.
    ModelError
        If the model cannot do what the options ask for.
    MissingExtra
        If torch or transformers is not installed.
    """
    _check_packages()
    from affectlab.models.hf.loading import load_hf

    return load_hf(name, options)


def _check_packages() -> None:
    for package in ("torch", "transformers"):
        try:
            __import__(package)
        except ModuleNotFoundError as error:
            if error.name != package:
                raise
            raise MissingExtra(package, "bench") from error
        except (ImportError, RuntimeError, OSError) as error:
            raise ModelError(
                f"{package} is installed but cannot be imported: {str(error).strip().splitlines()[0]}; "
                "a torchvision or torchaudio of another build than torch does this: remove it, or install a "
                "matching pair"
            ) from error
