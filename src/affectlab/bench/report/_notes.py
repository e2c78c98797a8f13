"""What a reader must know to read the numbers right."""

from __future__ import annotations

from affectlab.bench.majority import MAJORITY_NOTE
from affectlab.bench.results import Run
from affectlab.bench.subsets import scheme_of

NOT_A_DEVICE = "Research software, not a medical device."
FEW_SOURCES = 20

INSTRUMENT_NOTES = (
    "Conflict profile: labels on the same side of neutral agree; odd_T is text against the other two, T_vs_A "
    "is text against audio on samples with just these two. Human viewers are of CREMA-D (acted emotions, in "
    "English), shown for orientation only.",
    "Probability drop: p(reference label | all) − p(reference label | without the modality). Shapley values "
    "are exact over all seven sets of modalities; the empty set is worth the label's share among the clips. "
    "Both use only clips whose answers are all there.",
    "Attention share is where the last prompt token looks; AEI is share over token share; MDI is attention "
    "per token of one modality over another (arXiv 2508.10552); upper layers are the second half. A share is "
    "not a contribution (arXiv 2510.17771).",
)


def general_notes(resamples: int, seed: int) -> list[str]:
    """Return what holds for every run."""
    return [
        NOT_A_DEVICE,
        f"Intervals: 95 % percentile bootstrap over whole sources, {resamples} resamples, seed {seed}. They "
        "tell how far other sources of the same kind would move a figure, not other data or other prompts.",
        "Failed samples are out of every metric; an answer that names no label is wrong and has the largest "
        "absolute error that its true label allows.",
        "Two averages of F1 are given, macro (every label equal) and weighted (by how often it is true), and "
        "two scales of MAE: mae on the label's place from 0 to 1, mae_midpoint on the midpoints of the bins.",
        MAJORITY_NOTE[0].upper() + MAJORITY_NOTE[1:] + ".",
    ]


def run_notes(run: Run) -> list[str]:
    """Return what limits this run."""
    notes = [f"Subsets: {scheme_of(run.benchmark).note}."]
    if not run.complete:
        notes.append(f"The run was stopped before its end: {len(run.samples)} samples have an outcome.")
    sources = len(set(run.samples.source.tolist()))
    if sources < FEW_SOURCES:
        notes.append(f"Few sources ({sources}): intervals are rough{', or absent' if sources < 2 else ''}.")
    chosen = {name: value for name, value in (run.about.get("selection") or {}).items() if value}
    chosen.pop("seed", None)
    if chosen:
        words = ", ".join(f"{name} {_words(value)}" for name, value in chosen.items())
        notes.append(f"Only a part of the data set was asked: {words}.")
    if not run.samples.has_probabilities.any():
        notes.append("The run has answers in words and no probabilities: no calibration, no Shapley values.")
    return notes


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
