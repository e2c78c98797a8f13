"""A model as a judge: everything asked in both orders, greedily, and kept as it comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from affectlab.bench.judging._orders import Asking, Orders, pair_asking, rating_asking
from affectlab.bench.judging.criteria import Criterion
from affectlab.bench.judging.judgement import PairJudgement, RatingJudgement, Said
from affectlab.bench.judging.subject import Pair, Rated
from affectlab.bench.lanes import Lanes, LocalLanes
from affectlab.bench.runner import Progress
from affectlab.bench.store import AnswerStore
from affectlab.errors import BenchError
from affectlab.models import Identity, Model

JudgeMode = Literal["auto", "score", "words"]

STORE = "judge.sqlite"


class Judge:
    """Judges pairs and rates answers.

    A judge that gives likelihoods writes its reason first and is then scored on the labels of the verdict;
    any other one writes reason and verdict, and what does not end in exactly one verdict is unparsed.

    Parameters
    ----------
    lanes
        Where the model is asked.
    store
        What it said before and says now; nothing is asked twice.
    mode
        "score" takes likelihoods of the labels, "words" reads answers, "auto" scores where the model has
        logits.
    reasons
        Whether a scored judge writes a reason first; without, it is asked half as often and keeps none.
    stop
        When set, judging ends early and whole: what has both orders is returned.
    progress
        Told (answered, of how many, failed) of each call.

    Raises
    ------
    BenchError
        If likelihoods are wanted of a model that gives none.
    """

    def __init__(
        self,
        lanes: Lanes,
        store: AnswerStore,
        *,
        mode: JudgeMode = "auto",
        reasons: bool = True,
        stop: threading.Event | None = None,
        progress: Progress = lambda *_: None,
    ) -> None:
        can = lanes.model.can
        if mode == "score" and not can.logits:
            raise BenchError(f"{lanes.model.identity.name} gives no likelihoods; let it judge in words")
        self._lanes, self._store = lanes, store
        self._scored = can.logits if mode == "auto" else mode == "score"
        self._reasons = reasons
        self._stop, self._progress = stop or threading.Event(), progress

    @property
    def identity(self) -> Identity:
        return self._lanes.model.identity

    @property
    def sees(self) -> bool:
        """Whether it takes images."""
        return self._lanes.model.can.image

    @property
    def mode(self) -> Literal["score", "words"]:
        return "score" if self._scored else "words"

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def takes(self, criterion: Criterion) -> bool:
        """Say whether it can be asked about `criterion`."""
        return self.sees or not criterion.needs_image

    def compare(self, pairs: Sequence[Pair]) -> list[PairJudgement]:
        """Judge each pair in both orders, in the order given.

        Raises
        ------
        BenchError
            If a criterion needs an image and the judge takes none.
        ModelError, DiskFull
            If the model or the disk gives out; what was said before is kept.
        """
        found = self._ask([pair_asking(pair, sees=self._check(pair)) for pair in pairs])
        return [
            PairJudgement(pair, *said) for pair, said in zip(pairs, found, strict=True) if said is not None
        ]

    def rate(self, rated: Sequence[Rated]) -> list[RatingJudgement]:
        """Rate each answer with the scale described in both orders; errors as of `compare`."""
        found = self._ask([rating_asking(one, sees=self._check(one)) for one in rated])
        return [
            RatingJudgement(one, *said) for one, said in zip(rated, found, strict=True) if said is not None
        ]

    def _check(self, asked: Pair | Rated) -> bool:
        if not self.takes(asked.criterion):
            raise BenchError(
                f"criterion {asked.criterion.name} needs a judge that sees the image, and "
                f"{self.identity.name} takes none; choose another judge or other criteria"
            )
        return self.sees

    def _ask(self, askings: Sequence[Asking]) -> list[tuple[Said, Said] | None]:
        orders = Orders(self.identity, scored=self._scored, reasons=self._reasons)
        return orders.ask(askings, self._lanes, self._store, stop=self._stop, progress=self._progress)


@contextmanager
def opened_judge(
    model: Model, folder: Path, *, mode: JudgeMode = "auto", reasons: bool = True
) -> Iterator[Judge]:
    """Open a judge around `model`, which stays open, with its answers kept in `folder`."""
    lanes = LocalLanes(model, owned=False)
    try:
        with AnswerStore(folder / STORE) as store:
            yield Judge(lanes, store, mode=mode, reasons=reasons)
    finally:
        lanes.close()
