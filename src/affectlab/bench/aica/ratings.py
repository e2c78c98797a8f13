"""Valence, arousal and intensity as people rated them, and the question for the same rating."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from affectlab.bench.aica.prompts import WORDING
from affectlab.bench.aica.spaces import Language
from affectlab.bench.sample import Sample
from affectlab.errors import BenchError

DIMENSIONS = ("valence", "arousal", "intensity")

_MOST_POINTS = 11
"""Of a scale whose points are offered one by one; on longer ones numbers are asked for in words."""

_MEANINGS: Mapping[tuple[str, Language], tuple[str, str, str]] = {
    ("valence", "en"): ("valence (how pleasant it is)", "very negative", "very positive"),
    ("arousal", "en"): ("arousal (how strongly it excites)", "very calm", "very excited"),
    ("intensity", "en"): ("intensity of the emotion", "very weak", "very strong"),
    ("valence", "zh"): ("效价（愉快程度）", "非常消极", "非常积极"),
    ("arousal", "zh"): ("唤醒度（激动程度）", "非常平静", "非常激动"),
    ("intensity", "zh"): ("情绪强度", "非常弱", "非常强"),
}
_CORPUS_MEANINGS: Mapping[tuple[str, str, Language], tuple[str, str]] = {
    # Kurdi, Lozano and Banaji (2017), Introducing the Open Affective Standardized Image Set.
    ("oasis", "arousal", "en"): ("very low arousal", "very high arousal"),
    # Mertens et al. (2024), FindingEmo: an image dataset for emotion recognition in the wild.
    ("findingemo", "valence", "en"): ("negative", "positive"),
    ("findingemo", "arousal", "en"): ("calm", "intense"),
}
_PEOPLE: Mapping[tuple[str, Language], str] = {
    ("us", "en"): "the United States",
    ("cn", "en"): "China",
    ("us", "zh"): "美国",
    ("cn", "zh"): "中国",
}


@dataclass(frozen=True, slots=True)
class Rating:
    """How people rated one image on one scale.

    Parameters
    ----------
    dimension
        One of `DIMENSIONS`.
    population
        "us" or "cn" where an image has norms of several; empty where it has one.
    mean, low, high
        Mean rating and the ends of the published scale.
    sd, n
        Spread over raters and their number, None where not published.
    """

    dimension: str
    population: str
    mean: float
    low: float
    high: float
    sd: float | None = None
    n: float | None = None

    @property
    def name(self) -> str:
        """Dimension with population, for ids and tables."""
        return f"{self.dimension}-{self.population}" if self.population else self.dimension

    @property
    def points(self) -> tuple[str, ...]:
        """The scale's points as answers; empty for a scale of fractions or of many points."""
        if not float(self.low).is_integer() or not float(self.high).is_integer():
            return ()
        points = tuple(str(point) for point in range(int(self.low), int(self.high) + 1))
        return points if len(points) <= _MOST_POINTS else ()

    @property
    def centred(self) -> float:
        """The mean on a scale from -1 to 1."""
        return min(1.0, max(-1.0, 2 * (self.mean - self.low) / (self.high - self.low) - 1))

    def facts(self) -> dict[str, Any]:
        """Return the rating, JSON-ready."""
        return {
            "dimension": self.dimension,
            "population": self.population,
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "sd": self.sd,
            "n": self.n,
        }

    def question(self, corpus: str, language: Language) -> str:
        """Ask for the rating on its published scale.

        The people are named only where norms of several populations are there to be told apart.
        """
        wording = WORDING[language]
        name, low, high = _MEANINGS[self.dimension, language]
        low, high = _CORPUS_MEANINGS.get((corpus, self.dimension, language), (low, high))
        asked = wording.rating.format(
            dimension=name, low=f"{self.low:g}", high=f"{self.high:g}", low_means=low, high_means=high
        )
        parts = [asked, wording.number]
        if self.population:
            parts.insert(1, wording.population.format(people=_PEOPLE[self.population, language]))
        return "\n\n".join(parts)


def ratings_of(sample: Sample) -> Iterator[Rating]:
    """Yield the ratings of an image, population by population in the order of `DIMENSIONS`.

    ``details["ratings"]`` maps a dimension to ``mean``, ``low``, ``high`` and where known ``sd`` and ``n``;
    where there are norms of several populations, ``details["ratings_by_culture"]`` maps each to such ratings.

    Raises
    ------
    BenchError
        If a rating cannot be read.
    """
    populations = sample.details.get("ratings_by_culture") or {"": sample.details.get("ratings") or {}}
    for population, ratings in populations.items():
        for dimension in DIMENSIONS:
            if dimension in ratings:
                yield _rating(sample, dimension, population, ratings[dimension])


def _rating(sample: Sample, dimension: str, population: str, facts: Mapping[str, Any]) -> Rating:
    if population and (population, "en") not in _PEOPLE:
        raise BenchError(f"{sample.id} has ratings by {population!r}; expected us or cn")
    try:
        rating = Rating(
            dimension,
            population,
            *(float(facts[key]) for key in ("mean", "low", "high")),
            *(None if facts.get(key) is None else float(facts[key]) for key in ("sd", "n")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BenchError(
            f"the {dimension} of {sample.id} is damaged ({error}); build the data set again"
        ) from None
    if not rating.low < rating.high:
        raise BenchError(
            f"the scale of {dimension} of {sample.id} must ascend, got {rating.low} to {rating.high}"
        )
    return rating
