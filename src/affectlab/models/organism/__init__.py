"""The model organism: a very small omni model trained to prefer one modality, for developing and testing."""

from __future__ import annotations

from pathlib import Path

from affectlab.errors import UnknownModel

_FOLDER = Path(__file__).parent / "weights"


def organism_folder() -> Path:
    """Return the folder of the organism's weights and processor, as a hub checkpoint is laid out.

    Raises
    ------
    UnknownModel
        If the weights are not there.
    """
    if not (_FOLDER / "config.json").is_file() or not any(_FOLDER.glob("*.safetensors")):
        raise UnknownModel(
            f"--model organism: no weights in {_FOLDER}; expected config.json and model.safetensors, "
            "as a release of affectlab carries them or recipes/ makes them"
        )
    return _FOLDER
