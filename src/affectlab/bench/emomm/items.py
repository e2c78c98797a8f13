"""From clips to samples: every clip with all of its modalities, with two of them, and with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.rules import EmoMMRules, LabelSet, label_set
from affectlab.bench.sample import Sample, Split
from affectlab.models import Media, Modality

SETS: tuple[tuple[Modality, ...], ...] = (
    ("T", "A", "V"),
    ("T", "A"),
    ("T", "V"),
    ("A", "V"),
    ("T",),
    ("A",),
    ("V",),
)
"""Sets of available modalities, in the order of a clip's samples."""

PUBLISHED_SUBSETS: Mapping[str, int] = {
    "aligned": 1381,
    "conflict": 2619,
    "missing_aligned": 5559,
    "missing_conflict": 6441,
}
"""Samples of each subset in the paper (arXiv 2605.01024); together they are "overall"."""


def samples_of(clip: Clip, rules: EmoMMRules, split: Split) -> list[Sample]:
    """Make the seven samples of a clip, named ``<clip id>__<modalities>``.

    Samples of one modality are of subset "single": they serve as baselines and for Shapley values and are no
    part of the published benchmark. The target is the distribution of votes for the clip as a whole where
    ``clip.details["votes"]["M"]`` has them (label to number of votes), else the reference label.
    """
    classes = label_set(clip.corpus)
    target = _target(clip, classes)
    return [
        Sample(
            id=f"{clip.id}__{''.join(modalities)}",
            subset=_subset(clip, modalities, rules, classes),
            split=split,
            groups=_groups(clip),
            target=target,
            text=clip.text if "T" in modalities else None,
            media=_media(clip, modalities),
            details=_details(clip, modalities),
        )
        for modalities in SETS
    ]


def _subset(clip: Clip, modalities: tuple[Modality, ...], rules: EmoMMRules, classes: LabelSet) -> str:
    if len(modalities) == 1:
        return "single"
    kind = "conflict" if rules.in_conflict(clip.labels, modalities, classes) else "aligned"
    return kind if len(modalities) == 3 else f"missing_{kind}"


def _target(clip: Clip, classes: LabelSet) -> dict[str, float]:
    votes: Mapping[str, int] = clip.details.get("votes", {}).get("M") or {clip.labels["M"]: 1}
    total = sum(votes.values())
    return {label: votes.get(label, 0) / total for label in classes.words}


def _groups(clip: Clip) -> dict[str, str]:
    groups = {"source": clip.source, "clip": clip.id}
    return groups | ({"speaker": clip.speaker} if clip.speaker else {})


def _media(clip: Clip, modalities: tuple[Modality, ...]) -> tuple[Media, ...]:
    of = {"A": clip.audio, "V": clip.video}
    return tuple(of[modality] for modality in modalities if modality in of)


def _details(clip: Clip, modalities: tuple[Modality, ...]) -> dict[str, Any]:
    return {
        **clip.details,
        "clip": clip.id,
        "corpus": clip.corpus,
        "language": clip.language,
        "modalities": "".join(modalities),
        "labels": dict(clip.labels),
        "values": dict(clip.values),
    }
