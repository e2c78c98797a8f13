"""What judging is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectlab.models import ModelOptions

Text = Annotated[str, Field(min_length=1)]


class JudgeSettings(BaseModel):
    """Settings of ``affectlab bench judge``.

    Parameters
    ----------
    runs, judge, out
        Folders of runs of one benchmark, the model that judges, and the folder of the results, the first
        run's when None.
    tasks, criteria
        Only these; all when empty.
    human
        CSV with ratings by people.
    mode, reasons
        As of `affectlab.bench.judging.Judge`.
    pairs
        Whether candidates (runs and arms) are compared two by two as well.
    controls
        Most control cases; 0 for none.
    limit
        Most samples judged, drawn at random; all when None.
    same_family
        Let a judge be of a candidate's family; the report says so.
    seed, resamples
        Of that draw and of the bootstrap; resamples of the bootstrap.
    options
        How the judge is loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    runs: tuple[Path, ...] = Field(min_length=1)
    judge: Text
    out: Path | None = None
    tasks: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    human: Path | None = None
    mode: Literal["auto", "score", "words"] = "auto"
    reasons: bool = True
    pairs: bool = True
    controls: int = Field(default=8, ge=0)
    limit: int | None = Field(default=None, ge=1)
    same_family: bool = False
    seed: int = Field(default=0, ge=0)
    resamples: int = Field(default=2000, ge=1)
    options: ModelOptions = ModelOptions()

    @property
    def folder(self) -> Path:
        """Where results are written."""
        return self.out or self.runs[0]

    @field_validator("tasks", "criteria", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value
