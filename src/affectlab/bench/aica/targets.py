"""The emotion that a text about an image is to convey."""

from __future__ import annotations

from math import dist

from affectlab.affect import taxonomy
from affectlab.bench.aica.ratings import ratings_of
from affectlab.bench.sample import Sample


def target_of(sample: Sample) -> tuple[str, str] | None:
    """Return the emotion and where it comes from, None for an image with neither labels nor both ratings.

    It is the image's own dominant label ("label"). Where an image has ratings only it is the emotion of
    Mikels' eight whose place in the valence-arousal plane is nearest to them ("ratings"; the first population
    where there are several): a convention of ours, which the ratings do not prove.
    """
    if sample.target:
        return sample.label, "label"
    place = {rating.dimension: rating.centred for rating in reversed(list(ratings_of(sample)))}
    if not {"valence", "arousal"} <= place.keys():
        return None
    mikels = taxonomy("mikels8")
    rated = (place["valence"], place["arousal"])
    return min(mikels.labels, key=lambda label: dist(mikels.coordinates[label], rated)), "ratings"
