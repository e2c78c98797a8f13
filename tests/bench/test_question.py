from dataclasses import replace
from pathlib import Path

import pytest
from toy_bench import INFO, toy_samples

from affectlab.bench.question import Terms, asking, only, questions
from affectlab.models import Identity, Media, Request, Sampling, Turn

TERMS = Terms("score", ("yes", "no"), Sampling(), Identity("toy:hash", "1", {"dtype": "float32"}), ("t", "1"))
VOICE = Media("audio", Path("/data/voice.wav"), "aa")
FACE = Media("video", Path("/data/face.mp4"), "bb")
SAMPLE = replace(toy_samples(1)[0], media=(VOICE, FACE))


def key(terms=TERMS, sample=SAMPLE):
    from affectlab.bench.emomm.task import EmoMMTask

    return questions(EmoMMTask(INFO), [sample], terms)[0].key


@pytest.mark.parametrize(
    "change",
    [
        {"mode": "generate"},
        {"labels": ("no", "yes")},
        {"identity": Identity("toy:other", "1", {"dtype": "float32"})},
        {"identity": Identity("toy:hash", "2", {"dtype": "float32"})},
        {"identity": Identity("toy:hash", "1", {"dtype": "float16"})},
        {"task": ("t", "2")},
    ],
)
def test_whatever_may_change_an_answer_changes_its_key(change):
    assert key(replace(TERMS, **change)) != key()


def test_sampling_matters_to_words_and_not_to_scores():
    hot = Sampling(temperature=1.0)
    assert key(replace(TERMS, sampling=hot)) == key()
    words = replace(TERMS, mode="generate")
    assert key(replace(words, sampling=hot)) != key(words)


def test_another_text_or_file_content_is_another_question():
    assert key(sample=replace(SAMPLE, text="other")) != key()
    assert key(sample=replace(SAMPLE, media=(VOICE, replace(FACE, sha256="cc")))) != key()


def test_earlier_turns_make_another_question_and_none_leave_the_key_as_it_always_was():
    plain = Request(("How?",), "Be brief.")
    before = (Turn("user", "Hi."), Turn("assistant", "Hello."))
    other = (Turn("user", "Hi."), Turn("user", "Hello."))
    asked = [plain, replace(plain, earlier=before), replace(plain, earlier=other)]
    keys = [question.key for question in asking(asked, TERMS)]
    assert len(set(keys)) == 3
    assert keys[0] == "26dfbd374c62218701c81a7d40d5828d9aa274ccd6d5b84a117ea1be4d889c25"


def test_where_a_file_lies_does_not_matter():
    moved = replace(FACE, path=Path("/elsewhere/face.mp4"))
    assert key(sample=replace(SAMPLE, media=(VOICE, moved))) == key()


def test_the_same_question_about_two_samples_has_one_key():
    assert key(sample=replace(SAMPLE, id="another", subset="conflict")) == key()


def test_only_takes_away_what_is_not_to_be_shown():
    (words,) = only([SAMPLE], ("T",))
    assert (words.text, words.media) == (SAMPLE.text, ())
    (seen,) = only([SAMPLE], ("V",))
    assert (seen.text, seen.media) == (None, (FACE,))


def test_a_sample_left_with_nothing_is_dropped():
    assert only([replace(SAMPLE, media=(FACE,), text=None)], ("T", "A")) == []
