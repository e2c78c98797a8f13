"""What a judge said, in both orders, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from affectlab.bench.judging.subject import Pair, Rated

Winner = Literal["a", "b", "tie"]
Place = Literal["1", "2", "tie"]
Status = Literal["answered", "unparsed", "failed"]

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge said in one order.

    Parameters
    ----------
    status
        "answered", "unparsed" (the words name no verdict, or several) or "failed".
    verdict
        A place ("1", "2", "tie"), or a number "1" to "5"; None without an answer.
    probabilities
        Of each possible verdict, where the judge gives likelihoods; empty elsewhere.
    reason
        The judge's reason, as it gave it; empty where none was asked for.
    problem
        Why there is no answer.
    """

    status: Status
    verdict: str | None = None
    probabilities: Mapping[str, float] | None = None
    reason: str = ""
    problem: str = ""

    @property
    def p_first(self) -> float:
        """Probability of the first place given that there is no tie; by the verdict without likelihoods."""
        if self.probabilities:
            first, second = self.probabilities["1"], self.probabilities["2"]
            return first / (first + second) if first + second else 0.5
        return {"1": 1.0, "2": 0.0}.get(self.verdict or "", 0.5) if self.answered else float("nan")

    @property
    def rating(self) -> float:
        """Expected number by the likelihoods, else the number said; NaN without an answer."""
        if self.probabilities:
            return sum(int(number) * share for number, share in self.probabilities.items())
        return float(self.verdict) if self.verdict else float("nan")

    @property
    def answered(self) -> bool:
        return self.status == "answered"


@dataclass(frozen=True, slots=True)
class PairJudgement:
    """A verdict on two answers.

    Parameters
    ----------
    pair
        What was judged.
    forward, backward
        What was said with answer a in the first place, and with b in the first place.
    """

    pair: Pair
    forward: Said
    backward: Said

    @property
    def status(self) -> Status:
        """The worse of the two orders."""
        return _worse(self.forward, self.backward)

    @property
    def named(self) -> tuple[Winner | None, Winner | None]:
        """Whom each order names, whatever the place."""
        first: dict[str | None, Winner] = {"1": "a", "2": "b", "tie": "tie"}
        second: dict[str | None, Winner] = {"1": "b", "2": "a", "tie": "tie"}
        return first.get(self.forward.verdict), second.get(self.backward.verdict)

    @property
    def consistent(self) -> bool:
        """Whether both orders name the same answer, or both a tie."""
        forward, backward = self.named
        return forward is not None and forward == backward

    @property
    def winner(self) -> Winner | None:
        """The answer that both orders name, else a tie; None where an order failed."""
        if self.status == "failed":
            return None
        forward, _ = self.named
        return forward if self.consistent and forward is not None else "tie"

    @property
    def points(self) -> float:
        """1 where a wins, 0 where b wins, 0.5 at a tie, NaN where an order failed."""
        return {"a": 1.0, "b": 0.0, "tie": 0.5}.get(self.winner or "", float("nan"))

    @property
    def p_first(self) -> float:
        """Mean probability of the first place over the two orders; 0.5 is no position bias."""
        return (self.forward.p_first + self.backward.p_first) / 2

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as a line of ``judgements.jsonl``."""
        pair = self.pair
        return {
            "id": pair.id,
            "item": pair.item,
            "source": pair.source,
            "criterion": pair.criterion.name,
            "a": pair.a.candidate,
            "b": pair.b.candidate,
            "status": self.status,
            "winner": self.winner,
            "consistent": self.consistent,
            "p_first": _number(self.p_first),
            "length": {"a": len(pair.a.text), "b": len(pair.b.text)},
            "orders": {"a first": _said(self.forward), "b first": _said(self.backward)},
        }


@dataclass(frozen=True, slots=True)
class RatingJudgement:
    """A rating of one answer.

    Parameters
    ----------
    rated
        What was judged.
    ascending, descending
        What was said with the scale described from 1 to 5, and from 5 to 1.
    """

    rated: Rated
    ascending: Said
    descending: Said

    @property
    def status(self) -> Status:
        """The worse of the two orders."""
        return _worse(self.ascending, self.descending)

    @property
    def score(self) -> float:
        """Mean of the two orders in [1, 5]; NaN unless both were answered."""
        return (self.ascending.rating + self.descending.rating) / 2

    @property
    def gap(self) -> float:
        """Rating with the ascending scale less that with the descending one."""
        return self.ascending.rating - self.descending.rating

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as a line of ``judgements.jsonl``."""
        rated = self.rated
        return {
            "id": rated.id,
            "source": rated.source,
            "criterion": rated.criterion.name,
            "candidate": rated.answer.candidate,
            "status": self.status,
            "score": _number(self.score),
            "gap": _number(self.gap),
            "length": len(rated.answer.text),
            "orders": {"ascending": _said(self.ascending), "descending": _said(self.descending)},
        }


def _worse(one: Said, other: Said) -> Status:
    found = {one.status, other.status}
    if "failed" in found:
        return "failed"
    return "unparsed" if "unparsed" in found else "answered"


def _said(said: Said) -> dict[str, Any]:
    return asdict(said)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
