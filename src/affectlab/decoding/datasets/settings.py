"""How a data set is prepared."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Coordinate = Annotated[float, Field(ge=-1, le=1)]


class ClassLabel(BaseModel):
    """Where a class of stimuli lies in the valence-arousal plane.

    Parameters
    ----------
    valence, arousal
        In [-1, 1]; None where the class says nothing of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    valence: Coordinate | None = None
    arousal: Coordinate | None = None


class PrepareSettings(BaseModel):
    """Settings of ``affectlab decode prepare``.

    Parameters
    ----------
    length, step
        Seconds per window and between window ends.
    sfreq
        Samples per second of the windows, whatever the recording had.
    channels
        Electrodes to keep; all that every recording has when empty.
    line
        Mains frequency to notch out in hertz, 0 for none; the data set's own when None.
    labels
        Class to its place in the plane, where that is not the default of the data set.
    ray
        Address of a Ray cluster ("local" starts one here); this process alone when None.
    valence_column, arousal_column
        BIDS: the columns of ratings, in ``events.tsv`` or ``beh.tsv``.
    rating_range
        BIDS: lowest and highest rating possible.
    stimulus_column
        BIDS: the column that names the stimulus.
    baseline_types
        BIDS: values of ``trial_type`` that are rest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: float = Field(default=4.0, gt=0, allow_inf_nan=False)
    step: float = Field(default=2.0, gt=0, allow_inf_nan=False)
    sfreq: float = Field(default=125.0, ge=100, allow_inf_nan=False)
    channels: tuple[str, ...] = ()
    line: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    labels: dict[str, ClassLabel] = Field(default_factory=dict)
    ray: str | None = None
    valence_column: str | None = None
    arousal_column: str | None = None
    rating_range: tuple[float, float] = (1.0, 9.0)
    stimulus_column: str = "stim_file"
    baseline_types: tuple[str, ...] = ("rest", "baseline")

    @field_validator("channels", "baseline_types", "rating_range", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _ordered(self) -> PrepareSettings:
        if self.step > self.length:
            raise ValueError(f"step {self.step:g} s is longer than the window of {self.length:g} s")
        low, high = self.rating_range
        if not low < high:
            raise ValueError(f"rating range {low:g} to {high:g} is empty; expected low,high")
        return self
