from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.batches import plan_batches
from affectlab.bench.question import Question
from affectlab.models import Media, Quote, Request

CLIP = Media("video", Path("clip.mp4"), "00")
request_text = st.text("ab ", max_size=12)


def question(text: str, *, video: bool = False) -> Question:
    return Question(f"{text}|{video}", Request((text, CLIP) if video else (text,)))


def about(event: str, after: str, system: str = "") -> Question:
    return Question(f"{event}|{after}|{system}", Request(("Event: ", Quote(event), after), system))


asked = st.lists(
    st.builds(question, request_text, video=st.booleans())
    | st.builds(about, st.sampled_from(["x", "yy"]), request_text, st.sampled_from(["", "Be brief."])),
    max_size=30,
)


@given(asked, st.integers(1, 7))
def test_every_question_is_asked_exactly_once(questions, size):
    planned = [one.key for batch in plan_batches(questions, size, set()) for one in batch]
    assert sorted(planned) == sorted({one.key for one in questions})


@given(asked, st.integers(1, 7))
def test_batches_are_small_enough_and_of_one_kind(questions, size):
    for batch in plan_batches(questions, size, set()):
        assert 1 <= len(batch) <= size
        assert len({one.request.kinds for one in batch}) == 1


@given(asked, st.integers(1, 7), st.data())
def test_what_is_answered_leaves_the_other_batches_as_they_were(questions, size, data):
    whole = plan_batches(questions, size, set())
    done = data.draw(st.sets(st.sampled_from(range(len(whole))))) if whole else set()
    answered = {one.key for index in done for one in whole[index]}
    left = plan_batches(questions, size, answered)
    assert left == [batch for index, batch in enumerate(whole) if index not in done]


@given(asked, st.integers(1, 7), st.randoms())
def test_the_plan_does_not_depend_on_the_order_of_asking(questions, size, random):
    shuffled = random.sample(questions, len(questions))
    assert plan_batches(shuffled, size, set()) == plan_batches(questions, size, set())


def test_like_lengths_come_together_the_longest_first():
    questions = [question("a" * length) for length in (3, 9, 1, 8)]
    lengths = [[len(one.request.text) for one in batch] for batch in plan_batches(questions, 2, set())]
    assert lengths == [[9, 8], [3, 1]]


def test_questions_about_the_same_words_come_together_at_the_place_of_the_longest():
    questions = [
        about("short", "a" * 9),
        about("short", "a" * 2),
        about("a longer one", "a" * 3),
        about("a longer one", "a"),
        question("a" * 18),
    ]
    (batch,) = plan_batches(questions, 9, set())
    assert [one.key for one in batch] == [questions[place].key for place in (2, 3, 0, 1, 4)]


@given(asked, st.integers(1, 7))
def test_words_that_were_left_are_not_come_back_to(questions, size):
    planned = [
        one for batch in plan_batches(questions, size, set()) for one in batch if len(one.request.parts) > 2
    ]
    beginnings = [(one.request.system, one.request.parts[1]) for one in planned]
    changes = sum(one != other for one, other in pairwise(beginnings))
    assert changes == max(0, len(set(beginnings)) - 1)
