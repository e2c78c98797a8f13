"""An item to judge, and data sets of them on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from affectlab.models import Media

Split = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One item to judge.

    Parameters
    ----------
    id
        Unique in its data set, safe in file names.
    subset
        The part of the benchmark it is reported under.
    split
        Which side of the source-level split it is on.
    groups
        What statistics cluster by and splits respect: ``source`` always, and where known ``speaker``,
        ``reader``, ``event``, ``clip``.
    target
        Label to probability: the truth, as votes where the data has votes; sums to 1.
    text
        Words to be judged, if there are any.
    media
        Files to be judged.
    details
        JSON-ready facts of the benchmark's own, for example the labels of single modalities.
    """

    id: str
    subset: str
    split: Split
    groups: Mapping[str, str]
    target: Mapping[str, float]
    text: str | None = None
    media: tuple[Media, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The most probable true label; of equals, the first."""
        return max(self.target, key=self.target.__getitem__)
