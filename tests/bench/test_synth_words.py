import numpy as np
import pytest

from affectlab.bench.emomm.synth import lexicon_en, lexicon_zh
from affectlab.bench.emomm.synth.scenario import CLASSES
from affectlab.bench.emomm.synth.words import make_sentence, sentences_of

LANGUAGES = ("zh", "en")
BOOKS = {"zh": lexicon_zh, "en": lexicon_en}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_thousands_of_sentences_of_each_class_and_none_is_of_two(language) -> None:
    made = {label: set(sentences_of(language, label, "bench")) for label in CLASSES}
    assert min(len(found) for found in made.values()) > 4000
    assert len(set.union(*made.values())) == sum(len(found) for found in made.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_in_both_streams(language) -> None:
    bench = {one for label in CLASSES for one in sentences_of(language, label, "bench")}
    train = {one for label in CLASSES for one in sentences_of(language, label, "train")}
    assert not bench & train


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_drawn_sentence_is_one_of_its_class_and_stream(language) -> None:
    rng = np.random.default_rng(0)
    for label in CLASSES:
        assert make_sentence(language, label, "train", rng) in set(sentences_of(language, label, "train"))


def test_the_words_of_the_languages_are_in_their_scripts() -> None:
    rng = np.random.default_rng(1)
    english = " ".join(make_sentence("en", label, "bench", rng) for label in CLASSES * 20)
    chinese = "".join(make_sentence("zh", label, "bench", rng) for label in CLASSES * 20)
    assert english.isascii()
    assert not any("!" <= letter <= "~" for letter in chinese)


@pytest.mark.parametrize("language", LANGUAGES)
def test_length_does_not_tell_the_class(language) -> None:
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(2)
    labels = np.repeat(CLASSES, 300)
    lengths = np.array([[len(make_sentence(language, label, "bench", rng))] for label in labels])
    reader = DecisionTreeClassifier(min_samples_leaf=40)
    assert cross_val_score(reader, lengths, labels, cv=5).mean() < 0.33


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_class_has_as_many_verdicts(language) -> None:
    verdicts = BOOKS[language].VERDICTS
    assert {len(set(verdicts[label])) for label in CLASSES} == {12}
