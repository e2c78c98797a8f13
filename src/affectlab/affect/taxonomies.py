"""The label sets benchmarks and decoders use, by name, and the way from one to another."""

from __future__ import annotations

from affectlab.affect._label_sets import TAXONOMIES
from affectlab.affect._taxonomy import LABEL_SD, Taxonomy, check_label_sd
from affectlab.affect.state import AffectState, Distribution
from affectlab.errors import InvalidData

__all__ = ["LABEL_SD", "Taxonomy", "map_distribution", "sims5_class", "taxonomy", "taxonomy_names"]


def taxonomy(name: str) -> Taxonomy:
    """Return the taxonomy called `name`.

    Raises
    ------
    InvalidData
        If there is none of that name.
    """
    if name not in TAXONOMIES:
        raise InvalidData(f"unknown taxonomy {name!r}; known are {', '.join(taxonomy_names())}")
    return TAXONOMIES[name]


def taxonomy_names() -> tuple[str, ...]:
    """Return the names `taxonomy` knows, sorted."""
    return tuple(sorted(TAXONOMIES))


def map_distribution(distribution: Distribution, target: str, *, label_sd: float = LABEL_SD) -> Distribution:
    """Carry a distribution over to another taxonomy.

    A label that the target has too keeps its probability. The probability of any other label is shared among
    all target labels by how near they lie: as `Taxonomy.from_state` of a state at the label's coordinates.

    Parameters
    ----------
    distribution
        Over a known taxonomy.
    target
        Name of the taxonomy wanted.
    label_sd
        How far around its coordinates a label reaches, > 0.

    Raises
    ------
    InvalidData
        If a taxonomy or a label is unknown, or `label_sd` is not above 0.
    """
    check_label_sd(label_sd)
    origin, wanted = taxonomy(distribution.taxonomy), taxonomy(target)
    weights = dict.fromkeys(wanted.labels, 0.0)
    for label, share in zip(origin.labels, origin.vector(distribution).tolist(), strict=True):
        if label in weights:
            weights[label] += share
            continue
        near = wanted.from_state(AffectState.at(*origin.coordinates[label], sd=label_sd))
        for name, part in near.probabilities.items():
            weights[name] += share * part
    return wanted.distribution(weights)


def sims5_class(value: float) -> str:
    """Return the CH-SIMS class of a valence: N, WN, Neu, WP or P.

    The bins are MMSA's: [-1, -.7], (-.7, -.1], (-.1, .1], (.1, .7], (.7, 1].

    Raises
    ------
    InvalidData
        If `value` is not in [-1, 1].
    """
    return taxonomy("sims5").label_at(value)
