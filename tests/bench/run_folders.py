"""Small run folders in the layout that `affectlab bench run` writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

LABELS = {
    "N": "negative",
    "WN": "weakly negative",
    "Neu": "neutral",
    "WP": "weakly positive",
    "P": "positive",
}
VALUES = {"N": -0.85, "WN": -0.4, "Neu": 0.0, "WP": 0.4, "P": 0.85}
SETS = ("TAV", "TA", "TV", "AV", "T", "A", "V")

Item = dict[str, Any]
Scorer = Callable[[dict[str, str], str, np.random.Generator], np.ndarray]

SCHEMA = {
    "id": pl.String,
    "subset": pl.String,
    "split": pl.String,
    "source": pl.String,
    "groups": pl.String,
    "label": pl.String,
    "target": pl.List(pl.Float64),
    "status": pl.String,
    "prediction": pl.String,
    "log_likelihoods": pl.List(pl.Float64),
    "probabilities": pl.List(pl.Float64),
    "text": pl.String,
    "failure_kind": pl.String,
    "failure": pl.String,
    "details": pl.String,
}


def item(
    name: str,
    label: str,
    prediction: str | None,
    *,
    subset: str = "aligned",
    source: str | None = None,
    labels: Sequence[str] = tuple(LABELS),
    log_likelihoods: Sequence[float] | None = None,
    target: Sequence[float] | None = None,
    **extra: Any,
) -> Item:
    """One row of the table; a prediction of None is an answer that names no label."""
    source = source or name
    probabilities = None
    if log_likelihoods is not None:
        shares = np.exp(np.array(log_likelihoods) - np.max(log_likelihoods))
        probabilities = (shares / shares.sum()).tolist()
        log_likelihoods = list(map(float, log_likelihoods))
    row = {
        "id": name,
        "subset": subset,
        "split": "test",
        "source": source,
        "groups": json.dumps({"source": source}),
        "label": label,
        "target": list(target) if target else [float(one == label) for one in labels],
        "status": "answered" if prediction is not None else "unparsed",
        "prediction": prediction,
        "log_likelihoods": log_likelihoods,
        "probabilities": probabilities,
        "text": None,
        "failure_kind": None,
        "failure": None,
        "details": "{}",
    }
    return {**row, **extra}


def failure(name: str, label: str, kind: str, message: str, **extra: Any) -> Item:
    return item(name, label, None, **{"status": "failed", "failure_kind": kind, "failure": message, **extra})


def write_run(
    folder: Path,
    items: Sequence[Item],
    *,
    labels: dict[str, str] | None = None,
    values: dict[str, float] | None = None,
    benchmark: str = "emomm",
    model: str = "hf:test/model",
    attention: tuple[np.ndarray, np.ndarray] | None = None,
    **about: Any,
) -> Path:
    """Write a run's folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(list(items), schema=SCHEMA)
    frame.write_parquet(folder / "samples.parquet")
    counts = {
        name: frame.filter(pl.col("status") == name).height for name in ("answered", "unparsed", "failed")
    }
    content = {
        "status": "complete",
        "benchmark": benchmark,
        "task": {"name": benchmark, "version": "1", "parameters": {"question": "Which?"}},
        "mode": "score",
        "model": {"name": model, "revision": "0123456789abcdef", "settings": {}},
        "dataset": {
            "folder": "data",
            "samples_sha256": "aa" * 32,
            "labels": LABELS if labels is None else labels,
            "values": VALUES if values is None else values,
            "parameters": {},
        },
        "counts": counts,
        "manifest": {"affectlab": "0.1.0", "command": "bench run"},
    }
    (folder / "run.json").write_text(json.dumps({**content, **about}), encoding="utf-8")
    if attention is not None:
        np.save(folder / "attention.npy", attention[0].astype(np.float16))
        np.save(folder / "attention_tokens.npy", attention[1].astype(np.int32))
    return folder


def clip_items(
    clip: str, channels: dict[str, str], scorer: Scorer, rng: np.random.Generator, **extra: Any
) -> list[Item]:
    """The seven samples of a clip whose T, A, V and reference labels are `channels`."""
    polarity = {channel: np.sign(VALUES[label]) for channel, label in channels.items()}
    rows = []
    for shown in SETS:
        against = any(polarity[one] != polarity["M"] for one in shown)
        kind = "conflict" if against else "aligned"
        subset = "single" if len(shown) == 1 else kind if len(shown) == 3 else f"missing_{kind}"
        scores = scorer(channels, shown, rng)
        details = {"clip": clip, "corpus": "synth", "language": "en", "modalities": shown, "labels": channels}
        name = tuple(LABELS)[int(np.argmax(scores))]
        rows.append(
            item(
                f"{clip}__{shown}",
                channels["M"],
                name,
                subset=subset,
                source=extra.get("source", clip),
                log_likelihoods=scores,
                details=json.dumps(details),
            )
        )
    return rows


def evidence(weights: dict[str, float], noise: float = 0.3) -> Scorer:
    """A model that adds up evidence for each shown modality's own label, by weight."""

    def score(channels: dict[str, str], shown: str, rng: np.random.Generator) -> np.ndarray:
        scores = rng.normal(scale=noise, size=len(LABELS))
        for modality in shown:
            scores[list(LABELS).index(channels[modality])] += weights[modality]
        return scores - 1.0

    return score


def emomm_items(
    n: int, seed: int, weights: dict[str, float], *, conflict: float = 0.5, noise: float = 0.3
) -> list[Item]:
    """Clips of which a share is in conflict: one modality differs, the reference goes with the pair."""
    rng = np.random.default_rng(seed)
    scorer = evidence(weights, noise)
    rows: list[Item] = []
    for index in range(n):
        label, other = rng.choice(list(LABELS), size=2, replace=False)
        channels = dict.fromkeys(("T", "A", "V", "M"), str(label))
        if rng.random() < conflict:
            channels["TAV"[rng.integers(3)]] = str(other)
        rows += clip_items(f"clip{index:04d}", channels, scorer, rng, source=f"film{index // 3:03d}")
    return rows


def attention_of(
    items: Sequence[Item], *, layers: int = 6, heads: int = 4, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Attention that favours audio; absent modalities hold nothing."""
    rng = np.random.default_rng(seed)
    shares = np.zeros((len(items), layers, heads, 4))
    tokens = np.zeros((len(items), 4), dtype=int)
    for row, one in enumerate(items):
        shown = json.loads(one["details"])["modalities"]
        there = np.array([*(modality in shown for modality in "TAV"), True])
        tokens[row] = there * np.array([12, 50, 24, 40])
        raw = rng.gamma(4.0, size=(layers, heads, 4)) * np.array([1.0, 3.0, 0.5, 4.0]) * there
        shares[row] = raw / raw.sum(axis=-1, keepdims=True)
    return shares, tokens
