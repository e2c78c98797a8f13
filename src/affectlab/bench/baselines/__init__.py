"""Models that every other is measured against, fitted across sources so that none predicts what it saw."""

from __future__ import annotations

from affectlab.bench.baselines.material import Material
from affectlab.bench.baselines.model import BaselineModel
from affectlab.bench.dataset import Dataset
from affectlab.errors import UnknownModel
from affectlab.models import ModelOptions

BASELINES = {
    "majority": "the most frequent label of the other sources, whatever is shown",
    "prior": "the shares of the labels among the other sources, whatever is shown",
}
"""Name to what it predicts."""

__all__ = ["BASELINES", "BaselineModel", "load_baseline"]


def load_baseline(name: str, dataset: Dataset, options: ModelOptions | None = None) -> BaselineModel:
    """Return the baseline `name` for a data set; it answers only requests about samples of it.

    Raises
    ------
    UnknownModel
        If there is no baseline of that name.
    BenchError
        If the data set has a single source, so that there is nothing to learn from.
    """
    if name not in BASELINES:
        raise UnknownModel(f"--model 'baseline:{name}' names no baseline; known are {', '.join(BASELINES)}")
    from affectlab.bench.baselines.constant import LabelShares, MostFrequent

    material = Material(dataset)
    predictor = {"majority": MostFrequent, "prior": LabelShares}[name](material)
    return BaselineModel(name, dataset.info, predictor, options or ModelOptions())
