"""What is asked in each arm, and how many tokens it takes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectlab.errors import InvalidConfig
from affectlab.prompting.gat import (
    ARMS,
    Gat,
    GatRules,
    answer_tokens,
    example_scan,
    example_tree,
    gat,
    read_labels,
    scan_budget,
    token_budgets,
)

LABELS = {"awe": "awe", "fear": "fear", "joy": "joy"}
CHINESE = {"awe": "敬畏", "fear": "恐惧", "joy": "喜悦"}


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "halves.png"
    content = np.zeros((240, 320, 3), np.uint8)
    content[:, 200:] = 255
    Image.fromarray(content).save(path)
    return path


def made(picture: Path, **options: object) -> Gat:
    return gat(picture, labels=LABELS, out=picture.parent, **options)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(("language", "words"), [("en", LABELS), ("zh", CHINESE)])
def test_every_arm_asks_with_the_picture_and_all_labels(picture, arm, language, words) -> None:
    one = gat(picture, labels=words, out=picture.parent, arm=arm, language=language)
    for request in (one.eu(), one.scan(), one.reasoning("blue"), one.generation("blue", "awe")):
        assert request.parts[0] == one.image
    asked = one.eu().parts[1]
    assert all(asked.count(word) == 1 for word in words.values())
    assert ("survivor" in asked) == (arm != "scaffold")
    assert not re.search(r"\{\w*\}", asked), "nothing is left to fill in"


def test_regions_are_described_where_their_marks_are(picture: Path) -> None:
    asked = made(picture).eu().parts[1]
    assert "Region 1: its number stands at the left; it covers 62 % of the picture." in asked
    assert "Region 2: its number stands at the right; it covers 38 % of the picture." in asked


def test_scaffolding_alone_names_no_regions_and_the_tree_alone_no_marks(picture: Path) -> None:
    scaffold, tree = (made(picture, arm=arm).eu().parts[1] for arm in ("scaffold", "tree"))
    assert "drawn on the picture" in scaffold
    assert "Region 1" not in scaffold
    assert "drawn on the picture" not in tree
    assert "2 to 4 large regions" in tree


def test_clues_are_the_facts_of_the_scan_or_the_words_as_they_are(picture: Path) -> None:
    one = made(picture)
    facts = one.reasoning('{"scan": [{"region": 2, "facts": "a white wall"}]}').parts[1]
    assert "Region 2: a white wall" in facts
    assert "{" not in facts
    assert "a white wall, that is all" in one.reasoning("a white wall, that is all").parts[1]
    assert "What is to be seen" not in one.reasoning().parts[1]


def test_the_target_is_said_in_the_words_of_the_prompt(picture: Path) -> None:
    one = gat(picture, labels=CHINESE, out=picture.parent, language="zh")
    assert "恐惧" in one.generation("", "fear").parts[1]


def test_a_request_and_its_answer_fit_together(picture: Path) -> None:
    for arm in ARMS:
        one = made(picture, arm=arm)
        answer = "awe" if arm == "scaffold" else example_tree(list(LABELS), len(one.regions) or 3, "en")
        reading = one.parse(answer)
        assert (reading.survivor, reading.problems) == ("awe", ())


def count(text: str) -> int:
    """Tokens of a coarse tokenizer: words, and each other character."""
    return len(re.findall(r"[a-zA-Z]+|\S", text))


def test_budgets_count_every_arm_and_match_chain_of_thought() -> None:
    rules = GatRules(tree_tokens=500)
    others = {"basic": ("Which emotion?", 32), "cot-matched": ("Observe, interpret, select.", 32)}
    found = {one.arm: one for one in token_budgets(count, labels=LABELS, rules=rules, others=others)}
    assert list(found) == ["basic", "cot-matched", *ARMS]
    assert (found["basic"].prompt, found["basic"].answer) == (3, 32)
    assert found["cot-matched"].answer == found["gat"].answer == answer_tokens("gat", rules) == 500
    assert found["scaffold"].answer == rules.plain_tokens
    assert found["gat"].prompt > found["tree"].prompt > found["scaffold"].prompt
    assert found["gat"].expected == count(example_tree(list(LABELS), rules.most_regions, "en"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_answers_of_the_expected_length_fit_their_budget(language) -> None:
    labels = read_labels("mikels8")
    for one in token_budgets(count, labels=labels, language=language):
        assert one.expected < one.answer, one.arm
    scan = scan_budget(count, language)
    assert scan.expected == count(example_scan(4, language)) < scan.answer


def test_labels_are_a_taxonomy_or_a_list_with_or_without_words() -> None:
    assert list(read_labels("mikels8"))[:2] == ["amusement", "awe"]
    assert read_labels("awe, fear=恐惧") == {"awe": "awe", "fear": "恐惧"}
    assert read_labels(["awe", "joy"]) == {"awe": "awe", "joy": "joy"}


@pytest.mark.parametrize("given", ["awe", "mikels9", "awe,awe", "awe,", ""])
def test_labels_that_make_no_choice_are_refused(given: str) -> None:
    with pytest.raises(InvalidConfig, match=r"at least two different .* mikels8"):
        read_labels(given)
