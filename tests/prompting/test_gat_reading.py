"""The parser: every violation has a name, form around the tree does not matter, no text breaks it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.prompting.gat import PROBLEMS, example_scan, example_tree, read_scan
from affectlab.prompting.gat.reading import GatReading, read_plain, read_tree

LABELS = {"awe": "awe", "fear": "fear", "joy": "joy", "sadness": "sadness"}
CHINESE = {"awe": "敬畏", "fear": "恐惧", "joy": "喜悦"}
NAMED = {label: (label, word) for label, word in CHINESE.items()}
TREE = example_tree(list(LABELS), 3, "en")


def read(text: str, regions: tuple[int, ...] | None = (1, 2, 3)) -> GatReading:
    return read_tree(text, LABELS, "en", regions)


def test_a_good_tree_is_read_whole() -> None:
    reading = read(TREE)
    assert (reading.survivor, reading.intensity, reading.problems) == ("awe", "low", ())
    assert [(one.label, one.intensity, one.kept) for one in reading.branches] == [
        ("awe", "low", True),
        ("fear", "medium", False),
        ("joy", "high", False),
    ]
    assert reading.cited == {1, 3}
    assert sorted(reading.scan) == [1, 2, 3]


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "Here is the tree you asked for:\n{}\nI hope it helps {{really}}.",
        '<think>Perhaps {{"survivor": "fear"}} or not?</think>{}',
        '{{"scan": [], "survivor": "fear"}} No, better: {}',
        "{{ {}",
    ],
)
def test_what_stands_around_the_tree_does_not_matter(around: str) -> None:
    assert read(around.format(TREE)) == read(TREE)


def changed(path: str, value: Any) -> str:
    """The good tree with one thing in it replaced, or removed where `value` is None."""
    tree = copy.deepcopy(json.loads(TREE))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = tree
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(tree)


FAULTS = {
    "no tree": ("survivor", None),
    "scan missing": ("scan", None),
    "scan incomplete": ("scan.1", None),
    "scan of unknown region": ("scan.1.region", 9),
    "not three branches": ("branches.2", None),
    "branch without known emotion": ("branches.1.emotion", "boredom"),
    "branch without known intensity": ("branches.1.intensity", "huge"),
    "branch without regions": ("branches.1.regions", []),
    "branch cites unknown region": ("branches.1.regions", [1, 7]),
    "branches not distinct": ("branches.1", {"emotion": "awe", "intensity": "low", "regions": [1]}),
    "verification missing": ("verification", None),
    "verification incomplete": ("verification.1", None),
    "survivor without known emotion": ("survivor.emotion", "awe or fear"),
    "survivor without known intensity": ("survivor.intensity", "very"),
    "survivor not among branches": ("survivor.emotion", "sadness"),
    "survivor was pruned": ("verification.0.keep", False),
}


def test_every_problem_is_tried() -> None:
    assert tuple(FAULTS) == PROBLEMS


@pytest.mark.parametrize("problem", FAULTS)
def test_every_violation_has_its_name(problem: str) -> None:
    assert problem in read(changed(*FAULTS[problem])).problems


def test_a_tree_that_cites_what_is_not_there_still_answers() -> None:
    reading = read(changed("branches.0.regions", [8]))
    assert reading.survivor == "awe"
    assert reading.problems == ("branch cites unknown region",)
    assert reading.branches[0].regions == (8,)
    assert reading.cited == {1, 3}


def test_the_same_emotion_at_another_intensity_is_another_branch() -> None:
    assert "survivor not among branches" in read(changed("survivor.intensity", "high")).problems


@pytest.mark.parametrize("survivor", [2, "2", "fear", {"emotion": "Fear.", "intensity": "MEDIUM"}])
def test_the_survivor_may_be_a_branch_a_word_or_a_pair(survivor: Any) -> None:
    assert read(changed("survivor", survivor)).survivor == "fear"


def test_without_regions_of_ours_those_of_the_scan_exist() -> None:
    assert read(TREE, None).problems == ()
    assert "branch cites unknown region" in read(changed("branches.0.regions", [4]), None).problems
    many = [{"region": number, "facts": "x"} for number in range(1, 7)]
    assert "scan of unknown region" in read(changed("scan", many), None).problems


def test_chinese_words_and_names_are_both_understood() -> None:
    said = example_tree(list(CHINESE.values()), 2, "zh").replace('"low"', '"低"')
    for text in (said, said.replace("敬畏", "awe")):
        reading = read_tree(text, NAMED, "zh", (1, 2))
        assert (reading.survivor, reading.intensity, reading.problems) == ("awe", "low", ())


def test_a_tree_that_was_cut_off_is_no_tree() -> None:
    assert read(TREE[:-3]) == GatReading(None, problems=("no tree",))


@settings(max_examples=40)
@given(st.text() | st.text(alphabet='{}[]",:0123ab\\ '))
def test_no_text_breaks_the_parser(text: str) -> None:
    for reading in (read(text), read(text, None), read_plain(text, LABELS)):
        assert reading.survivor is None or reading.survivor in LABELS
    read_scan(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["awe", "low", "1", ""]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["emotion", "intensity", "regions", "region", "facts", "branch", "keep"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=40)
@given(st.fixed_dictionaries({"survivor": JSON, "scan": JSON, "branches": JSON, "verification": JSON}))
def test_no_json_breaks_the_parser(tree: dict[str, Any]) -> None:
    reading = read(json.dumps(tree))
    assert reading.survivor is None or reading.survivor in LABELS
    assert reading.cited <= {1, 2, 3}
    assert list(reading.problems) == [one for one in PROBLEMS if one in reading.problems]


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        '{"a":' * 20_000,
        '{"survivor": ' + "9" * 5000 + "}",
        '{"survivor": "\ud800"}',
        "{}" * 50_000,
    ],
)
def test_hostile_text_is_no_tree(text: str) -> None:
    assert read(text).survivor is None


def test_the_scan_is_read_as_a_list_or_by_number() -> None:
    assert read_scan(example_scan(2, "en")).keys() == {1, 2}
    assert read_scan('So: {"scan": {"1": " a red wall "}}') == {1: "a red wall"}
    assert read_scan("a red wall") == {}


def test_a_plain_answer_names_one_label() -> None:
    assert read_plain("It is awe.", LABELS).survivor == "awe"
    assert read_plain("awe or fear", LABELS).survivor is None


def test_more_wordings_name_a_label_wherever_one_stands() -> None:
    named = {**{label: (label,) for label in LABELS}, "sadness": ("sadness", "sad", "tristesse")}
    for word in ("sad", "Tristesse.", "It is sad", "sadness"):
        reading = read_tree(changed("survivor.emotion", word), named, "en", (1, 2, 3))
        assert reading.survivor == "sadness"
    assert read_tree(changed("survivor.emotion", "not sad"), named, "en", (1, 2, 3)).survivor is None
