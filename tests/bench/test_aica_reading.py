"""Strict reading: one label or one number, in any language, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.bench.aica.reading import read_emotion, read_last_line, read_number
from affectlab.bench.aica.spaces import label_space

SPACES = [label_space(name) for name in ("mikels8", "ekman6", "plutchik24", "emotic26")]
MIKELS = label_space("mikels8")
NAMED = [
    (space, label, word) for space in SPACES for label, words in space.wordings().items() for word in words
]
FRAMES = (
    "{}",
    "{}.",
    "**{}**",
    '{{"emotion": "{}"}}',
    "The emotion is {}.",
    "答案：{}。",
    "<think>fear or awe?</think>{}",
    "  {}\n",
)
ALONE = (
    "{}",
    "**{}**.",
    "Answer: {}",
    "Final answer: **{}**",
    "3. Select: {}",
    "答案：{}。",
    "「{}」",
    "```\n{}\n```",
)


@given(st.sampled_from(NAMED), st.sampled_from(FRAMES), st.sampled_from([str, str.upper, str.title]))
def test_every_word_of_every_language_is_read_alone_and_in_a_sentence(named, frame, case) -> None:
    space, label, word = named
    assert read_emotion(frame.format(case(word)), space.wordings()) == label


@given(
    st.sampled_from(NAMED),
    st.sampled_from(ALONE),
    st.sampled_from(["", "I see a dog.\n", "Awe or fear?\n\n"]),
)
def test_the_last_line_is_read_whatever_came_before(named, frame, before) -> None:
    space, label, word = named
    assert read_last_line(before + frame.format(word), space.wordings()) == label


@given(
    st.sampled_from(NAMED),
    st.sampled_from(["not {}", "It is not {}.", "{} is wrong: it is not that", "不是{}"]),
)
def test_what_is_denied_is_not_read(named, frame) -> None:
    space, _, word = named
    text = frame.format(word)
    if "wrong" not in text:
        assert read_emotion(text, space.wordings()) is None
    assert read_last_line(text, space.wordings()) is None


@given(st.sampled_from(SPACES), st.data())
def test_two_labels_are_none(space, data) -> None:
    first, second = data.draw(st.permutations(space.labels).map(lambda all_of_them: all_of_them[:2]))
    join = data.draw(st.sampled_from([" or ", ", ", " and ", "/", "\n", "、"]))
    for language in ("en", "zh"):
        words = space.words(language)
        assert read_emotion(words[first] + join + words[second], space.wordings()) is None


@given(st.sampled_from(SPACES), st.text())
def test_any_text_is_read_without_complaint(space, text) -> None:
    for found in (read_emotion(text, space.wordings()), read_last_line(text, space.wordings())):
        assert found is None or found in space.labels


@pytest.mark.parametrize(
    "text", ["", " \n", "I cannot say.", "joy", "amused bouche fearsome", "none of them"]
)
def test_an_answer_without_a_label_of_the_space_is_none(text) -> None:
    # The released code looks for the answer inside the reference, so that an empty answer is right.
    words = {label: given[:2] for label, given in MIKELS.wordings().items()}
    assert read_emotion(text, words) is None
    assert read_last_line(text, words) is None


@pytest.mark.parametrize(
    "text",
    [
        "Observe: a dog.\nThis suggests awe",
        "awe\nbecause of the light",
        "Answer: awe or fear",
        "The answer is not awe",
        "Observe: a wide valley. Select: awe, I think",
        "<think>awe",
    ],
)
def test_a_last_line_that_holds_more_than_the_label_is_not_an_answer(text) -> None:
    assert read_last_line(text, MIKELS.wordings()) is None


@given(
    st.integers(1, 9),
    st.sampled_from(
        [
            "{}",
            "{}.",
            "**{}**",
            "I rate it {}.",
            '{{"valence": {}}}',
            "{}/9",
            "{} out of 9",
            "{}分",
            "Rating: {}",
            "{}.0",
        ]
    ),
)
def test_a_number_on_the_scale_is_read(number, frame) -> None:
    assert read_number(frame.format(number), 1, 9, "valence") == number


@given(st.integers(-50, 50), st.integers(1, 9))
def test_a_number_off_the_scale_is_none(number, high) -> None:
    found = read_number(str(number), 1, high)
    assert found == (number if 1 <= number <= high else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("five", 5),
        ("五", 5),
        ("minus two", -2),
        ("负二", -2),
        ("−2", -2),
        ("２", 2),
        ("4-5", None),
        ("4 to 5", None),
        ("between 4 and 5", None),
        ("no one", None),
        ("one of them", None),
        ("", None),
        ("NaN", None),
        ("1e1", None),
        ("v2", None),
        ('{"valence": 3, "arousal": 5}', 3),
        ('{"a": 3, "b": 5}', None),
        ('{"valence": true}', None),
        ('```json\n{"valence": 3.5}\n```', 3.5),
        ("<think>1 or 2</think>3", 3),
        ("3/9", None),
        ("On a scale from -3 to 7 I say 4", None),
    ],
)
def test_numbers_in_words_json_and_ranges(text, expected) -> None:
    assert read_number(text, -3, 7, "valence") == expected


@given(st.text())
def test_no_text_breaks_the_reading_of_numbers(text) -> None:
    found = read_number(text, 1, 7, "valence")
    assert found is None or 1 <= found <= 7


@pytest.mark.parametrize(
    "text", ["{" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, '{"valence": ' + "9" * 5000 + "}", "[1]{}", "{1}"]
)
def test_hostile_json_is_no_number_and_no_crash(text) -> None:
    assert read_number(text, 2, 7, "valence") is None
