"""Windows of EEG with what is known of them: who, what was shown, when, and how it felt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.object_]
Floats: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp] | NDArray[np.bool_]

Target = Literal["valence", "arousal"]
TARGETS: tuple[Target, ...] = ("valence", "arousal")


@dataclass(frozen=True, slots=True, eq=False)
class EpochTable:
    """What is known of each window; every column has shape (n,).

    Parameters
    ----------
    subject
        Who.
    session
        Day or sitting of that person; "" where there is one only.
    recording
        The unbroken recording the window was cut from, unique in the data set: windows of one recording
        overlap in time and share its drifts.
    stimulus
        What was shown or asked, the same name for everybody who got it; "" at rest.
    state
        Name of the class where the data set has classes ("rest", "task", "happy"), else "".
    start, stop
        Seconds of the recording.
    valence, arousal
        In [-1, 1], NaN where unknown.
    baseline
        Whether it may serve as the person's resting baseline: rest, before or apart from any stimulus.
    """

    subject: Words
    session: Words
    recording: Words
    stimulus: Words
    state: Words
    start: Floats
    stop: Floats
    valence: Floats
    arousal: Floats
    baseline: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.subject)

    def take(self, rows: Rows) -> EpochTable:
        """Return some of the rows, in the order asked."""
        return EpochTable(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})

    def label(self, target: Target) -> Floats:
        """Return the labels of one axis, shape (n,)."""
        return self.valence if target == "valence" else self.arousal


@dataclass(frozen=True, slots=True)
class EpochInfo:
    """What all windows of a data set have in common.

    Parameters
    ----------
    dataset
        Name of the data set.
    sfreq
        Samples per second of the windows.
    channels
        10-20 names.
    length, step
        Seconds per window and between window ends.
    source
        Citation or DOI.
    licence
        Of the data.
    ships
        Whether weights trained on it may be shipped.
    parameters
        JSON-ready: conditioning, and how labels were made where that is a choice of ours.
    sha256
        Of what the windows were made from.
    """

    dataset: str
    sfreq: float
    channels: tuple[str, ...]
    length: float
    step: float
    source: str
    licence: str
    ships: bool
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """Windows of one montage.

    Parameters
    ----------
    info
        What they have in common.
    table
        What is known of each.
    data
        Shape (n, channels, samples), float32, microvolts, conditioned as in the live loop; may lie on disk.
    quality
        Shape (n, channels), float32: 0 (unusable) to 1 (clean); see `affectlab.signals.ChannelQuality`.
    """

    info: EpochInfo
    table: EpochTable
    data: NDArray[np.float32]
    quality: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.table)

    def take(self, rows: Rows) -> Epochs:
        """Return some of the windows, in the order asked, in memory."""
        return Epochs(self.info, self.table.take(rows), self.data[rows], self.quality[rows])
