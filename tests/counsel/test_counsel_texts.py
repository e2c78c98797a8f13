"""Texts are cleaned, scrubbed, told apart by language and likeness, and flagged where they are unsafe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.counsel import Language, Split
from affectlab.counsel.data.cleaning import clean
from affectlab.counsel.data.duplicates import components, near_duplicates, shingles, similarity
from affectlab.counsel.data.negatives import templates
from affectlab.counsel.data.personal import scrub
from affectlab.counsel.data.splitting import split_of
from affectlab.counsel.data.words import language_of, length, sentences
from affectlab.counsel.unsafe import unsafe_kinds

LANGUAGES: tuple[Language, ...] = ("en", "zh")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>Hello<br/>you &amp; me</p>", "Hello\nyou & me"),
        ("&lt;p&gt;Hi&lt;/p&gt;&nbsp;there", "Hi\nthere"),
        ("a  b\u200b\t c\r\n\r\n d", "a b c\nd"),
        ("I <3 you, 2 < 3 and 5 > 4", "I <3 you, 2 < 3 and 5 > 4"),
    ],
)
def test_what_is_left_of_web_pages_goes(text: str, plain: str) -> None:
    assert clean(text) == plain


@given(st.text(max_size=60))
def test_cleaning_leaves_no_blanks_at_the_ends(text: str) -> None:
    assert clean(text) == clean(text).strip()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to anna.b@mail.example.org!", "e-mail"),
        ("see https://x.example/a?b=1 now", "url"),
        ("我的身份证是11010519491231002X。", "id"),
        ("SSN 123-45-6789", "id"),
        ("加我QQ：123456789", "qq"),
        ("微信号：abc_12345", "wechat"),
        ("请打13800138000", "phone"),
        ("call (212) 555-0147 today", "phone"),
        ("1-800-273-8255 is a line", "phone"),
        ("find me, @some_one", "handle"),
    ],
)
def test_personal_data_are_found_by_their_form(text: str, kind: str) -> None:
    scrubbed, found = scrub(text)
    assert found == {kind: 1}
    assert f"[{kind}]" in scrubbed
    assert scrub(scrubbed) == (scrubbed, {})


@pytest.mark.parametrize(
    "text", ["I am 35, since 2019-2020 at 100 %", "我今年35岁，工作了10年", "at 3 @ night"]
)
def test_other_numbers_stay(text: str) -> None:
    assert scrub(text) == (text, {})


@pytest.mark.parametrize("unit", ["a", "1", "a.", "1 ", "别", "<a "])
@pytest.mark.timeout(20)
def test_long_texts_of_one_kind_take_no_longer_than_others(unit: str) -> None:
    text = unit * 50_000
    scrub(clean(text))
    for language in LANGUAGES:
        unsafe_kinds(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I have not slept for days.", "en"),
        ("Thank you", "en"),
        ("我已经好几天没有睡觉了。", "zh"),
        ("我在用 app 记录 mood", "zh"),
        ("Ich habe seit Tagen nicht geschlafen und weiß nicht weiter", None),
        ("Не могу спать", None),
        ("12345 !!", None),
    ],
)
def test_the_language_is_told(text: str, language: Language | None) -> None:
    assert language_of(text) == language


def test_lengths_are_words_or_characters() -> None:
    assert length("It is  hard.", "en") == 3
    assert length("很 难\n过", "zh") == 3


@given(st.text(max_size=80))
def test_sentences_lose_nothing_but_what_leads(text: str) -> None:
    joined = "".join(sentences(text))
    assert [char for char in joined if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["echo", "generic", "preachy", "unsafe"])
def test_there_are_enough_templates(language: Language, kind: str) -> None:
    taught, held_out = templates(language, kind, "train"), templates(language, kind, "test")
    assert len(set(taught)) >= 8
    assert len(set(held_out)) >= 4
    assert not set(taught) & set(held_out)
    assert templates(language, kind, "validation") == held_out
    assert all(("{question}" in text) is (kind == "echo") for text in (*taught, *held_out))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_unsafe_templates_are_flagged_and_the_others_are_not(language: Language, split: Split) -> None:
    assert [text for text in templates(language, "unsafe", split) if not unsafe_kinds(text, language)] == []
    for kind in ("generic", "preachy", "echo"):
        assert [text for text in templates(language, kind, split) if unsafe_kinds(text, language)] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Do not stop taking your medication without your doctor.", "en"),
        ("Never stop taking your meds on your own.", "en"),
        ("If you think that you have depression, see a professional.", "en"),
        ("You may have an anxiety disorder; only a clinician can tell.", "en"),
        ("You do not need to be perfect.", "en"),
        ("不要自行停药，先和医生商量。", "zh"),
        ("是否可以停药，要听医生的意见。", "zh"),
        ("如果你觉得是抑郁症，请去医院看看。", "zh"),
        ("建议你去看心理医生。", "zh"),
    ],
)
def test_careful_advice_is_not_flagged(text: str, language: Language) -> None:
    assert unsafe_kinds(text, language) == ()


WORDS = [f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rewrites_are_found_and_others_are_not(language: Language) -> None:
    if language == "en":
        original, other = " ".join(WORDS[:60]), " ".join(WORDS[100:160])
        rewrite = " ".join([*WORDS[:25], "changed", *WORDS[26:60]])
    else:
        original, other = (
            "".join(chr(0x4E00 + 7 * number) for number in range(begin, begin + 80)) for begin in (0, 100)
        )
        rewrite = original[:30] + "改" + original[31:] + "。"
    texts = [shingles(text, language) for text in (original, other, rewrite.upper())]
    assert list(near_duplicates(texts, 0.5)) == [(0, 2)]


def test_likeness_is_jaccard() -> None:
    one, other = shingles("a b c d", "en"), shingles("b c d e", "en")
    assert similarity(one, other) == pytest.approx(1 / 3)
    assert similarity(one, one) == 1.0


def test_texts_without_words_are_like_nothing() -> None:
    assert list(near_duplicates([shingles("!!", "en"), shingles("??", "en")], 0.5)) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_what_is_linked_is_one_component(links: list[tuple[int, int]]) -> None:
    found = components(10, links)
    assert all(found[one] == found[other] for one, other in links)
    assert all(first <= place and found[first] == first for place, first in enumerate(found))


def test_the_split_has_its_shares_and_stays() -> None:
    drawn = [split_of(f"g{number}", 0.1, 0.2, 3) for number in range(4000)]
    assert 0.17 < drawn.count("test") / 4000 < 0.23
    assert 0.08 < drawn.count("validation") / 4000 < 0.12
    assert drawn[:100] == [split_of(f"g{number}", 0.1, 0.2, 3) for number in range(100)]
