"""GRPO (arXiv 2402.03300): several replies to a question, each judged beside the others of its group."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from affectlab.counsel.data.files import ROWS, read_rows
from affectlab.counsel.gate.answers import AnswerRules
from affectlab.counsel.rewards import open_reward
from affectlab.counsel.rows import CounselRow
from affectlab.counsel.train.arguments import common, processes
from affectlab.counsel.train.folder import RunFolder
from affectlab.counsel.train.guarding import GuardedTerm
from affectlab.counsel.train.measuring import before_and_after, replies
from affectlab.counsel.train.records import drawn, sources_of, wanted
from affectlab.counsel.train.running import run
from affectlab.counsel.train.scoring import MatcherScorer
from affectlab.counsel.train.settings import GrpoSettings
from affectlab.counsel.train.terms import (
    Sample,
    Term,
    answer_term,
    form_term,
    intent_term,
    length_term,
    repetition_term,
    safety_term,
    sought,
)
from affectlab.counsel.train.tokens import Tokens, request_of
from affectlab.counsel.train.watching import Say
from affectlab.counsel.train.weights import Base, adapted, dtype_of, load_base, sizes
from affectlab.errors import CounselError, MissingExtra
from affectlab.prompting.empathy import check

Column = dict[str, Any]


def train_grpo(settings: GrpoSettings, folder: RunFolder, stop: threading.Event, say: Say) -> dict[str, Any]:
    """Train, and measure every term before and after; see `affectlab.counsel.train.training.train`."""
    if settings.vllm != "off" and find_spec("vllm") is None:
        raise MissingExtra("vllm", "vllm")
    rows = read_rows(settings.data / ROWS)
    say(f"loading {settings.model}")
    base = load_base(settings.model, dtype_of(settings))
    folder.note_model("base", f"{base.name} {base.revision}")
    folder.note_model("reward", str(settings.reward))
    terms = guarded_terms(settings, say)
    learned = wanted(rows, settings, "train")
    columns, counts = _columns(learned, Tokens(base.processing, base.weights.config), settings)
    say(f"{counts['train']} questions, {counts['train_too_long']} too long and left out")
    model = adapted(base.weights, settings, "CAUSAL_LM")
    exam = _Exam(base, terms, wanted(rows, settings, "validation"), settings)
    before = folder.before()
    if before is None:
        say("measuring before training")
        before = exam.measure(stop)
        folder.keep_before(before)
    trainer = _trainer(model, base, columns, terms, settings, folder)
    run(trainer, folder, settings, stop, say)
    folder.keep_model(trainer)
    say("measuring after training")
    after = exam.measure(stop)
    total, trained = sizes(model)
    bad = {term.__name__: term.bad.total() for term in terms if term.bad}
    return {
        "rows": exam.rows(before, after),
        "examples": exam.examples(after),
        "counts": counts | {"parameters": total, "trained_parameters": trained, "bad_rewards": bad},
        "sources": sources_of(learned),
    }


def guarded_terms(settings: GrpoSettings, say: Say) -> list[GuardedTerm]:
    """Return the terms whose weight is above 0, in the order of `Weights`.

    Raises
    ------
    CounselError
        If no weight is above 0, or the reward model cannot be opened.
    """
    rules = AnswerRules()
    makers: dict[str, Callable[[], Term]] = {
        "format": lambda: form_term(chain=settings.chain, strict=settings.strict_format),
        "answer": lambda: _answers(settings),
        "intent": lambda: intent_term,
        "length": lambda: length_term(settings.soft_length, settings.max_reply),
        "repetition": lambda: repetition_term,
        "safety": lambda: safety_term(lambda sample: rules.violations(sample.answer or "")),
    }
    terms = [GuardedTerm(name, makers[name](), settings.on_bad_reward, say) for name in _weights(settings)]
    if not terms:
        raise CounselError("every weight is 0, so there is nothing to learn; raise one under [weights]")
    return terms


def _answers(settings: GrpoSettings) -> Term:
    if settings.reward is None:
        raise CounselError("the answer term needs a reward model; set reward to its folder")
    scorer = open_reward(settings.reward, batch=settings.batch_size)
    return answer_term(scorer, bounded=isinstance(scorer, MatcherScorer), threshold=settings.threshold)


def _weights(settings: GrpoSettings) -> dict[str, float]:
    return {name: weight for name, weight in settings.weights.model_dump().items() if weight}


def _columns(
    rows: Sequence[CounselRow], tokens: Tokens, settings: GrpoSettings
) -> tuple[list[Column], dict[str, Any]]:
    """Return one question of each conversation as TRL takes it; longer prompts are left out and counted."""
    found = list(_asked({row.turns: row for row in reversed(rows)}.values(), tokens, settings))
    kept = [column for column, length in found if length <= settings.max_prompt]
    if not kept:
        raise CounselError(
            f"no prompt fits into max_prompt {settings.max_prompt}; the shortest has "
            f"{min(length for _, length in found)} tokens: raise max_prompt"
        )
    chosen = drawn(kept, settings.rows, settings.seed)
    return chosen, {"train": len(chosen), "train_too_long": len(found) - len(kept)}


def _asked(rows: Any, tokens: Tokens, settings: GrpoSettings) -> Iterator[tuple[Column, int]]:
    for row in rows:
        request = request_of(row.turns, row.language, chain=settings.chain)
        yield {"prompt": tokens.plain(request), **_known(row)}, len(tokens.prompt(request))


def _known(row: CounselRow) -> Column:
    """Return what the terms are told of a row."""
    return {
        "id": row.id,
        "language": row.language,
        "turns": [{"role": turn.role, "text": turn.text} for turn in row.turns],
        "sought": sorted(sought(row.chain.intent, row.language)) if row.chain else [],
    }


class _Exam:
    """Every term, and how many replies have the right form, on held-out questions answered greedily."""

    def __init__(
        self, base: Base, terms: Sequence[GuardedTerm], rows: Sequence[CounselRow], settings: GrpoSettings
    ) -> None:
        self._base, self._terms, self._settings = base, terms, settings
        firsts = {row.group: row for row in reversed(rows)}
        self._asked = drawn(list(firsts.values()), settings.prompts, settings.seed)
        self._tokens = Tokens(base.processing, base.weights.config)

    def measure(self, stop: threading.Event) -> dict[str, Any]:
        """Return the replies and what each term says of them; nothing where several processes train."""
        if processes() > 1 or not self._asked:
            return {"written": [], "values": {}}
        chain, settings = self._settings.chain, self._settings
        requests = [request_of(row.turns, row.language, chain=chain) for row in self._asked]
        written = replies(self._base, requests, settings.max_reply, stop)
        samples = [self._sample(row, text) for row, text in zip(self._asked, written, strict=True)]
        values = {term.__name__: term.values(samples) for term in self._terms}
        faultless = [float(not check(text, chain=chain)) for text in written]
        return {"written": written, "values": {"format_valid": faultless, **values}}

    def rows(self, before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the figures with their intervals."""
        groups = [row.group for row in self._asked]
        if not after["values"]:
            return []
        settings = self._settings
        return before_and_after(
            before["values"], after["values"], groups, seed=settings.seed, resamples=settings.resamples
        )

    def examples(self, after: dict[str, Any], most: int = 3) -> list[dict[str, str]]:
        """Return some replies after training, to be read."""
        pairs = zip(self._asked, after["written"], strict=False)
        return [{"id": row.id, "reply": reply} for row, reply in pairs][:most]

    def _sample(self, row: CounselRow, text: str) -> Sample:
        known = frozenset(_known(row)["sought"])
        return Sample(row.id, row.turns, row.language, known, text, len(self._tokens.words(text)))


def _trainer(
    model: Any,
    base: Base,
    columns: list[Column],
    terms: list[GuardedTerm],
    settings: GrpoSettings,
    folder: RunFolder,
) -> Any:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    arguments = GRPOConfig(
        **common(settings, folder.work),
        num_generations=settings.group,
        max_completion_length=settings.max_reply,
        temperature=settings.temperature,
        beta=settings.kl,
        reward_weights=list(_weights(settings).values()),
        # Terms of different scale count by their weight, not by how much they happen to vary.
        multi_objective_aggregation="normalize_then_sum",
        use_vllm=settings.vllm != "off",
        vllm_mode="colocate" if settings.vllm == "off" else settings.vllm,
        vllm_server_base_url=settings.vllm_url,
    )
    return GRPOTrainer(
        model=model,
        reward_funcs=list(terms),
        args=arguments,
        train_dataset=Dataset.from_list(columns),
        processing_class=base.processing.tokenizer,
    )
