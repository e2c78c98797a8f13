"""Language and multimodal models behind one protocol, local and hosted."""

from affectlab.models.options import ModelOptions
from affectlab.models.protocol import (
    MODALITIES,
    AttentionShares,
    Capabilities,
    Constrained,
    Failure,
    Generation,
    Identity,
    Media,
    MediaKind,
    Modality,
    Model,
    Part,
    Quote,
    Request,
    Sampling,
    Scores,
    Turn,
)
from affectlab.models.registry import load_model

__all__ = [
    "MODALITIES",
    "AttentionShares",
    "Capabilities",
    "Constrained",
    "Failure",
    "Generation",
    "Identity",
    "Media",
    "MediaKind",
    "Modality",
    "Model",
    "ModelOptions",
    "Part",
    "Quote",
    "Request",
    "Sampling",
    "Scores",
    "Turn",
    "load_model",
]
