from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.batches import plan_batches
from affectlab.bench.question import Question
from affectlab.models import Media, Request

CLIP = Media("video", Path("clip.mp4"), "00")
request_text = st.text("ab ", max_size=12)


def question(text: str, *, video: bool = False) -> Question:
    return Question(f"{text}|{video}", Request((text, CLIP) if video else (text,)))


asked = st.lists(st.builds(question, request_text, video=st.booleans()), max_size=30)


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
