"""What a model was told and what it answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a model and its answer, word for word.

    Parameters
    ----------
    system, prompt
        What the model was told: the part that is always the same, and the part of this request.
    answer
        What it answered, "" when nothing came.
    seconds
        Wall seconds it took.
    outcome
        What became of it, in a short word, for example "used", "repaired", "invalid" or "late".
    model
        Which model, for example "gguf:qwen2.5-1.5b".
    """

    system: str
    prompt: str
    answer: str
    seconds: float
    outcome: str
    model: str
