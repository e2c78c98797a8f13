"""Questions that take time to make: made as they are needed, and never after a run was told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from toy_bench import ToyModel, toy_samples

from affectlab.bench.exam.asking import Asked, ask_exam
from affectlab.bench.exam.item import Item
from affectlab.bench.lanes import LocalLanes
from affectlab.bench.question import Terms
from affectlab.bench.store import AnswerStore
from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.models import Request, Sampling


class Maker:
    """Items whose questions are made on demand; those of `gone` cannot be."""

    def __init__(self, n: int, gone: Sequence[int] = (), told: Callable[[], None] = lambda: None) -> None:
        self.made: list[int] = []
        self._gone, self._told = gone, told
        self.items = [
            Item(f"i{place}", sample, "label", "a", Request((f"{place}",)), later=self._later(place))
            for place, sample in enumerate(toy_samples(n))
        ]

    def _later(self, place: int) -> Callable[[], tuple[Request, Mapping[str, Any]]]:
        def make() -> tuple[Request, Mapping[str, Any]]:
            self.made.append(place)
            self._told()
            if place in self._gone:
                raise UnreadableFile(f"picture {place} is gone")
            return Request((f"question {place}",)), {"marked": place}

        return make

    def follow_up(self, item: Item, answer: object) -> None:
        return None


def ask(
    maker: Maker, folder: Path, model: ToyModel, stop: threading.Event, progress=lambda *_: None
) -> Asked:
    def terms(item: Item) -> Terms:
        return Terms("generate", (), Sampling(), model.identity, ("toy", "1"))

    with AnswerStore(folder / "answers.sqlite") as store:
        return ask_exam(
            maker, maker.items, terms, LocalLanes(model, owned=False), store, stop=stop, progress=progress
        )


def test_the_first_answers_do_not_wait_for_the_last_questions(tmp_path: Path) -> None:
    maker = Maker(100)
    before: list[int] = []
    model = ToyModel(logits=False, batch_size=2, before=lambda _: before.append(len(maker.made)))
    totals = set()
    asked = ask(maker, tmp_path, model, threading.Event(), lambda *counts: totals.add(counts[1]))
    assert before[0] < 20
    assert sorted(maker.made) == list(range(100))
    assert [item.details["marked"] for item, _ in asked.pairs] == list(range(100))
    assert totals == {100}
    assert (asked.total, asked.answered, asked.cancelled) == (100, 100, False)


def test_a_stop_ends_the_making_too(tmp_path: Path) -> None:
    stop = threading.Event()
    maker = Maker(100, told=stop.set)
    asked = ask(maker, tmp_path, ToyModel(logits=False, batch_size=2), stop)
    assert len(maker.made) < 20
    assert asked.cancelled
    whole = ask(Maker(100), tmp_path, ToyModel(logits=False, batch_size=2), threading.Event())
    assert (whole.answered, whole.cancelled) == (100, False)


def test_a_picture_that_is_gone_costs_its_own_question_only(tmp_path: Path) -> None:
    model = ToyModel(logits=False)
    asked = ask(Maker(9, gone=(2, 5)), tmp_path, model, threading.Event())
    assert (asked.total, asked.answered, asked.failed, len(model.asked)) == (9, 9, 2, 7)
    assert {kept.answer.message for kept in asked.passing.values()} <= {
        f"picture {n} is gone" for n in (2, 5)
    }
    assert len(asked.pairs) == 9
    mended = ask(Maker(9), tmp_path, model, threading.Event())
    assert (mended.failed, mended.asked) == (0, 2)


def test_any_other_error_of_making_ends_the_run(tmp_path: Path) -> None:
    def refuse() -> None:
        raise InvalidConfig("no such arm")

    with pytest.raises(InvalidConfig):
        ask(Maker(3, told=refuse), tmp_path, ToyModel(logits=False), threading.Event())
