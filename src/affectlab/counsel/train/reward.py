"""Reward models: a Bradley–Terry score of answers, and the paper's matcher of questions and answers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from affectlab.counsel.data.files import PAIRS, ROWS, read_pairs, read_rows
from affectlab.counsel.rewards import RewardAbout, reward_parts
from affectlab.counsel.rows import CounselRow, PairRow
from affectlab.counsel.train.arguments import common, evaluating
from affectlab.counsel.train.folder import RunFolder
from affectlab.counsel.train.matching import matcher_trainer
from affectlab.counsel.train.measuring import Row, interval_rows
from affectlab.counsel.train.records import drawn, sources_of, wanted
from affectlab.counsel.train.running import run
from affectlab.counsel.train.scoring import Scorer, answered
from affectlab.counsel.train.settings import RewardSettings
from affectlab.counsel.train.tokens import Tokens
from affectlab.counsel.train.watching import Say
from affectlab.counsel.train.weights import HEAD, adapted, dtype_of, load_base, sizes
from affectlab.errors import CounselError
from affectlab.files import write_json

TASKS = {"bradley-terry": ("SEQ_CLS", (HEAD,)), "matcher": ("FEATURE_EXTRACTION", ())}
"""What peft calls each kind, and the layers that are trained whole."""


def train_reward(
    settings: RewardSettings, folder: RunFolder, stop: threading.Event, say: Say
) -> dict[str, Any]:
    """Train, and measure on held-out pairs; see `affectlab.counsel.train.train`."""
    pairs = read_pairs(settings.data / PAIRS)
    say(f"loading {settings.model}")
    base = load_base(settings.model, dtype_of(settings))
    folder.note_model("base", f"{base.name} {base.revision}")
    about = RewardAbout.of(settings, base.revision)
    torch.manual_seed(settings.seed)
    plain, tokens, scorer_class = reward_parts(about, base)
    model = adapted(plain, settings, *TASKS[settings.kind])
    learned = _learned(settings, pairs)
    columns, counts = _columns(settings, learned, tokens)
    say(f"{len(columns)} to learn from, {counts['train_too_long']} too long and left out")
    if settings.kind == "matcher":
        trainer = matcher_trainer(model, columns, settings, folder.work, model.config.pad_token_id or 0)
    else:
        trainer = _bradley_terry_trainer(model, base.processing.tokenizer, columns, settings, folder.work)
    run(trainer, folder, settings, stop, say)
    folder.keep_model(trainer)
    write_json(folder.model / "reward.json", about.model_dump(mode="json"))
    say("measuring on held-out pairs")
    held_out = by_kind(wanted(pairs, settings, "test"), settings)
    total, trained = sizes(model)
    counts |= {"held_out": len(held_out), "parameters": total, "trained_parameters": trained}
    rows = accuracy_rows(scorer_class(model, tokens, settings.batch_size), held_out, settings)
    return {"rows": rows, "counts": counts, "sources": sources_of(learned)}


def by_kind(pairs: Sequence[PairRow], settings: RewardSettings) -> list[PairRow]:
    """Draw held-out pairs, equally many of each kind as far as there are."""
    kinds = sorted({pair.kind for pair in pairs})
    most = max(1, settings.held_out // len(kinds))
    return [
        pair
        for kind in kinds
        for pair in drawn([one for one in pairs if one.kind == kind], most, settings.seed)
    ]


def accuracy_rows(scorer: Scorer, pairs: Sequence[PairRow], settings: RewardSettings) -> list[Row]:
    """Return how often the better answer scores higher, by kind, beside preferring the longer answer.

    Equal scores count half. Intervals are clustered by question.
    """
    conversations = [pair.turns for pair in pairs]
    chosen = scorer.paired(conversations, [pair.chosen for pair in pairs])
    rejected = scorer.paired(conversations, [pair.rejected for pair in pairs])
    right = {
        "reward": [_order(a, b) for a, b in zip(chosen, rejected, strict=True)],
        "longer answer": [_order(len(pair.chosen), len(pair.rejected)) for pair in pairs],
    }
    return [
        row
        for kind in [*sorted({pair.kind for pair in pairs}), "all"]
        for method, values in right.items()
        for row in _of_kind(kind, method, values, pairs, settings)
    ]


def _of_kind(
    kind: str, method: str, values: Sequence[float], pairs: Sequence[PairRow], settings: RewardSettings
) -> list[Row]:
    places = [place for place, pair in enumerate(pairs) if kind in {pair.kind, "all"}]
    return interval_rows(
        {"accuracy": [values[place] for place in places]},
        [pairs[place].group for place in places],
        seed=settings.seed,
        resamples=settings.resamples,
        kind=kind,
        method=method,
    )


def _order(better: float, worse: float) -> float:
    return 0.5 if better == worse else float(better > worse)


def _learned(settings: RewardSettings, pairs: Sequence[PairRow]) -> list[CounselRow] | list[PairRow]:
    if settings.kind == "matcher":
        return drawn(wanted(read_rows(settings.data / ROWS), settings, "train"), settings.rows, settings.seed)
    of_kind = [pair for pair in pairs if not settings.kinds or pair.kind in settings.kinds]
    return drawn(wanted(of_kind, settings, "train"), settings.rows, settings.seed)


def _columns(
    settings: RewardSettings, learned: Iterable[CounselRow | PairRow], tokens: Tokens
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return what is learned from as token columns, too long ones left out and counted.

    Raises
    ------
    CounselError
        If nothing is left, or more is too long than the settings allow.
    """
    found = [_columns_of(one, tokens) for one in learned]
    kept = [one for one in found if _longest(one) <= settings.max_length]
    too_long = len(found) - len(kept)
    if not kept or too_long > settings.max_share_too_long * len(found):
        raise CounselError(
            f"{too_long} of {len(found)} are longer than max_length {settings.max_length}, more than "
            f"max_share_too_long {settings.max_share_too_long} allows; raise one of them"
        )
    return kept, {"train": len(kept), "train_too_long": too_long}


def _columns_of(one: CounselRow | PairRow, tokens: Tokens) -> dict[str, Any]:
    if isinstance(one, PairRow):
        return {
            "chosen_ids": list(answered(tokens, one.turns, one.chosen)),
            "rejected_ids": list(answered(tokens, one.turns, one.rejected)),
        }
    return {
        "question": list(tokens.words(one.turns[-1].text)),
        "answer": list(tokens.words(one.answer)),
        "group": one.group,
    }


def _longest(columns: dict[str, Any]) -> int:
    return max(len(ids) for ids in columns.values() if isinstance(ids, list))


def _bradley_terry_trainer(
    model: Any, tokenizer: Any, columns: list[dict[str, Any]], settings: RewardSettings, work: Path
) -> Any:
    from datasets import Dataset
    from trl import RewardConfig, RewardTrainer

    arguments = RewardConfig(
        **common(settings, work),
        **evaluating(settings.model_copy(update={"eval_every": 0})),
        max_length=settings.max_length,
        center_rewards_coefficient=settings.centre or None,
    )
    return RewardTrainer(
        model=model, args=arguments, train_dataset=Dataset.from_list(columns), processing_class=tokenizer
    )
