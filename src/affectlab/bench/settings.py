"""What a run is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectlab.bench.sample import Split
from affectlab.models import Modality, ModelOptions

Text = Annotated[str, Field(min_length=1)]


class RunSettings(BaseModel):
    """Settings of ``affectlab bench run``.

    Parameters
    ----------
    benchmark, data, model, out
        What is asked, about which data set, of whom, and the folder of the run.
    mode
        "score" asks for the likelihood of each label, "generate" for words, "auto" scores where the model has
        logits.
    subsets, split
        Parts of the data set; all when empty or None.
    modalities
        What of T, A and V is shown of each sample; everything it has when None. Samples left with nothing
        are not asked.
    limit
        Most samples, drawn by whole clips; all when None. A smaller limit is a part of a larger one.
    seed
        Of that draw and of sampling above temperature 0.
    tasks, arms
        Parts of an exam, and ways of asking (prompting, conditions); those it asks by itself when empty.
    units
        Most readers or groups asked for one event (persona), drawn with the seed, or orders of the options
        (emobench); all when None.
    max_tokens, temperature
        Of answers in words; None lets the benchmark say how long they may be.
    steer
        How the model's attention is steered: a plan file, or a rival's name with its settings; not at all
        when None.
    ray, workers
        Address of a Ray cluster ("local" starts one here) and the number of its actors.
    options
        How the model is loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    benchmark: Text
    data: Path
    model: Text
    out: Path
    mode: Literal["auto", "score", "generate"] = "auto"
    subsets: tuple[str, ...] = ()
    split: Split | None = None
    modalities: tuple[Modality, ...] | None = None
    limit: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    tasks: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    units: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float = Field(default=0.0, ge=0)
    steer: Text | None = None
    ray: str | None = None
    workers: int | None = Field(default=None, ge=1)
    options: ModelOptions = ModelOptions()

    @field_validator("modalities", mode="before")
    @classmethod
    def _letters(cls, value: object) -> object:
        return tuple(value.upper()) if isinstance(value, str) else value

    @field_validator("subsets", "tasks", "arms", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value
