"""Supervised fine-tuning: a model learns to reply as counsellors did, in the form of the Chain of Empathy."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from affectlab.counsel.data.files import ROWS, read_rows
from affectlab.counsel.rows import CounselRow
from affectlab.counsel.train.arguments import common, evaluating, processes
from affectlab.counsel.train.folder import RunFolder
from affectlab.counsel.train.measuring import before_and_after, losses, replies
from affectlab.counsel.train.records import drawn, sources_of, wanted
from affectlab.counsel.train.rule_chain import rule_chain
from affectlab.counsel.train.running import run
from affectlab.counsel.train.settings import ChainSource, SftSettings
from affectlab.counsel.train.structure import structure
from affectlab.counsel.train.tokens import Example, Fitted, Tokens, fitting, request_of
from affectlab.counsel.train.watching import Say
from affectlab.counsel.train.weights import Base, adapted, dtype_of, load_base, sizes
from affectlab.errors import CounselError
from affectlab.prompting.empathy import Reply, check


def train_sft(settings: SftSettings, folder: RunFolder, stop: threading.Event, say: Say) -> dict[str, Any]:
    """Train, and measure before and after; see `affectlab.counsel.train.train`."""
    rows = read_rows(settings.data / ROWS)
    say(f"loading {settings.model}")
    base = load_base(settings.model, dtype_of(settings))
    folder.note_model("base", f"{base.name} {base.revision}")
    tokens = Tokens(base.processing, base.weights.config)
    learned = drawn(wanted(rows, settings, "train"), settings.rows, settings.seed)
    train = _fitted(learned, tokens, settings)
    held_out = _fitted(
        drawn(wanted(rows, settings, "validation"), settings.held_out, settings.seed), tokens, settings
    )
    say(f"{len(train.kept)} rows, {len(train.too_long)} longer than {settings.max_length} tokens left out")
    exam = _Exam(base, held_out.kept, _asked(rows, settings), settings)
    model = adapted(base.weights, settings, "CAUSAL_LM")
    before = folder.before()
    if before is None:
        say("measuring before training")
        before = exam.measure(stop)
        folder.keep_before(before)
    trainer = _trainer(model, base, train, held_out, settings, folder)
    run(trainer, folder, settings, stop, say)
    folder.keep_model(trainer)
    say("measuring after training")
    after = exam.measure(stop)
    return {
        "rows": exam.rows(before, after),
        "examples": exam.examples(after),
        "counts": _counts(train, held_out, model),
        "sources": sources_of(learned),
    }


def examples_of(rows: Iterable[CounselRow], tokens: Tokens, source: ChainSource) -> Iterable[Example]:
    """Yield each row that `source` admits as a prompt and its reply."""
    for row in rows:
        reply = reply_of(row, source)
        if reply is None:
            continue
        request = request_of(row.turns, row.language, chain=reply.chain is not None)
        yield Example(row.id, row.group, tokens.prompt(request), tokens.reply(reply))


def reply_of(row: CounselRow, source: ChainSource) -> Reply | None:
    """Return the reply to be learned; None for a row without the reasoning that `source` demands."""
    if source == "none":
        return Reply(row.answer)
    if row.chain is None and source == "annotated":
        return None
    if row.chain is None and source == "rule-made":
        return replace(row.reply, chain=rule_chain(row))
    return row.reply


class _Exam:
    """Held-out loss, and how many replies have the right form."""

    def __init__(
        self, base: Base, held_out: Sequence[Example], asked: Sequence[CounselRow], settings: SftSettings
    ) -> None:
        self._base, self._held_out, self._asked, self._settings = base, held_out, asked, settings
        self._chain = settings.chain != "none"

    def measure(self, stop: threading.Event) -> dict[str, Any]:
        """Return the loss of each held-out row, and each reply with the share of its form that is right."""
        if processes() > 1:
            return {"held_out_loss": [], "written": []}
        requests = [request_of(row.turns, row.language, chain=self._chain) for row in self._asked]
        written = replies(self._base, requests, self._settings.max_reply, stop)
        return {"held_out_loss": losses(self._base.weights, self._held_out, stop), "written": written}

    def rows(self, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the figures with their intervals; none where several processes trained together."""
        seed, found = self._settings.seed, []
        if after["held_out_loss"]:
            first, then = ({"held_out_loss": one["held_out_loss"]} for one in (before, after))
            groups = [example.group for example in self._held_out]
            found += before_and_after(first, then, groups, seed=seed)
        if after["written"]:
            first, then = self._form(before["written"]), self._form(after["written"])
            found += before_and_after(first, then, [row.group for row in self._asked], seed=seed)
        return found

    def examples(self, after: dict[str, Any], most: int = 3) -> list[dict[str, str]]:
        """Return some replies after training, to be read."""
        pairs = zip(self._asked, after["written"], strict=False)
        return [{"id": row.id, "reply": reply} for row, reply in pairs][:most]

    def _form(self, written: Sequence[str]) -> dict[str, list[float | None]]:
        return {
            "format_valid": [float(not check(reply, chain=self._chain)) for reply in written],
            "format_share": [structure(reply, chain=self._chain) for reply in written],
        }


def _fitted(rows: Sequence[CounselRow], tokens: Tokens, settings: SftSettings) -> Fitted:
    examples = list(examples_of(rows, tokens, settings.chain))
    if not examples:
        raise CounselError(
            f"none of {len(rows)} rows has annotated reasoning; annotate them (affectlab counsel data "
            "annotate) or set chain to rule-made, mixed or none"
        )
    return fitting(examples, settings.max_length)


def _asked(rows: Sequence[CounselRow], settings: SftSettings) -> list[CounselRow]:
    """Draw held-out questions, one of each group."""
    firsts = {row.group: row for row in reversed(wanted(rows, settings, "validation"))}
    return drawn(list(firsts.values()), settings.prompts, settings.seed)


def _trainer(
    model: Any, base: Base, train: Fitted, held_out: Fitted, settings: SftSettings, folder: RunFolder
) -> Any:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    arguments = SFTConfig(
        **common(settings, folder.work),
        **evaluating(settings),
        max_length=settings.max_length,
        packing=settings.packing,
        # Keeps every row in one piece; the other strategies cut.
        packing_strategy="bfd",
        eval_packing=False,
    )
    return SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list([example.columns() for example in train.kept]),
        eval_dataset=Dataset.from_list([example.columns() for example in held_out.kept]),
        processing_class=base.processing.tokenizer,
    )


def _counts(train: Fitted, held_out: Fitted, model: Any) -> dict[str, Any]:
    total, trained = sizes(model)
    return {
        "train": len(train.kept),
        "train_too_long": len(train.too_long),
        "held_out": len(held_out.kept),
        "held_out_too_long": len(held_out.too_long),
        "train_tokens": sum(len(example) for example in train.kept),
        "reply_tokens": sum(len(example.reply) for example in train.kept),
        "parameters": total,
        "trained_parameters": trained,
    }
