"""The model of a run, opened where its batches are answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from affectlab.bench.lanes import Description, Lanes, LocalLanes, ModelSource
from affectlab.bench.question import Mode
from affectlab.bench.settings import RunSettings
from affectlab.bench.steering.loading import placed
from affectlab.errors import BenchError
from affectlab.models import Media, Model


@contextmanager
def opened_lanes(settings: RunSettings, model: Model | None) -> Iterator[Lanes]:
    """Open the model that `settings` name, or take `model`, which stays open."""
    source = ModelSource(settings.model, settings.options, settings.data, placed(settings.steer))
    lanes: Lanes
    if model is not None:
        lanes = LocalLanes(model, owned=False)
    elif settings.ray is None:
        lanes = LocalLanes(source.load())
    else:
        from affectlab.bench.ray_lanes import RayLanes

        lanes = RayLanes(source, settings.ray, settings.workers)
    try:
        yield lanes
    finally:
        lanes.close()


def mode_of(settings: RunSettings, model: Description) -> Mode:
    """Return how labels are asked for.

    Raises
    ------
    BenchError
        If likelihoods are wanted of a model that gives none.
    """
    if settings.mode == "score" and not model.can.logits:
        raise BenchError(f"{model.identity.name} gives no likelihoods; use --mode generate")
    if settings.mode == "auto":
        return "score" if model.can.logits else "generate"
    return settings.mode


def check_kinds(media: Iterable[Media], asked: int, model: Description, settings: RunSettings) -> None:
    """Refuse a run whose model cannot take its media.

    Parameters
    ----------
    media
        What `asked` samples or questions hold, one of each kind for each.

    Raises
    ------
    BenchError
        With what the model can be shown instead.
    """
    refused = Counter(one.kind for one in media if not model.can.takes(one.kind))
    if not refused:
        return
    kind, number = refused.most_common(1)[0]
    able = "".join(
        letter for letter, can in (("T", True), ("A", model.can.audio), ("V", model.can.video)) if can
    )
    raise BenchError(
        f"{settings.model} takes no {kind}, which {number} of {asked} samples have; "
        f"show it only what it takes: --modalities {able}"
    )
