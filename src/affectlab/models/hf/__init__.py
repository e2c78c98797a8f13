"""Any transformers model: text, image-text or omni, from the hub, a folder or a GGUF file."""

from __future__ import annotations

from importlib.util import find_spec

from affectlab.errors import MissingExtra, ModelError
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Model


def load(name: str, options: ModelOptions, *, known_as: str | None = None) -> Model:
    """Load the model that `name` gives: a hub name, ``NAME@REVISION``, a folder or a ``.gguf`` file.

    Parameters
    ----------
    name
        As above.
    options
        How it is loaded.
    known_as
        The name its answers go by, for a model that is the same wherever it lies; ``hf:NAME`` when None.

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
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise MissingExtra(package, "bench")
    try:
        from affectlab.models.hf.loading import load_hf
    except (ImportError, RuntimeError, OSError) as error:
        raise ModelError(
            f"transformers cannot be imported: {_root(error)}; a torchvision or torchaudio of another build "
            "than torch does this: remove it, or install a matching pair"
        ) from error
    return load_hf(name, options, known_as or f"hf:{name}")


def _root(error: BaseException) -> str:
    """Return the first line of what went wrong first: lazy imports wrap it several times."""
    while (earlier := error.__cause__ or error.__context__) is not None:
        error = earlier
    return (str(error).strip() or type(error).__name__).splitlines()[0]
