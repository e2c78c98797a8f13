"""What AICA-Bench asks: tasks, arms, languages, ratings on published scales, scans that lead to texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from aica_pictures import INFO, dataset, mixed, rating, sample

from affectlab.bench.aica.exam import AicaExam
from affectlab.bench.aica.metrics import aica_rows
from affectlab.bench.aica.prompts import understand
from affectlab.bench.aica.spaces import label_space
from affectlab.bench.aica.targets import target_of
from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.exam.item import ExamChoice, Item
from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError
from affectlab.models import Capabilities, Failure, Generation, Identity, Media, Request, Sampling, Scores

TREE = (
    '{"scan": [{"region": 1, "facts": "a wall"}, {"region": 2, "facts": "a dog"}], '
    '"branches": [{"emotion": "awe", "intensity": "high", "regions": [1]}, '
    '{"emotion": "fear", "intensity": "low", "regions": [2]}, '
    '{"emotion": "anger", "intensity": "low", "regions": [1]}], '
    '"verification": [{"branch": 1, "keep": true, "why": "x"}, {"branch": 2, "keep": false, "why": "x"}, '
    '{"branch": 3, "keep": false, "why": "x"}], "survivor": {"emotion": "awe", "intensity": "high"}}'
)


@pytest.fixture(autouse=True)
def _marks_in_a_folder_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Talker:
    """Answers every question in words, by what it is asked; keeps what it was asked."""

    identity = Identity("talker", "1")
    can = Capabilities(image=True)
    batch_size, lanes = 8, 1

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        self.asked += requests
        return [Generation(self._answer(request.text)) for request in requests]

    def score(self, requests: Sequence[Request], labels: Sequence[str]) -> list[Scores | Failure]:
        raise AssertionError("a model without logits was asked for likelihoods")

    def close(self) -> None: ...

    @staticmethod
    def _answer(text: str) -> str:
        if '"branches"' in text:
            return TREE
        if '"scan"' in text:
            return '{"scan": [{"region": 1, "facts": "a wet dog on a chain"}]}'
        if "last line" in text:
            return "A dog.\nIt is sad.\nAnswer: sadness"
        if "scale" in text:
            return "4"
        return "sadness" if "Which emotion" in text else "A paragraph about the picture."


def asked_of(
    data, *, tasks: tuple[str, ...] = (), arms: tuple[str, ...] = (), scoring: bool = False
) -> list[Item]:
    exam = AicaExam(data.info, ExamChoice(tasks, arms))
    return [item.ready() for item in exam.items(data.samples, scoring=scoring)]


def run(data, out: Path, model: Talker, **choice: str):
    settings = RunSettings(benchmark="aica", data=data.folder, model="talker", out=out, **choice)
    run_benchmark(settings, model=model)
    return read_exam_run(out)


def test_images_are_asked_for_labels_of_their_own_space_and_for_the_ratings_they_have(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 3)
    items = asked_of(data)
    kinds = Counter((item.task, item.sample.subset) for item in items)
    assert kinds == {
        ("eu", "fi"): 3,
        ("eu", "emotion6"): 3,
        ("eu", "emotic"): 3,
        ("intensity", "emotion6"): 3,
        ("intensity", "oasis"): 6,
        ("intensity", "bass"): 12,
    }
    assert len({item.id for item in items}) == len(items)
    assert {len(item.labels) for item in items if item.task == "eu"} == {8, 6, 26}


def test_the_scale_is_the_published_one_and_people_are_named_where_they_differ(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 1)
    texts = {item.id: item.request.text for item in asked_of(data, tasks=("intensity",))}
    assert "from 1 to 7" in texts["oasis_0000__intensity__basic__valence"]
    assert "people in" not in texts["oasis_0000__intensity__basic__valence"]
    assert "from 1 to 9" in texts["bass_0000__intensity__basic__arousal-cn"]
    assert "people in China" in texts["bass_0000__intensity__basic__arousal-cn"]
    assert "people in the United States" in texts["bass_0000__intensity__basic__arousal-us"]


def test_only_plain_questions_are_scored_and_a_scale_by_its_points(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 1)
    items = asked_of(data, arms=("basic", "cot"), scoring=True)
    assert {item.arm for item in items if item.scored} == {"basic"}
    assert {tuple(item.labels) for item in items if item.sample.subset == "oasis"} == {tuple("1234567")}
    assert all(item.truth == {} for item in items if item.task == "intensity")
    assert not any(item.scored for item in asked_of(data))


def test_a_scale_of_fractions_or_of_many_points_is_asked_for_in_words(tmp_path: Path) -> None:
    samples = [
        sample(tmp_path / "d", "oasis", number, ratings={"valence": rating(0.5, low, high)})
        for number, (low, high) in enumerate([(0, 100), (0.0, 0.5), (-3, 3)])
    ]
    items = asked_of(dataset(tmp_path / "d", samples), scoring=True)
    assert [item.scored for item in items] == [False, False, True]
    assert list(items[2].labels) == ["-3", "-2", "-1", "0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("ratings", "wrong"),
    [
        ({"valence": {"mean": 1}}, "damaged"),
        ({"valence": rating(1, 7, 1)}, "ascend"),
        ({"valence": None}, "damaged"),
    ],
)
def test_a_damaged_rating_is_refused_in_one_line(tmp_path: Path, ratings, wrong) -> None:
    data = dataset(tmp_path, [sample(tmp_path, "oasis", 0, ratings=ratings)])
    with pytest.raises(BenchError, match=wrong) as error:
        asked_of(data)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("choice", "wrong"),
    [
        (ExamChoice(("eu", "xx")), "xx"),
        (ExamChoice((), ("cott",)), "cott"),
        (ExamChoice((), ("basic-fr",)), "fr"),
    ],
)
def test_unknown_tasks_and_arms_are_refused_with_the_known_ones(choice, wrong) -> None:
    with pytest.raises(BenchError, match=wrong) as error:
        AicaExam(INFO, choice)
    assert "eu" in str(error.value) or "cot" in str(error.value)


def test_a_language_comes_from_the_data_set_or_from_the_arm(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 1)
    both = {item.arm: item.request.text for item in asked_of(data, tasks=("eu",), arms=("basic", "basic-zh"))}
    assert "Which emotion" in both["basic"]
    assert "哪一种情绪" in both["basic-zh"]
    chinese = DatasetInfo("aica", INFO.labels, {}, {"language": "zh"})
    exam = AicaExam(chinese, ExamChoice(("eu",), ("basic", "basic-en")))
    found = {item.arm: item.request.text for item in exam.items(data.samples, scoring=False)}
    assert "哪一种情绪" in found["basic"]
    assert "Which emotion" in found["basic-en"]
    with pytest.raises(BenchError, match="'fr'"):
        AicaExam(DatasetInfo("aica", {}, {}, {"language": "fr"}), ExamChoice())


def test_arms_differ_in_what_they_are_named_for_and_in_nothing_else(tmp_path: Path) -> None:
    data = dataset(tmp_path, [sample(tmp_path, "fi", 0, target={"awe": 1.0})])
    arms = ("basic", "cot", "cot-matched", "scaffold", "tree", "gat", "gat-grid")
    items = {item.arm: item for item in asked_of(data, tasks=("eu",), arms=arms)}
    question = understand(label_space("mikels8").labels, "en").split("\n")[0]
    assert all(question in item.request.text for item in items.values())
    assert items["scaffold"].request.text.endswith(items["basic"].request.text)
    assert items["scaffold"].max_tokens == items["basic"].max_tokens
    assert items["cot-matched"].max_tokens == items["gat"].max_tokens == items["tree"].max_tokens
    shown = {
        arm: item.request.parts[0].sha256
        for arm, item in items.items()
        if isinstance(item.request.parts[0], Media)
    }
    assert shown["basic"] == shown["cot"] == shown["tree"] == data.samples[0].media[0].sha256
    assert shown["scaffold"] == shown["gat"] != shown["gat-grid"]
    assert Path(items["gat"].details["marked"]).is_file()


def test_answers_of_every_arm_are_read_as_the_arm_asks(tmp_path: Path) -> None:
    data = dataset(tmp_path, [sample(tmp_path, "fi", 0, target={"awe": 1.0})])
    exam = AicaExam(data.info, ExamChoice(("eu",), ("basic", "cot", "scaffold", "gat")))
    items = {item.arm: item.ready() for item in exam.items(data.samples, scoring=False)}
    reasoned = "It is dark.\nAnswer: awe"
    assert exam.read(items["basic"], "awe").label == exam.read(items["scaffold"], "awe").label == "awe"
    assert exam.read(items["cot"], reasoned).label == "awe"
    assert exam.read(items["cot"], "I feel awe at it").label is None
    tree = exam.read(items["gat"], TREE)
    assert (tree.label, tree.values) == ("awe", {"intensity": 3.0})
    assert [one["label"] for one in tree.notes["branches"]] == ["awe", "fear", "anger"]
    assert not exam.read(items["gat"], "").parsed


def test_a_scan_leads_to_the_text_with_its_clues(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 1)
    model = Talker()
    found = run(data, tmp_path / "run", model, tasks="er,egcg", arms="basic,scaffold,gat")
    counts = Counter((row["task"], row["arm"]) for row in found.rows)
    asked = 5
    assert counts == {
        ("er", "basic"): asked,
        ("egcg", "basic"): asked,
        ("er", "scaffold"): asked,
        ("egcg", "scaffold"): asked,
        ("scan", "gat"): 2 * asked,
        ("er", "gat"): asked,
        ("egcg", "gat"): asked,
    }
    texts = [request.text for request in model.asked]
    # One scan of an image serves both of its texts.
    assert sum('"scan"' in text for text in texts) == asked
    assert sum("a wet dog on a chain" in text for text in texts) == 2 * asked
    by_rating = next(row for row in found.select(task="egcg") if row["subset"] == "oasis")
    assert by_rating["details"]["target_from"] == "ratings"
    assert found.select(task="egcg", arm="gat")[0]["details"]["clues"].startswith('{"scan"')


def test_a_whole_run_in_words_has_rows_for_every_arm(tmp_path: Path) -> None:
    data = mixed(tmp_path / "data", 1)
    found = run(data, tmp_path / "run", Talker(), arms="basic,cot,gat,tree,gat-shuffled,gat-random")
    rows = aica_rows(found, resamples=20)
    assert {row["arm"] for row in rows if row["task"] == "eu"} == {
        "basic",
        "cot",
        "gat",
        "tree",
        "gat-shuffled",
        "gat-random",
    }
    assert {row["task"] for row in rows} == {
        "eu",
        "intensity:valence",
        "intensity:arousal",
        "intensity:valence:us",
        "intensity:arousal:us",
        "intensity:valence:cn",
        "intensity:arousal:cn",
    }
    assert {row["method"] for row in rows} == {"talker"}


@pytest.mark.parametrize(
    ("valence", "arousal", "label"),
    [(6.8, 6.5, "excitement"), (1.2, 2.5, "sadness"), (2.0, 6.6, "fear")],
)
def test_ratings_name_the_nearest_of_mikels_emotions(tmp_path: Path, valence, arousal, label) -> None:
    rated = sample(tmp_path, "oasis", 0, ratings={"valence": rating(valence), "arousal": rating(arousal)})
    assert target_of(rated) == (label, "ratings")


def test_an_image_with_half_a_rating_has_no_target(tmp_path: Path) -> None:
    half = sample(tmp_path, "oasis", 0, ratings={"valence": rating(3)})
    assert target_of(half) is None
    assert asked_of(dataset(tmp_path, [half]), tasks=("er", "egcg"), arms=("basic", "gat")) == []
