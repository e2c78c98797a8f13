import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from affectlab.models.labels import read_label

SIMS = {
    "N": "negative",
    "WN": "weakly negative",
    "Neu": "neutral",
    "WP": "weakly positive",
    "P": "positive",
}
CHINESE = {"N": "消极", "WN": "弱消极", "Neu": "中性", "WP": "弱积极", "P": "积极"}
HARMLESS = st.text(st.sampled_from(" \t\n.!*`\"'()[]{}#>-_~"), max_size=8)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("positive", "P"),
        ("Weakly Positive.", "WP"),
        ("**weakly  negative**", "WN"),
        ("weakly-positive", "WP"),
        ('{"label": "weakly_positive", "confidence": 0.8}', "WP"),
        ("Answer: neutral", "Neu"),
        ("The person sounds **positive**, I would say.", "P"),
        ("ＰＯＳＩＴＩＶＥ！", "P"),
        ("I'm not sure, but I would say weakly positive", "WP"),
        ("positive, definitely positive", "P"),
        ("No, positive", "P"),
        ("<think>negative? or neutral?</think>\n\npositive", "P"),
        ("情感positive情感", "P"),
    ],
)
def test_one_named_label_is_read(text: str, label: str) -> None:
    assert read_label(text, SIMS) == label


@pytest.mark.parametrize(
    "text",
    [
        "",
        "happy",
        "positive or negative",
        "weakly positive, maybe positive",
        "not positive",
        "It isn't negative",
        "It isn’t negative",
        "neither neutral",
        "non-negative",
        "positive it is not",
        "Is it positive? No.",
        "positively glowing",
        "seropositive",
        "positive2",
        "<think>it could be positive",
        "weakly",
    ],
)
def test_no_several_or_denied_labels_are_none(text: str) -> None:
    assert read_label(text, SIMS) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("积极", "P"),
        ("他的情绪是弱积极的。", "WP"),
        ("答案：中性", "Neu"),
        ("非常积极", "P"),
        ("不积极", None),
        ("他没有消极情绪", None),
        ("积极和消极", None),
    ],
)
def test_chinese_needs_no_word_boundaries(text: str, label: str | None) -> None:
    assert read_label(text, CHINESE) == label


def test_a_wording_may_hold_a_negation_itself() -> None:
    words = {"none": "no emotion", "joy": "joy", "bored": "无聊"}
    assert read_label("No emotion.", words) == "none"
    assert read_label("无聊", words) == "bored"


def test_private_characters_in_an_answer_name_nothing() -> None:
    assert read_label("\ue000", SIMS) is None


@given(st.sampled_from(sorted(SIMS)), HARMLESS, HARMLESS, st.sampled_from([str.upper, str.title, str.lower]))
def test_punctuation_markup_and_case_around_a_wording_do_not_matter(label, before, after, case) -> None:
    assert read_label(before + case(SIMS[label]) + after, SIMS) == label


@given(st.permutations(sorted(SIMS)), st.sampled_from([", ", " and ", "\n", " / "]))
def test_two_labels_are_none_whatever_their_order(labels, between) -> None:
    assert read_label(SIMS[labels[0]] + between + SIMS[labels[1]], SIMS) is None


@given(st.permutations(sorted(SIMS)), st.sampled_from(sorted(SIMS)))
def test_the_order_of_the_labels_does_not_matter(order, label) -> None:
    assert read_label(f"It is {SIMS[label]}.", {one: SIMS[one] for one in order}) == label


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=4), st.text(max_size=8), max_size=5))
def test_any_text_gives_a_label_or_none(text, words) -> None:
    assert read_label(text, words) in {None, *words}


@given(st.lists(st.text("abcdefghij", min_size=3, max_size=8), min_size=2, max_size=6, unique=True))
def test_every_set_of_plain_words_reads_back(wordings) -> None:
    assume(not {"non", "none"} & set(wordings))
    words = {str(index): wording for index, wording in enumerate(wordings)}
    assert [read_label(wording, words) for wording in wordings] == list(words)
