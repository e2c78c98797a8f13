"""What the model's own single-modality answers would give: each alone, and put together late.

A model that beats none of these on samples with several modalities gains nothing from having them together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.emomm.clips import NO_ROW, Clips
from affectlab.bench.metrics import Answers
from affectlab.bench.results import FLOOR, UNPARSED, Samples

UNIMODAL_NOTE = (
    "text, audio and video alone are the model's own answers to that one modality of the same clip, on the "
    "samples that contain it (n tells how many); late fusion averages the probabilities of its "
    "single-modality answers over the modalities of the sample"
)

_ALONE = {"text alone": 0, "audio alone": 1, "video alone": 2}


def unimodal_methods(samples: Samples, clips: Clips) -> dict[str, Answers]:
    """Return the methods made of single-modality answers, for every sample with two modalities or more."""
    singles = _single_rows(clips)
    several = np.bitwise_count(clips.sets) > 1
    methods = {name: _alone(samples, singles[:, bit], several) for name, bit in _ALONE.items()}
    methods["late fusion"] = _fused(samples, clips, singles, several)
    return {name: answers for name, answers in methods.items() if answers.given.any()}


def _single_rows(clips: Clips) -> NDArray[np.intp]:
    """Row of each sample's single-modality answers, shape (n_samples, 3), where it has that modality."""
    rows = np.full((len(clips.of_row), 3), NO_ROW, dtype=np.intp)
    for bit in range(3):
        has = (clips.of_row != NO_ROW) & (clips.sets >> bit & 1 == 1)
        rows[has, bit] = clips.rows[clips.of_row[has], 1 << bit]
    return rows


def _alone(samples: Samples, rows: NDArray[np.intp], several: NDArray[np.bool_]) -> Answers:
    given = several & (rows != NO_ROW)
    logs = np.where(given[:, None], samples.log_probabilities[rows], np.nan)
    return Answers(np.where(given, samples.prediction[rows], UNPARSED), logs, given)


def _fused(samples: Samples, clips: Clips, singles: NDArray[np.intp], several: NDArray[np.bool_]) -> Answers:
    has = np.stack([clips.sets >> bit & 1 == 1 for bit in range(3)], axis=1)
    scored = (singles != NO_ROW) & samples.has_probabilities[singles]
    given = several & (scored | ~has).all(axis=1)
    # Rows that are not there point at the last sample and weigh nothing.
    probabilities = np.nan_to_num(np.exp(samples.log_probabilities[singles])) * has[:, :, None]
    mean = probabilities.sum(axis=1) / np.maximum(has.sum(axis=1), 1)[:, None]
    logs = np.where(given[:, None], np.log(np.maximum(mean, FLOOR)), np.nan)
    return Answers(np.where(given, mean.argmax(axis=1), UNPARSED), logs, given)
