"""The fingerprint of Video Contribution Collapse: what a model looks at beside what it uses.

EmoMM describes the collapse in words (arXiv 2605.01024): in hard cases models hardly use video, because of
many redundant video tokens and a stable preference for other modalities. Three readings of the same clips
together show whether it is there:

- attention (`attention`): share, efficiency (AEI) and dominance (MDI) in the upper layers;
- probability drop: p(reference label | T, A, V) − p(reference label | without m), for each modality m, on the
  same clip; 0 for a modality whose absence changes nothing, below 0 for one that misleads;
- exact Shapley values (`shapley`), which also credit what modalities share.

A model collapses when video alone is readable and yet drop and Shapley value of video are near zero. Low
attention alone does not show it (arXiv 2510.17771).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.attention import AttentionProfile, attention_profiles, attention_rows
from affectlab.bench.emomm.clips import FULL, Clips, clips_of
from affectlab.bench.emomm.profile import profile_rows
from affectlab.bench.emomm.shapley import Empty, group_rows, probability_worth, shapley_rows
from affectlab.bench.metrics import Row
from affectlab.bench.results import Run
from affectlab.models import MODALITIES


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Everything the instrument reads off one run.

    Parameters
    ----------
    rows
        Measured values: Shapley values, probability drops, upper-layer attention and the conflict profile.
    attention
        Group of clips to attention by layer and head; empty where the run kept no attention.
    """

    rows: list[Row]
    attention: Mapping[str, AttentionProfile]

    def select(self, prefix: str) -> list[Row]:
        """Return the rows whose metric begins with `prefix`."""
        return [one for one in self.rows if one["metric"].startswith(prefix)]


def fingerprint(run: Run, *, empty: Empty = "prior", resamples: int = 2000, seed: int = 0) -> Fingerprint:
    """Read the instrument on a run.

    What a run cannot tell is left out: a run of answers in words has no probabilities, a hosted model no
    attention, a run without single modalities no Shapley values.

    Parameters
    ----------
    run
        Of EmoMM, shown with all its modalities.
    empty
        Worth of showing nothing: see `shapley`.
    resamples, seed
        Of the bootstrap, clustered by source.
    """
    clips = clips_of(run)
    rows = [
        *profile_rows(run, clips, resamples=resamples, seed=seed),
        *drop_rows(run, clips, resamples=resamples, seed=seed),
        *shapley_rows(run, clips, empty=empty, resamples=resamples, seed=seed),
        *attention_rows(run, clips, resamples=resamples, seed=seed),
    ]
    return Fingerprint(rows, attention_profiles(run, clips, resamples=resamples, seed=seed))


def probability_drops(run: Run, clips: Clips) -> NDArray[np.float64]:
    """Return p(gold | TAV) − p(gold | without m) of each clip, shape (n_clips, 3) for m of T, A, V."""
    worth = probability_worth(run, clips)
    without = [FULL & ~(1 << bit) for bit in range(len(MODALITIES))]
    return np.asarray(worth[:, [FULL]] - worth[:, without])


def drop_rows(run: Run, clips: Clips, *, resamples: int = 2000, seed: int = 0) -> list[Row]:
    """Return ``drop_T``, ``drop_A``, ``drop_V`` with clustered intervals for each group of clips."""
    drops = probability_drops(run, clips)
    metrics = [f"drop_{modality}" for modality in MODALITIES]
    return group_rows(run, clips, drops, metrics, resamples=resamples, seed=seed)
