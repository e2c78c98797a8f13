"""The learned composer with its weights, ready to play."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from affectlab.music.learned.onnx_network import OnnxNetwork
from affectlab.music.learned.weights import SHIPPED, load_composer
from affectlab.music.learned.writing.composer import PATIENCE, ComposerSettings, LearnedComposer

# How far beyond what the controller expects (1); chosen on held-out seeds, see the model card.
GUIDANCE: Final = 1.5


def learned_composer(
    seed: int = 0,
    *,
    folder: Path = SHIPPED,
    settings: ComposerSettings | None = None,
    guidance: float = GUIDANCE,
) -> LearnedComposer:
    """Return a composer that plays from weights in `folder`.

    Raises
    ------
    UnreadableFile
        If the weights are damaged.
    MissingExtra
        If ONNX Runtime is not installed.
    """
    weights = load_composer(folder)
    network = OnnxNetwork(weights, guidance)
    return LearnedComposer(network, weights.scale, seed, settings, known=weights.known)


def live(patience: float | None = PATIENCE) -> ComposerSettings:
    """Return settings for music that is heard while it is written; for any other, patience is None."""
    settings = ComposerSettings()
    if patience is None:
        return replace(settings, patience=None, opening_patience=None, threaded=False)
    return replace(settings, patience=patience)
