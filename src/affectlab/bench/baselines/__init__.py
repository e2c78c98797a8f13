"""Models that every other is measured against, fitted across sources so that none predicts what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectlab.bench.baselines.constant import LabelShares, MostFrequent
from affectlab.bench.baselines.material import Material
from affectlab.bench.baselines.model import BaselineModel, Predictor
from affectlab.bench.dataset import Dataset
from affectlab.errors import UnknownModel
from affectlab.models import Model, ModelOptions

BASELINES: Mapping[str, str] = {
    "majority": "the most frequent label, whatever is shown",
    "prior": "the shares of the labels, whatever is shown",
    "text": "logistic regression on characters of the transcript; the shares where there is none",
    "audio": "logistic regression on spectrum and prosody; the shares where there is no sound",
    "video": "logistic regression on appearance and motion; the shares where there is no video",
    "late-fusion": "the mean of text, audio and video, of those that are there",
}
"""Name to what it predicts, in all cases from items of other sources only.

AICA-Bench, whose questions are of several kinds, has its own: see `affectlab.bench.aica.baselines`.
"""

OF_WORDS: Mapping[str, str] = {name: BASELINES[name] for name in ("majority", "prior", "text")}
"""Those for benchmarks whose samples are words alone."""

NONE: Mapping[str, str] = {}
"""For exams whose reports measure their own floors on the questions that were asked."""

_OF = {"persona": OF_WORDS, "emobench": NONE, "eqbench": NONE}

__all__ = ["BASELINES", "NONE", "OF_WORDS", "BaselineModel", "load_baseline"]


def load_baseline(name: str, dataset: Dataset, options: ModelOptions | None = None) -> Model:
    """Return the baseline `name` for a data set; it answers only requests about samples of it.

    Baselines that learn do so when they are first asked: once for each of five folds, and again where sources
    of several folds share their words.

    Raises
    ------
    UnknownModel
        If there is no baseline of that name.
    BenchError
        If the data set has a single source, so that there is nothing to learn from.
    MissingExtra
        If it learns and scikit-learn is not installed.
    """
    options = options or ModelOptions()
    if dataset.info.benchmark == "aica":
        from affectlab.bench.aica.baselines import load_aica_baseline

        return load_aica_baseline(name, dataset, options)
    known = _OF.get(dataset.info.benchmark, BASELINES)
    if name not in known:
        names = ", ".join(known) or "none: its report measures its own floors"
        raise UnknownModel(f"--model 'baseline:{name}' names no baseline; known are {names}")
    predictor, settings = _predictor(name, Material(dataset), options)
    return BaselineModel(name, dataset.info, predictor, options, settings)


def _predictor(name: str, material: Material, options: ModelOptions) -> tuple[Predictor, dict[str, Any]]:
    if name == "majority":
        return MostFrequent(material), {}
    if name == "prior":
        return LabelShares(material), {}
    from affectlab.bench.baselines.learnt import LateFusion, OneModality
    from affectlab.bench.baselines.looks import Look, PicturesLook, SoundLook, WordsLook
    from affectlab.models.media import MediaReader

    # Features are kept, decoded media need not be.
    reader = MediaReader(0)
    looks: dict[str, Look] = {
        "text": WordsLook(),
        "audio": SoundLook(reader),
        "video": PicturesLook(reader, options.frames),
    }
    if name in looks:
        return OneModality(material, looks[name]), looks[name].settings
    settings = {key: value for look in looks.values() for key, value in look.settings.items()}
    return LateFusion([OneModality(material, look) for look in looks.values()]), settings
