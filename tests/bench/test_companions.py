"""Companions of explanations: grounding, emotion words, length and repetition, counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_runs import image_data, written_run

from affectlab.affect import taxonomy
from affectlab.bench.aica.companion_rows import companion_rows
from affectlab.bench.aica.companions import companions, distinct, longest_repeat, things
from affectlab.bench.aica.lexicon import affect_words, group_of, polarity, word_for
from affectlab.bench.exam.table import read_exam_run


def test_every_label_of_the_benchmark_has_words_and_a_side() -> None:
    for name in ("mikels8", "ekman6", "plutchik24", "emotic26"):
        for label in taxonomy(name).labels:
            assert group_of(label) is not None, label
            assert word_for(label, "zh") != label
            assert polarity(label) in {-1, 1}
    assert polarity("unheard-of") == 0


@pytest.mark.parametrize(
    ("text", "language", "target", "named", "side"),
    [
        ("A sad, lonely and frightening scene.", "en", "sadness", 2 / 3, 1.0),
        ("A cheerful but gloomy picture", "en", "sadness", 0.5, 0.5),
        ("Nothing is said.", "en", "sadness", float("nan"), float("nan")),
        ("画面悲伤而孤独，却让人微笑。", "zh", "sadness", 2 / 3, 2 / 3),
        ("Saddle up", "en", "sadness", float("nan"), float("nan")),
    ],
)
def test_emotion_words(text: str, language: str, target: str, named: float, side: float) -> None:
    found = companions(text, target=target, language=language)
    assert found["lexicon_target"] == pytest.approx(named, nan_ok=True)
    assert found["lexicon_polarity"] == pytest.approx(side, nan_ok=True)


def test_grounding_by_hand() -> None:
    scan = "Region 1: two dogs on a beach. Region 2: dark clouds."
    text = "The dog in region 1 runs from the storm cloud in region 3 to a boat."
    found = companions(text, target="fear", scan=scan, regions=[1, 2])
    assert things(text, "en") == {"dog", "storm", "cloud", "boat"}
    assert found["grounded_objects"] == pytest.approx(2 / 4)
    assert found["grounded_regions"] == pytest.approx(1 / 2)
    chinese = companions("区域1、4里的狗在船上", target="fear", language="zh", scan="一只狗", regions=[1])
    assert (chinese["grounded_regions"], chinese["grounded_objects"]) == (0.5, 0.5)
    nothing = companions(text, target="fear")
    assert np.isnan(nothing["grounded_objects"])
    assert np.isnan(nothing["grounded_regions"])


def test_length_is_in_words_or_characters() -> None:
    assert companions("one two-three, four's!", target="awe")["length"] == 3
    assert companions("今天 very good", target="awe", language="zh")["length"] == 4
    inside = [companions("word " * n, target="awe")["within_length"] for n in (49, 50, 100, 101)]
    assert inside == [0, 1, 1, 0]


def test_repetition_by_hand() -> None:
    words = ["a", "b", "c", "a", "b", "c", "d"]
    assert longest_repeat(words) == 3
    assert distinct(words, 2) == pytest.approx(4 / 6)
    assert np.isnan(distinct(["a"], 2))
    assert (longest_repeat([]), longest_repeat(["a"]), longest_repeat(["a", "a", "a"])) == (0, 0, 2)


@given(st.lists(st.sampled_from("abc"), max_size=14))
def test_the_longest_repeat_is_the_longest(words: list[str]) -> None:
    def twice(n: int) -> bool:
        grams = [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]
        return len(set(grams)) < len(grams)

    assert longest_repeat(words) == max((n for n in range(1, len(words)) if twice(n)), default=0)


def test_counts_are_by_group() -> None:
    assert affect_words("Fear, FEAR and joy", "en") == {"fear": 2, "joy": 1}


def test_rows_of_a_run(tmp_path: Path) -> None:
    data = image_data(tmp_path / "data")
    run = written_run(
        data, tmp_path / "run", "hf:llava", lambda image, task, rest: f"{rest.split()[0]} a b a b"
    )
    rows = companion_rows(read_exam_run(run), resamples=20)
    found = {(one["subset"], one["task"], one["metric"]): one for one in rows}
    assert found["all", "er", "length"]["value"] == 5
    assert found["all", "er", "lexicon_target"]["value"] == 1
    assert found["all", "er", "length"]["n"] == 6
    assert found["emoset", "egcg", "longest_repeat"]["value"] == 2
    assert ("all", "er", "grounded_regions") not in found
