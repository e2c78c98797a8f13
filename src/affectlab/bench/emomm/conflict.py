"""Whether what a sample shows is in conflict, by the rule of its data set or by what it shows alone."""

from __future__ import annotations

from typing import Literal

from affectlab.bench.emomm.rules import EmoMMRules, label_set
from affectlab.bench.sample import Sample

ConflictRule = Literal["subset", "modalities"]
"""By the subset, so by the rule the data set was built with; or by whether the modalities that are there
disagree among themselves, whatever the reference label says."""

_AMONG_THEMSELVES = EmoMMRules(conflict="unimodal")


def in_conflict(sample: Sample, rule: ConflictRule = "subset") -> bool:
    """Say whether a sample of two modalities or three is in conflict."""
    if rule == "subset":
        return sample.subset in {"conflict", "missing_conflict"}
    facts = sample.details
    return _AMONG_THEMSELVES.in_conflict(facts["labels"], facts["modalities"], label_set(facts["corpus"]))
