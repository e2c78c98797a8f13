"""The learned composer with its weights, ready to play."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from affectlab.music.learned.onnx_network import OnnxNetwork
from affectlab.music.learned.weights import SHIPPED, load_composer
from affectlab.music.learned.writing.composer import ComposerSettings, LearnedComposer

# How far beyond what the controller expects (1); chosen by the labels of training, see the model card.
GUIDANCE: Final = 2.0


def learned_composer(
    seed: int = 0,
    *,
    live: bool = True,
    folder: Path = SHIPPED,
    settings: ComposerSettings | None = None,
    guidance: float = GUIDANCE,
) -> LearnedComposer:
    """Return a composer that plays from weights in `folder`.

    Parameters
    ----------
    seed
        Same seed and controls, same music.
    live
        Whether somebody listens while it is written: then a beat that is not ready in time is written by the
        rules. Else it is waited for, and written without a thread.
    folder
        Of the weights.
    settings
        How it works otherwise.
    guidance
        See `OnnxNetwork`.

    Raises
    ------
    UnreadableFile
        If the weights are damaged.
    MissingExtra
        If ONNX Runtime is not installed.
    """
    weights = load_composer(folder)
    network = OnnxNetwork(weights, guidance)
    settings = settings or ComposerSettings()
    if not live:
        settings = replace(settings, patience=None, opening_patience=None, threaded=False)
    return LearnedComposer(network, weights.scale, seed, settings, known=weights.known)
