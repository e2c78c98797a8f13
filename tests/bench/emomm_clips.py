"""Clips, samples and data sets for tests of EmoMM, without files behind them unless asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from affectlab.bench.dataset import Dataset, DatasetInfo
from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.items import samples_of
from affectlab.bench.emomm.rules import SIMS5, EmoMMRules
from affectlab.bench.splits import split_of
from affectlab.models import Media, MediaKind


def media(kind: MediaKind, name: str, folder: Path = Path("/nowhere")) -> Media:
    return Media(kind, folder / name, hashlib.sha256(name.encode()).hexdigest())


def clip(
    name: str = "one",
    *,
    t: str = "Neu",
    a: str = "Neu",
    v: str = "Neu",
    m: str = "Neu",
    text: str = "so it goes",
    source: str | None = None,
    corpus: str = "synth",
    **fields: Any,
) -> Clip:
    return Clip(
        id=name,
        corpus=corpus,
        source=source or name,
        speaker=fields.pop("speaker", ""),
        language="en",
        text=text,
        audio=fields.pop("audio", media("audio", f"{name}.wav")),
        video=fields.pop("video", media("video", f"{name}.mp4")),
        labels={"T": t, "A": a, "V": v, "M": m},
        **fields,
    )


def dataset(*clips: Clip, rules: EmoMMRules | None = None) -> Dataset:
    rules = rules or EmoMMRules()
    info = DatasetInfo("emomm", SIMS5.words, SIMS5.values, samples_sha256="0" * 64)
    samples = [
        sample
        for one in clips
        for sample in samples_of(one, rules, split_of(one.source, rules.test_share, 0))
    ]
    return Dataset(Path("/nowhere"), info, tuple(samples))
