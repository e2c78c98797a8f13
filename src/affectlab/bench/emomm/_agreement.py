"""How far the channels of a data set agree, by formulas that are stated.

The paper publishes one figure for each pair and no formula, so several are given beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectlab.affect import krippendorff_alpha
from affectlab.bench.emomm.clip import Channel, Clip
from affectlab.bench.emomm.rules import LabelSet

PUBLISHED: Mapping[tuple[Channel, Channel], float] = {
    ("M", "T"): 0.813,
    ("M", "A"): 0.806,
    ("M", "V"): 0.764,
    ("T", "A"): 0.792,
    ("T", "V"): 0.719,
    ("A", "V"): 0.794,
}
"""Agreement of channels in arXiv 2605.01024, where M is called GT."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two channels agree over the clips of a data set.

    Parameters
    ----------
    channels
        The pair.
    same_class
        Share of clips with the same label.
    same_polarity
        Share of clips with the same polarity.
    closeness
        1 - mean |difference| / 2 of the values in [-1, 1]; None where clips have no values.
    alpha
        Krippendorff's alpha of the labels, ordinal where they have an order, else nominal; NaN where all
        labels are the same.
    published
        The paper's figure for the pair; None where the clips are of other corpora than the paper's.
    """

    channels: tuple[Channel, Channel]
    same_class: float
    same_polarity: float
    closeness: float | None
    alpha: float
    published: float | None


def agreements(clips: Sequence[Clip], classes: LabelSet, *, comparable: bool) -> tuple[Agreement, ...]:
    """Return the agreement of each pair of channels.

    Parameters
    ----------
    clips
        At least one.
    classes
        Of their labels.
    comparable
        Whether the clips are of the paper's corpora.
    """
    return tuple(
        _agreement(clips, pair, classes, published if comparable else None)
        for pair, published in PUBLISHED.items()
    )


def _agreement(
    clips: Sequence[Clip], pair: tuple[Channel, Channel], classes: LabelSet, published: float | None
) -> Agreement:
    return Agreement(
        channels=pair,
        same_class=_share(clips, pair, lambda label: label),
        same_polarity=_share(clips, pair, classes.polarity.__getitem__),
        closeness=_closeness(clips, pair),
        alpha=_alpha(clips, pair, classes),
        published=published,
    )


def _share(clips: Sequence[Clip], pair: tuple[Channel, Channel], of: Callable[[str], str]) -> float:
    one, other = pair
    return float(np.mean([of(clip.labels[one]) == of(clip.labels[other]) for clip in clips]))


def _closeness(clips: Sequence[Clip], pair: tuple[Channel, Channel]) -> float | None:
    one, other = pair
    if not all(one in clip.values and other in clip.values for clip in clips):
        return None
    return float(1 - np.mean([abs(clip.values[one] - clip.values[other]) for clip in clips]) / 2)


def _alpha(clips: Sequence[Clip], pair: tuple[Channel, Channel], classes: LabelSet) -> float:
    places = {label: place for place, label in enumerate(classes.words)}
    table = [[places[clip.labels[channel]] for channel in pair] for clip in clips]
    return krippendorff_alpha(table, level="ordinal" if classes.values else "nominal")
