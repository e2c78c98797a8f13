"""Sizes, losses and training of the networks: everything that is a choice."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from affectlab.decoding.spectra import PATCHES
from affectlab.errors import InvalidConfig


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """Size of the Transformer-GNN and weights of its losses.

    Parameters
    ----------
    width
        Numbers per token and per electrode.
    heads, layers
        Of the temporal Transformer.
    graph_layers
        Of the network over electrodes.
    embedding
        Numbers per window that the heads see.
    anchors, anchor_reach
        Points on the head between which relations are read, and how far each reaches, in head radii.
    reach
        Of the edges that come from the electrodes' distance, in head radii.
    trajectory
        L, the points of the trajectory inside a window, at most the number of patches.
    dropout
        In the Transformer and before the heads.
    ridge
        Penalty of the linear fit the readout of relations starts from, in units of its features' variance.
    nll, agreement, smoothness
        Weights of the losses: Gaussian likelihood of mean and covariance, agreement of the trajectory's
        average with label and global mean, squared steps of the trajectory. Cross entropy has weight 1.
    """

    width: int = 32
    heads: int = 2
    layers: int = 1
    graph_layers: int = 2
    embedding: int = 16
    anchors: int = 19
    anchor_reach: float = 0.25
    reach: float = 0.5
    trajectory: int = PATCHES
    dropout: float = 0.2
    ridge: float = 2.0
    nll: float = 0.2
    agreement: float = 0.5
    smoothness: float = 0.1

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InvalidConfig(f"width is {self.width}; expected a multiple of heads, {self.heads}")
        if not 1 <= self.trajectory <= PATCHES:
            raise InvalidConfig(f"trajectory is {self.trajectory}; expected 1 to {PATCHES} points")


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How networks are trained.

    Parameters
    ----------
    folds
        Networks that hold people out, to tell how many passes are best and what scores are worth.
    epochs
        Most passes; a pass draws `windows` windows, people and classes equally often.
    windows, batch
        Windows per pass and per step.
    patience
        Passes without a better validation loss after which a network that holds people out is done.
    rate, decay
        Of AdamW (Loshchilov and Hutter 2019).
    subsets
        Numbers of channels of the montages drawn at random that are learned besides the full one.
    headbands
        Montages learned besides, where their electrodes are recorded.
    subset_share
        Share of steps that use one of them.
    poor
        Chance that a channel of a window is treated as unusable.
    gain
        Standard deviation of the gain's change, in resting standard deviations of log power.
    """

    folds: int = 4
    epochs: int = 6
    windows: int = 512
    batch: int = 64
    patience: int = 3
    rate: float = 1e-3
    decay: float = 1e-2
    subsets: tuple[int, ...] = (4, 4, 6)
    headbands: tuple[tuple[str, ...], ...] = (("Fp1", "Fp2", "T7", "T8"), ("F7", "F8", "P7", "P8"))
    subset_share: float = 0.4
    poor: float = 0.1
    gain: float = 0.2

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise InvalidConfig(f"folds is {self.folds}; expected 2 or more")
        for name in ("epochs", "windows", "batch"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} is {getattr(self, name)}; expected 1 or more")


def to_json(settings: GraphSettings | TrainingSettings) -> dict[str, Any]:
    """Return the settings JSON-ready."""
    return {name: _plain(value) for name, value in asdict(settings).items()}


def from_json(kind: type[GraphSettings] | type[TrainingSettings], found: dict[str, Any]) -> Any:
    """Return settings as `to_json` wrote them.

    Raises
    ------
    InvalidConfig
        If a name is not known.
    """
    known = {one.name for one in fields(kind)}
    unknown = [name for name in found if name not in known]
    if unknown:
        raise InvalidConfig(
            f"setting {unknown[0]!r} is not known; expected some of {', '.join(sorted(known))}"
        )
    return kind(**{name: _frozen(value) for name, value in found.items()})


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
