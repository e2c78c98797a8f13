"""From ratings and classes to valence and arousal in [-1, 1]."""

from __future__ import annotations

from collections.abc import Mapping

from affectlab.decoding.datasets.settings import ClassLabel, PrepareSettings
from affectlab.decoding.datasets.source import UNKNOWN
from affectlab.errors import InvalidConfig, InvalidData

Place = tuple[float | None, float | None]
"""Valence and arousal of a class; None where it says nothing of one."""


def rescaled(rating: float, scale: tuple[float, float], where: str) -> float:
    """Carry a rating over to [-1, 1], the middle of its scale to 0.

    Parameters
    ----------
    rating
        As the person gave it.
    scale
        Lowest and highest rating possible.
    where
        File, trial and kind of rating, for the message.

    Raises
    ------
    InvalidData
        If the rating is off its scale or not a number.
    """
    low, high = scale
    if not low <= rating <= high:
        raise InvalidData(
            f"{where} is {rating:g}; expected a rating from {low:g} to {high:g}: check the file or the scale"
        )
    return 2 * (float(rating) - low) / (high - low) - 1


def class_places(defaults: Mapping[str, Place], settings: PrepareSettings) -> dict[str, Place]:
    """Return the place of every class: the default, or what the settings say.

    Raises
    ------
    InvalidConfig
        If the settings place a class that the data set does not have.
    """
    unknown = [name for name in settings.labels if name not in defaults]
    if unknown:
        known = f"its classes are {', '.join(defaults)}" if defaults else "it has ratings, no classes"
        raise InvalidConfig(f"label '{unknown[0]}' is no class of this data set; {known}")
    given = {name: _place(label) for name, label in settings.labels.items()}
    return {**defaults, **given}


def _place(label: ClassLabel) -> Place:
    return label.valence, label.arousal


def in_plane(place: Place) -> tuple[float, float]:
    """Return valence and arousal as a `Stretch` has them: NaN where unknown."""
    valence, arousal = place
    return UNKNOWN if valence is None else valence, UNKNOWN if arousal is None else arousal


def as_words(places: Mapping[str, Place]) -> dict[str, dict[str, float | None]]:
    """Return places JSON-ready."""
    return {name: {"valence": valence, "arousal": arousal} for name, (valence, arousal) in places.items()}
