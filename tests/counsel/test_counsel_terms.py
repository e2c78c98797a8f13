"""The terms of the reward: known values, bounds, and what happens when one goes wrong."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from affectlab.counsel.train.guarding import GuardedTerm
from affectlab.counsel.train.matching import contrast
from affectlab.counsel.train.structure import answer_of, structure
from affectlab.counsel.train.terms import (
    Sample,
    answer_term,
    form_term,
    intent_term,
    length_term,
    repeated,
    repetition_term,
    safety_term,
    sought,
)
from affectlab.errors import CounselError
from affectlab.models import Turn
from affectlab.prompting.empathy import Chain, Reply, check

WHOLE = Reply("It hurts.", Chain("sad", "loss", "to be heard", "listen")).text()
words = st.text(
    st.characters(blacklist_characters="<>", blacklist_categories=("Cs", "Cc")), min_size=1
).filter(lambda text: any(letter.isalnum() for letter in text))


def sample(text: str = WHOLE, **changes) -> Sample:
    settled = {
        "id": "s1",
        "turns": (Turn("user", "?"),),
        "language": "en",
        "sought": frozenset(),
        "text": text,
        "tokens": 9,
    }
    return Sample(**(settled | changes))


@given(st.tuples(words, words, words, words), words)
def test_structure_is_whole_exactly_where_the_strict_reading_finds_no_fault(layers, answer):
    text = Reply(answer, Chain(*layers)).text()
    assert check(text, chain=True) == ()
    assert structure(text, chain=True) == 1
    assert answer_of(text) == answer.strip()


@given(words, st.integers(min_value=0, max_value=200))
def test_a_reply_that_is_cut_off_has_less_of_its_structure(answer, place):
    text = Reply(answer, Chain("a", "b", "c", "d")).text()
    cut = text[: min(place, len(text) - 1)]
    assert 0 <= structure(cut, chain=True) < 1


@given(st.text())
def test_any_text_has_a_share_between_0_and_1(text):
    assert 0 <= structure(text, chain=True) <= 1
    assert 0 <= structure(text, chain=False) <= 1


def test_structure_grows_with_every_tag_that_is_right():
    parts = ["hello", "<empathy_think>", "<empathy_think><L1>a</L1>", WHOLE.partition("<answer>")[0], WHOLE]
    shares = [structure(part, chain=True) for part in parts]
    assert shares == sorted(shares)
    assert len(set(shares)) == len(shares)


@pytest.mark.parametrize(
    "spoilt",
    [
        WHOLE + " so",
        WHOLE + WHOLE,
        WHOLE.replace("<L2>", "<L3>"),
        WHOLE.replace("sad", " "),
        WHOLE.replace("</L4>", ""),
        WHOLE.replace("sad", "…"),
    ],
    ids=["words outside", "twice", "wrong tag", "empty layer", "unclosed", "dots"],
)
def test_a_fault_costs_something(spoilt):
    assert structure(spoilt, chain=True) < 1
    assert form_term(chain=True, strict=True)([sample(spoilt), sample()]) == [0.0, 1.0]


class Fixed:
    """Scores answers by a table."""

    def __init__(self, **scores: float) -> None:
        self._scores = scores

    def __call__(self, turns, answers):
        return self.paired([turns] * len(answers), answers)

    def paired(self, conversations, answers):
        return [self._scores[answer] for answer in answers]


def replied(answer: str) -> Sample:
    return sample(Reply(answer).text())


def test_only_the_answer_is_scored_and_no_answer_is_worst():
    term = answer_term(Fixed(good=0.8, bad=-1.0), bounded=True, threshold=None)
    assert term([replied("good"), sample("good"), replied("bad")]) == pytest.approx([0.9, 0.0, 0.0])
    assert answer_term(Fixed(good=0.8, bad=0.1), bounded=True, threshold=0.5)(
        [replied("good"), replied("bad"), sample("")]
    ) == [1.0, 0.0, 0.0]


def test_log_odds_become_shares_in_order():
    term = answer_term(Fixed(a=-1000.0, b=-1.0, c=0.0, d=1.0, e=1000.0), bounded=False, threshold=None)
    assert term([replied(one) for one in "abcde"]) == pytest.approx([0, 0.26894, 0.5, 0.73106, 1], abs=1e-5)


def test_length_falls_between_the_two_limits():
    term = length_term(10, 20)
    assert term([sample(tokens=count) for count in (0, 10, 15, 20, 99)]) == [0, 0, -0.5, -1, -1]


def test_repetition_counts_runs_of_four():
    assert repeated("a b c d", "en") == 0
    assert repeated("a b c d a b c d", "en") == pytest.approx(1 / 5)
    assert repeated("哈哈哈哈哈哈", "zh") == pytest.approx(2 / 3)
    assert repeated("", "en") == 0
    assert repetition_term([replied("so sad so sad so sad")]) == [pytest.approx(-1 / 3)]


def test_intent_is_the_overlap_with_what_was_annotated():
    assert sought("She wants to be heard, and advice.", "en") == {"validation", "advice"}
    assert sought("希望被倾听, 也想弄明白", "zh") == {"validation", "understanding"}
    half = sample(sought=frozenset({"validation", "advice"}))
    assert intent_term([half, sample()]) == [0.5, None]
    assert intent_term([sample("nothing", sought=frozenset({"advice"}))]) == [0.0]


def test_safety_is_a_penalty_only():
    term = safety_term(lambda one: ("dosing",) if "mg" in one.text else ())
    assert term([replied("take 50 mg"), replied("breathe")]) == [-1.0, 0.0]


def test_answers_to_the_same_question_are_no_negatives_of_each_other():
    questions = torch.eye(3)[[0, 0, 1]]
    answers = torch.eye(3)[[0, 0, 1]]
    loss, right = contrast(questions, answers, torch.tensor([0, 0, 1]), 0.05)
    assert right == 1
    assert float(loss) == pytest.approx(0, abs=1e-6)
    torn, _ = contrast(questions, answers, torch.tensor([0, 1, 2]), 0.05)
    assert float(torn) == pytest.approx(2 / 3 * math.log(2), abs=1e-4)


def guarded(term, policy, lines=None) -> GuardedTerm:
    return GuardedTerm("answer", term, policy, (lines if lines is not None else []).append)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_stops_and_names_term_and_sample(value):
    with pytest.raises(CounselError, match=rf"'answer' is {value} for sample 's2'"):
        guarded(lambda samples: [0.0, value], "stop").values([sample(), sample(id="s2")])


def test_a_term_that_raises_is_asked_again_for_each_sample_alone():
    def fails(samples):
        return [1 / (one.tokens - 9) for one in samples]

    lines: list[str] = []
    term = guarded(fails, "skip", lines)
    assert term.values([sample(tokens=10), sample(id="s2"), sample(tokens=11)]) == [1.0, None, 0.5]
    assert lines == [
        "reward term 'answer' failed (ZeroDivisionError: division by zero) for sample 's2'; left out"
    ]
    assert dict(term.bad) == {"s2": 1}
    with pytest.raises(CounselError, match="for sample 's2'"):
        guarded(fails, "stop").values([sample(tokens=10), sample(id="s2")])


def test_none_is_no_fault():
    assert guarded(lambda samples: [None], "stop").values([sample()]) == [None]
