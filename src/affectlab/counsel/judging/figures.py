"""What the answers of arms come to, as rows with intervals clustered by question."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.empathy.rows import Value, mean_row
from affectlab.bench.metrics import Row
from affectlab.bench.runner import Progress
from affectlab.counsel.judging.epitome import Graded
from affectlab.counsel.judging.given import Given
from affectlab.counsel.judging.overlap import rouge_l, tokens
from affectlab.counsel.judging.rewarding import Scorer
from affectlab.counsel.rows import CounselRow

Embedded = Callable[[Sequence[str]], NDArray[np.float32]]

METRICS: Mapping[str, str] = {
    "format_valid": "share of replies laid out exactly as asked",
    "answered": "share of conversations that have an answer at all",
    "length": "words of the answer (Chinese: characters), reasoning left out",
    "rouge_l": "ROUGE-L F1 against the closest human answer: shared words, not quality",
    "likeness": "cosine of text embeddings with the closest human answer: shared meaning, not quality",
    "emotional_reactions": "EPITOME, 0 to 2, by the judge",
    "interpretations": "EPITOME, 0 to 2, by the judge",
    "explorations": "EPITOME, 0 to 2, by the judge",
    "win_rate": "points against another arm, a tie half; both orders must agree, else a tie",
    "length_controlled_win_rate": "the same where both answers are equally long",
    "win_at_1": "share of conversations in which the arm is ranked first, shared among equals",
    "mean_rank": "mean rank, 1 is best",
    "strength": "Bradley-Terry log-strength, mean 0 over arms",
}


def answer_rows(
    given: Sequence[Given],
    references: Mapping[str, Sequence[str]],
    embed: Embedded | None,
    *,
    resamples: int,
    seed: int,
) -> list[Row]:
    """Return layout, length and overlap of every arm, over all conversations and by language."""
    likeness = _likeness(given, references, embed) if embed else {}
    rows: list[Row] = []
    for arm, subset, found in _parts(given):
        there = [one for one in found if one.status == "answered"]
        laid_out = [one for one in there if one.asked]
        values: dict[str, list[Value]] = {
            "answered": [(one.group, float(one.status == "answered")) for one in found],
            "format_valid": [(one.group, float(not one.faults)) for one in laid_out],
            "length": [(one.group, float(len(tokens(one.answer, one.language)))) for one in there],
            "rouge_l": [
                (one.group, rouge_l(one.answer, references[one.id], one.language))
                for one in there
                if one.arm != "reference"
            ],
            "likeness": [(one.group, likeness[arm, one.id]) for one in there if (arm, one.id) in likeness],
        }
        rows += _rows(arm, subset, values, resamples, seed)
        rows += _fault_rows(arm, subset, laid_out)
    return rows


def grade_rows(graded: Sequence[Graded], *, resamples: int, seed: int) -> list[Row]:
    """Return the mean grade of every arm for every mechanism."""
    found: dict[tuple[str, str], list[Value]] = {}
    for one in graded:
        found.setdefault((one.given.arm, one.mechanism), []).append((one.given.group, one.grade))
    return [
        row
        for (arm, mechanism), values in found.items()
        for row in _rows(arm, "all", {mechanism: values}, resamples, seed)
    ]


def reward_rows(
    given: Sequence[Given],
    rows: Mapping[str, CounselRow],
    scorers: Mapping[str, Scorer],
    *,
    resamples: int,
    seed: int,
    stop: threading.Event,
    progress: Progress,
) -> list[Row]:
    """Return the mean score of each arm by each reward model; once stopped, of what was scored by then."""
    found: dict[tuple[str, str], list[Value]] = {}
    there = [one for one in given if one.status == "answered"]
    asked = [(name, one) for name in scorers for one in there]
    for number, (name, one) in enumerate(asked, 1):
        if stop.is_set():
            break
        (score,) = scorers[name](rows[one.id].turns, [one.answer])
        found.setdefault((one.arm, name), []).append((one.group, float(score)))
        progress(number, len(asked), 0)
    return [
        {**row, "target": name}
        for (arm, name), values in found.items()
        for row in _rows(arm, "all", {"reward": values}, resamples, seed)
    ]


def _parts(given: Sequence[Given]) -> Iterable[tuple[str, str, list[Given]]]:
    arms = list(dict.fromkeys(one.arm for one in given))
    languages = list(dict.fromkeys(one.language for one in given))
    for arm in arms:
        own = [one for one in given if one.arm == arm]
        yield arm, "all", own
        for language in languages if len(languages) > 1 else ():
            yield arm, language, [one for one in own if one.language == language]


def _rows(
    arm: str, subset: str, values: Mapping[str, Sequence[Value]], resamples: int, seed: int
) -> list[Row]:
    return [
        {"arm": arm, "subset": subset, **mean_row(metric, found, resamples=resamples, seed=seed)}
        for metric, found in values.items()
        if found
    ]


def _fault_rows(arm: str, subset: str, laid_out: Sequence[Given]) -> list[Row]:
    counted = Counter(code for one in laid_out for code in one.faults)
    about = {"arm": arm, "subset": subset, "metric": "fault"}
    return [
        {**about, "condition": code, "value": number, "low": None, "high": None, "n": len(laid_out)}
        for code, number in counted.most_common()
    ]


def _likeness(
    given: Sequence[Given], references: Mapping[str, Sequence[str]], embed: Embedded
) -> dict[tuple[str, str], float]:
    texts = list(
        dict.fromkeys(
            text
            for one in given
            if one.status == "answered" and one.arm != "reference"
            for text in (one.answer, *references[one.id])
        )
    )
    vectors = dict(zip(texts, embed(texts), strict=True)) if texts else {}
    return {
        (one.arm, one.id): float(max(vectors[one.answer] @ vectors[text] for text in references[one.id]))
        for one in given
        if one.status == "answered" and one.arm != "reference"
    }
