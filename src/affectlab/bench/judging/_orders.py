"""Asking a judge in both orders: first the reason, then the verdict, or both at once in words."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from affectlab.bench.exam.asking import Asked, ask_exam
from affectlab.bench.exam.item import Item, Reading
from affectlab.bench.judging.judgement import Said
from affectlab.bench.judging.subject import Pair, Rated
from affectlab.bench.judging.wording import (
    NUMBERS,
    PLACES,
    VERSION,
    Form,
    pair_request,
    rating_request,
    read_score,
    read_verdict,
    reason_in,
)
from affectlab.bench.lanes import Lanes
from affectlab.bench.question import Mode, Terms
from affectlab.bench.results import log_softmax
from affectlab.bench.runner import Progress
from affectlab.bench.sample import Sample
from affectlab.bench.store import AnswerStore
from affectlab.models import Failure, Generation, Identity, Media, Part, Request, Sampling, Scores

LONGEST_REASON = 160
LONGEST_WORDS = 400
"""Tokens; an answer cut before its verdict is unparsed."""

Form2Request = Callable[[bool, Form, str], Request]


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked twice.

    Parameters
    ----------
    source
        What statistics cluster by.
    request
        From (second order, form, reason) to the request.
    labels
        The verdicts there are.
    read
        From words to a verdict.
    """

    source: str
    request: Form2Request
    labels: tuple[str, ...]
    read: Callable[[str], str | None]


def pair_asking(pair: Pair, *, sees: bool) -> Asking:
    """Ask about a pair; a judge that does not see is shown no media."""
    shown = replace(pair, context=_shown(pair.context, sees=sees))

    def request(swapped: bool, form: Form, reason: str) -> Request:
        return pair_request(shown, swapped=swapped, form=form, reason=reason)

    return Asking(pair.source, request, PLACES, read_verdict)


def rating_asking(rated: Rated, *, sees: bool) -> Asking:
    """Ask for a rating; a judge that does not see is shown no media."""
    shown = replace(rated, context=_shown(rated.context, sees=sees))

    def request(descending: bool, form: Form, reason: str) -> Request:
        return rating_request(shown, descending=descending, form=form, reason=reason)

    return Asking(rated.source, request, NUMBERS, read_score)


class Orders:
    """An exam whose questions are those of a judge, each in two orders.

    Parameters
    ----------
    identity
        The judge.
    scored
        Take likelihoods of the verdicts.
    reasons
        Let a scored judge write a reason first.
    """

    name, version = "judging", VERSION

    def __init__(self, identity: Identity, *, scored: bool, reasons: bool) -> None:
        self._identity, self._scored, self._reasons = identity, scored, reasons
        self._askings: Sequence[Asking] = ()

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"scored": self._scored, "reasons": self._reasons}

    def items(self, samples: Sequence[Sample], *, scoring: bool) -> Iterable[Item]:
        """Ask the first question about every subject, in both orders."""
        form: Form = "words" if not scoring else ("reason" if self._reasons else "label")
        for place, sample in enumerate(samples):
            for order in (0, 1):
                yield self._item(sample, place, order, form)

    def read(self, item: Item, text: str) -> Reading:
        """Read a verdict in words."""
        label = self._askings[item.details["place"]].read(text)
        return Reading(label is not None, label)

    def follow_up(self, item: Item, answer: Generation | Scores) -> Item | None:
        """After a reason comes the verdict."""
        if item.arm != "reason" or not isinstance(answer, Generation):
            return None
        place, order = item.details["place"], item.details["order"]
        return self._item(item.sample, place, order, "label", reason_in(answer.text))

    def ask(
        self,
        askings: Sequence[Asking],
        lanes: Lanes,
        store: AnswerStore,
        *,
        stop: threading.Event,
        progress: Progress,
    ) -> list[tuple[Said, Said] | None]:
        """Return what was said of each in both orders, None where judging stopped before."""
        self._askings = askings
        samples = [_stand_in(place, asking) for place, asking in enumerate(askings)]
        items = list(self.items(samples, scoring=self._scored))
        asked = ask_exam(self, items, self._terms, lanes, store, stop=stop, progress=progress)
        said: dict[tuple[int, int], Said] = {}
        reasons: dict[tuple[int, int], str] = {}
        for item, answer in _answers(asked, store):
            where = item.details["place"], item.details["order"]
            if item.arm == "reason" and isinstance(answer, Generation):
                reasons[where] = reason_in(answer.text)
            else:
                said[where] = self._said(item, answer, reasons.get(where, ""))
        return [
            (said[place, 0], said[place, 1]) if {(place, 0), (place, 1)} <= said.keys() else None
            for place in range(len(askings))
        ]

    def _item(self, sample: Sample, place: int, order: int, form: Form, reason: str = "") -> Item:
        asking = self._askings[place]
        scored = form == "label"
        return Item(
            f"{place}__{order}__{form}",
            sample,
            "judge",
            form,
            asking.request(bool(order), form, reason),
            {label: label for label in asking.labels} if scored else {},
            scored=scored,
            max_tokens=LONGEST_REASON if form == "reason" else LONGEST_WORDS,
            details={"place": place, "order": order},
        )

    def _terms(self, item: Item) -> Terms:
        labels = tuple(item.labels)
        sampling = Sampling(item.max_tokens, temperature=0.0)
        mode: Mode = "score" if item.scored else "generate"
        return Terms(mode, labels, sampling, self._identity, (self.name, self.version))

    def _said(self, item: Item, answer: Generation | Scores | Failure, reason: str) -> Said:
        if isinstance(answer, Failure):
            return Said("failed", reason=reason, problem=answer.message)
        if isinstance(answer, Scores):
            shares = np.exp(log_softmax(answer.log_likelihoods))
            likely = dict(zip(item.labels, (shares / shares.sum()).tolist(), strict=True))
            return Said("answered", max(likely, key=likely.__getitem__), likely, reason)
        verdict = self.read(item, answer.text).label
        if verdict is None:
            cut = "the answer was cut" if not answer.complete else "no line with one verdict"
            return Said("unparsed", reason=answer.text, problem=cut)
        return Said("answered", verdict, reason=reason_in(answer.text))


def _answers(asked: Asked, store: AnswerStore) -> Iterator[tuple[Item, Generation | Scores | Failure]]:
    for item, question in asked.pairs:
        kept = asked.kept(question, store)
        if kept is not None:
            yield item, kept.answer


def _stand_in(place: int, asking: Asking) -> Sample:
    return Sample(str(place), "judging", "test", {"source": asking.source}, {})


def _shown(context: Sequence[Part], *, sees: bool) -> tuple[Part, ...]:
    return tuple(part for part in context if sees or not isinstance(part, Media))
