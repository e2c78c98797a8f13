"""Which samples of a data set a run asks about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affectlab.bench.question import only
from affectlab.bench.sample import Sample
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError


def select(samples: Sequence[Sample], settings: RunSettings) -> list[Sample]:
    """Take the samples that `settings` ask for, in the order of the data set.

    Raises
    ------
    BenchError
        If a subset does not exist or nothing is left.
    """
    there = dict.fromkeys(sample.subset for sample in samples)
    if unknown := [name for name in settings.subsets if name not in there]:
        raise BenchError(f"no subset {unknown[0]!r} in {settings.data}; it has {', '.join(there)}")
    chosen = [
        sample
        for sample in samples
        if (not settings.subsets or sample.subset in settings.subsets)
        and settings.split in {None, sample.split}
    ]
    if settings.limit is not None:
        chosen = _drawn(chosen, settings.limit, settings.seed)
    if settings.modalities is not None:
        chosen = only(chosen, settings.modalities)
    if not chosen:
        raise BenchError(f"no sample of {settings.data} is left by --subset, --split and --modalities")
    return chosen


def _drawn(samples: Sequence[Sample], limit: int, seed: int) -> list[Sample]:
    """Draw whole clips in a seeded order until there are `limit` samples."""
    clips: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        clips.setdefault(sample.groups.get("clip", sample.id), []).append(index)
    names = sorted(clips)
    order = np.random.default_rng(seed).permutation(len(names))
    drawn = [index for position in order for index in clips[names[position]]][:limit]
    return [samples[index] for index in sorted(drawn)]
