"""A judge: both orders, blind, read strictly, resumed, and never shown what it cannot take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_judges import RuleJudge, always, answers, better, images

from affectlab.bench.judging import Answer, Criterion, Pair, PairJudgement, Rated, all_pairs
from affectlab.bench.judging.judge import opened_judge
from affectlab.bench.judging.wording import read_score, read_verdict
from affectlab.errors import BenchError
from affectlab.models import Failure, Generation, Media, Request, Sampling

WISE = Criterion("wise", {"en": "Which is wiser?", "zh": "哪个更有智慧？"})
SEEN = Criterion("seen", {"en": "Which fits the image?"}, needs_image=True)
IMAGE = Media("image", Path("one.png"), "ab12")


def pairs(texts: Sequence[tuple[str, str]], criterion: Criterion = WISE, language: str = "en") -> list[Pair]:
    context = ("Say something. ", IMAGE)
    return [
        Pair(f"p{place}", f"i{place}", f"s{place // 2}", criterion, context, *made, language)
        for place, (one, other) in enumerate(texts)
        for made in [(Answer("secret-alpha", one), Answer("secret-beta", other))]
    ]


def judged(model: RuleJudge, asked: list[Pair], folder: Path) -> list[PairJudgement]:
    with opened_judge(model, folder) as judge:
        return judge.compare(asked)


@pytest.mark.parametrize("logits", [True, False])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_verdict_is_the_one_that_both_orders_name(tmp_path: Path, logits: bool, language: str) -> None:
    asked = pairs([("good", "bad"), ("bad", "good good"), ("bad", "bad")], language=language)
    found = judged(RuleJudge(better("good"), logits=logits), asked, tmp_path)
    assert [one.winner for one in found] == ["a", "b", "tie"]
    assert all(one.consistent for one in found)
    assert all(one.forward.reason == "It is so." for one in found)
    assert found[0].p_first == pytest.approx(0.5)


@pytest.mark.parametrize(("logits", "p"), [(True, 0.9 / 0.95), (False, 1.0)])
def test_a_judge_of_places_gives_ties_and_shows_its_bias(tmp_path: Path, logits: bool, p: float) -> None:
    found = judged(RuleJudge(always("1"), logits=logits), pairs([("good", "bad")]), tmp_path)
    assert (found[0].winner, found[0].consistent) == ("tie", False)
    assert found[0].p_first == pytest.approx(p)


def test_the_judge_is_shown_the_image_and_no_names(tmp_path: Path) -> None:
    model = RuleJudge(better("good"))
    judged(model, pairs([("good", "bad")], SEEN), tmp_path)
    assert [images(request) for request in model.asked] == [["ab12"], ["ab12"]]
    assert sorted(answers(request) for request in model.asked) == [["bad", "good"], ["good", "bad"]]
    assert not any("secret" in request.text + request.system for request in model.asked)


def test_a_blind_judge_is_shown_words_alone_and_refuses_what_needs_the_image(tmp_path: Path) -> None:
    model = RuleJudge(better("good"), sees=False)
    judged(model, pairs([("good", "bad")]), tmp_path)
    assert not any(images(request) for request in model.asked)
    with pytest.raises(BenchError, match="seen needs a judge that sees the image"):
        judged(model, pairs([("good", "bad")], SEEN), tmp_path)


def test_what_was_judged_is_not_asked_again(tmp_path: Path) -> None:
    asked = pairs([("good", "bad"), ("worse", "better")])
    first, second = RuleJudge(better("good"), logits=True), RuleJudge(better("good"), logits=True)
    once = judged(first, asked, tmp_path)
    assert judged(second, asked, tmp_path) == once
    assert (len(first.asked), len(second.asked)) == (8, 0)


def test_words_without_one_verdict_are_unparsed_and_a_tie(tmp_path: Path) -> None:
    class Rambling(RuleJudge):
        def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
            return [Generation("VERDICT: 1\nor rather\nVERDICT: 2") for _ in requests]

    (found,) = judged(Rambling(always("1")), pairs([("good", "bad")]), tmp_path)
    assert (found.status, found.winner, found.consistent) == ("unparsed", "tie", False)
    assert "or rather" in found.forward.reason


def test_a_failed_order_leaves_no_verdict(tmp_path: Path) -> None:
    class Refusing(RuleJudge):
        def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
            return [Failure("endpoint", "the server refused") for _ in requests]

    (found,) = judged(Refusing(always("1")), pairs([("good", "bad")]), tmp_path)
    assert (found.status, found.winner) == ("failed", None)
    assert found.forward.problem == "the server refused"


@pytest.mark.parametrize("logits", [True, False])
def test_a_rating_is_asked_with_the_scale_in_both_orders(tmp_path: Path, logits: bool) -> None:
    model = RuleJudge(always("1"), logits=logits)
    rated = [Rated("r", "s", WISE, ("Say.",), Answer("x", "good good good"))]
    with opened_judge(model, tmp_path, reasons=False) as judge:
        (found,) = judge.rate(rated)
    asked = [request.text for request in model.asked]
    assert sum("1 = very poor, 2" in text for text in asked) == 1
    assert sum("5 = very good, 4" in text for text in asked) == 1
    assert found.score == pytest.approx(0.9 * 4 + 0.025 * 11 if logits else 4.0)
    assert found.gap == pytest.approx(0)


def test_three_candidates_make_three_pairs() -> None:
    made = list(all_pairs("i", "s", WISE, (), [Answer(name, name) for name in "xyz"]))
    assert [(one.a.candidate, one.b.candidate) for one in made] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert len({one.id for one in made}) == 3


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Because.\nVERDICT: 2", "2"),
        ("**Verdict: Tie.**", "tie"),
        ("VERDICT：1", "1"),
        ("verdict: 平局", "tie"),
        ("<think>VERDICT: 1</think>\nVERDICT: 2", "2"),
        ("VERDICT: 1\nVERDICT: 1", "1"),
        ("VERDICT: 1 or 2", None),
        ("VERDICT: not 1", None),
        ("1", None),
        ("The verdict: 1 is better", None),
        ("", None),
    ],
)
def test_verdicts_are_read_strictly(text: str, verdict: str | None) -> None:
    assert read_verdict(text) == verdict


@given(st.text(alphabet="VERDICTSCO: 12345tie/\n.", max_size=60))
def test_whatever_is_read_is_one_of_the_verdicts(text: str) -> None:
    assert read_verdict(text) in {None, "1", "2", "tie"}
    assert read_score(text) in {None, "1", "2", "3", "4", "5"}


@pytest.mark.parametrize(
    ("text", "score"), [("SCORE: 4", "4"), ("Score: 4/5.", "4"), ("SCORE: 6", None), ("SCORE: 4.5", None)]
)
def test_scores_are_read_strictly(text: str, score: str | None) -> None:
    assert read_score(text) == score
