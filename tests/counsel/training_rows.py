"""A small data folder and a tiny model for the tests of training."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tiny_models

from affectlab.counsel import CounselRow, PairRow
from affectlab.models import Turn
from affectlab.prompting.empathy import Chain, instruction

CHAIN = Chain(
    "She is tired.", "Work takes it all.", "She wants to be heard, and advice.", "Acknowledge first."
)
WORRIES = ("my work", "my mother", "the exam", "money", "a friend", "sleep", "the move", "my brother")


def tiny_counsellor(folder: Path) -> Path:
    """A tiny model whose tokenizer knows the words of the instructions, so that prompts are short."""
    told = " ".join(instruction(language, chain) for language in ("en", "zh") for chain in (True, False))
    words = tuple(dict.fromkeys(re.findall(r" ?[A-Za-z]+|[\u4e00-\u9fff]+", told)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny_models, "WORDS", (*tiny_models.WORDS, *words))
        return tiny_models.tiny_text(folder, context=2048)


def row(number: int, split: str, **changes: Any) -> CounselRow:
    worry = WORRIES[number % len(WORRIES)]
    zh = number % 4 == 3
    said = f"我很担心{number}。" if zh else f"I worry about {worry} ({number})."
    settled = {
        "id": f"r{number}",
        "source": "toy",
        "group": f"g{number // 2}",
        "language": "zh" if zh else "en",
        "turns": (Turn("user", said),),
        "split": split,
        "answer": f"听起来很累。{number}" if zh else f"That sounds hard, {worry} weighs on you.",
        "chain": CHAIN if number % 2 else None,
        "provenance": {"licence": "ours", "may_ship": True},
    }
    return CounselRow.model_validate(settled | changes)


def pair(number: int, split: str) -> PairRow:
    of = row(number, split)
    return PairRow(
        id=f"p{number}",
        source=of.source,
        group=of.group,
        language=of.language,
        turns=of.turns,
        split=of.split,
        provenance=of.provenance,
        chosen=of.answer,
        rejected="It will pass." if number % 2 else of.turns[-1].text,
        kind="generic" if number % 2 else "echo",
    )


def data_folder(folder: Path, rows: list[CounselRow] | None = None) -> Path:
    """Write twelve training rows, four held-out ones of each split, and a pair for each."""
    splits = ["train"] * 12 + ["validation"] * 4 + ["test"] * 4
    made = rows if rows is not None else [row(number, split) for number, split in enumerate(splits)]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "rows.jsonl", made)
    _write(folder / "pairs.jsonl", [pair(number, split) for number, split in enumerate(splits)])
    return folder


def settings(method: str, folder: Path, model: Path, **changes: Any) -> dict[str, Any]:
    """Settings that train in seconds."""
    common: dict[str, Any] = {
        "model": str(model),
        "data": folder / "data",
        "out": folder / "run",
        "precision": "fp32",
        "device": "cpu",
        "max_length": 700,
        "steps": 6,
        "save_every": 2,
        "log_every": 1,
        "batch_size": 2,
        "held_out": 4,
        "lora": {"rank": 2},
        "learning_rate": 0.01,
    }
    special: dict[str, dict[str, Any]] = {
        "sft": {"chain": "mixed", "prompts": 2, "max_reply": 6},
        "reward": {"resamples": 50},
        "grpo": {
            "batch_size": 4,
            "group": 4,
            "max_prompt": 700,
            "max_reply": 8,
            "soft_length": 2,
            "prompts": 2,
            "resamples": 50,
            "weights": {"answer": 0},
        },
    }
    return common | special[method] | changes


def _write(path: Path, rows: list[Any]) -> None:
    lines = [json.dumps(one.model_dump(mode="json"), ensure_ascii=False) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
