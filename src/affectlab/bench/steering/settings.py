"""What fitting and tuning a steering are told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from affectlab.bench.emomm.conflict import ConflictRule
from affectlab.models import MODALITIES, Modality, ModelOptions
from affectlab.steering.plan import ChaseSettings
from affectlab.steering.rules import UNIFORM

Layers: TypeAlias = Literal["upper", "all"] | tuple[int, ...]

_RUN = re.compile(r"(\d+)(?:-(\d+))?")


def read_layers(text: str) -> Layers:
    """Read layers as they are written on the command line: "upper", "all", "0-5" or "3,4,5".

    Raises
    ------
    ValueError
        If they are written in no such way.
    """
    if text in {"upper", "all"}:
        return "upper" if text == "upper" else "all"
    runs = [_RUN.fullmatch(part.strip()) for part in text.split(",")]
    ends = [(int(run[1]), int(run[2] or run[1])) for run in runs if run is not None]
    if len(ends) < len(runs) or any(first > last for first, last in ends):
        raise ValueError('expected "upper", "all", a range such as "0-5", or numbers such as "3,4,5"')
    return tuple(sorted({layer for first, last in ends for layer in range(first, last + 1)}))


def read_target(text: str) -> dict[Modality, float]:
    """Read the wanted parts of modalities as they are written on the command line: "T=.15,A=.15,V=.7".

    Raises
    ------
    ValueError
        If they are written in no such way, a modality comes twice, or nothing is wanted.
    """
    known: dict[str, Modality] = {one: one for one in MODALITIES}
    found: dict[Modality, float] = {}
    for part in text.split(","):
        name, _, number = (piece.strip() for piece in part.partition("="))
        modality = known.get(name.upper())
        if modality is None or modality in found:
            raise ValueError(f'expected parts such as "T=.15,A=.15,V=.7", each modality once; got {part!r}')
        found[modality] = _part(number, part)
    if not any(found.values()):
        raise ValueError("at least one modality must be wanted")
    return found


def _part(number: str, whole: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f"expected a number of 0 or more after the modality; got {whole!r}")
    return value


def _numbers(value: Any) -> Any:
    return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


def _spelt_out(reader: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: reader(value) if isinstance(value, str) else value)


Target: TypeAlias = Mapping[Modality, Annotated[float, Field(ge=0)]]
WrittenLayers = Annotated[Layers, _spelt_out(read_layers)]
WrittenTarget = Annotated[Target, _spelt_out(read_target)]
Text = Annotated[str, Field(min_length=1)]
Unit = Annotated[float, Field(ge=0, le=1)]


class WrittenSettings(ChaseSettings):
    """`ChaseSettings` whose layers and target may be written as on the command line."""

    layers: WrittenLayers = "upper"
    target: WrittenTarget = Field(default_factory=lambda: dict(UNIFORM))

    @property
    def plain(self) -> ChaseSettings:
        """The same as they stand in a plan."""
        return ChaseSettings.model_validate(self.model_dump())


class Told(BaseModel):
    """What every command is told that asks a model about a data set; see `FitSettings`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Text
    data: Path
    out: Path
    conflict: ConflictRule = "subset"
    limit: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    options: ModelOptions = ModelOptions()


class _Fitting(Told):
    measure: int = Field(default=256, ge=2)
    gains: Literal["exact", "first-order"] = "exact"


class FitSettings(_Fitting):
    """Settings of ``affectlab steer fit``.

    Parameters
    ----------
    model, data, out
        What is steered, the data set it is fitted on, and the plan file.
    conflict
        What counts as conflict: "subset", the rule the data set was built with, or "modalities", when those
        that are there disagree among themselves.
    limit, seed
        Most cases, drawn by whole sources, and the seed of everything random. All when None.
    measure
        Most cases on which the gain of each head is measured, half of them in conflict.
    gains
        How: "exact" steers one head after another, "first-order" takes derivatives, one pass and back for all
        heads.
    steering
        See `ChaseSettings`.
    options
        How the model is loaded.
    """

    steering: WrittenSettings = WrittenSettings()


class SweepSettings(_Fitting):
    """Settings of ``affectlab steer sweep``.

    Parameters
    ----------
    model, data, out, conflict, limit, measure, gains, seed, options
        As for `FitSettings`; `out` is a folder.
    plan
        A plan whose settings are taken where none are swept; the defaults when None.
    write
        Where the plan with the best settings is written, fitted on all training sources; nowhere when None.
    k, eta, tau, layers, target
        Values to try, each with each; what is empty is not swept.
    """

    plan: Path | None = None
    write: Path | None = None
    k: Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_numbers)] = ()
    eta: Annotated[tuple[Unit, ...], BeforeValidator(_numbers)] = ()
    tau: Annotated[tuple[Unit, ...], BeforeValidator(_numbers)] = ()
    layers: tuple[WrittenLayers, ...] = ()
    target: tuple[WrittenTarget, ...] = ()
