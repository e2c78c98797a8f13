"""The persona exam: what is asked of whom, in which words, and what a run of it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from persona_folder import EMOTIONS, ReadersModel, oracle_loading, persona_data, small_world

from affectlab.bench.dataset import read_dataset
from affectlab.bench.exam.item import ExamChoice, Item
from affectlab.bench.exam.table import ExamRun, read_exam_run
from affectlab.bench.persona.exam import GRID, PersonaExam
from affectlab.bench.persona.measures import measure
from affectlab.bench.persona.predictions import persona_run
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import BenchError
from affectlab.prompting.persona import CONDITIONS

NOTHING = np.zeros((5, 7))


def asked(folder: Path, *arms: str, tasks: tuple[str, ...] = (), scoring: bool = True) -> list[Item]:
    data = read_dataset(folder)
    exam = PersonaExam(data.info, ExamChoice(tasks, arms, 0, data.samples))
    return list(exam.items(data.samples, scoring=scoring))


def taken(data: Path, out: Path, model: ReadersModel, **settings: object) -> ExamRun:
    given = {"benchmark": "persona", "data": data, "model": "readers", "out": out, **settings}
    run_benchmark(RunSettings.model_validate(given), model=model)
    return read_exam_run(out)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return persona_data(tmp_path_factory.mktemp("persona") / "data", small_world())


def test_every_reader_is_asked_about_every_event_under_every_condition(folder: Path) -> None:
    items = asked(folder)
    assert len(items) == 60 * 6 * len(CONDITIONS)
    assert len({item.id for item in items}) == len(items)
    by_id = {item.id: item for item in items}
    one = by_id["persona_7__E2__bigfive"]
    sample = read_dataset(folder).samples[7]
    assert one.truth[sample.details["readers"]["E2"]["emotion"]] == 1
    assert sum(one.truth.values()) == 1
    assert one.details["reader"] == one.details["unit"] == "E2"


def test_some_readers_are_drawn_for_each_event_and_are_the_same_under_every_condition(folder: Path) -> None:
    data = read_dataset(folder)
    choice = ExamChoice((), ("none", "mbti", "both"), 0, data.samples, units=2)
    items = list(PersonaExam(data.info, choice).items(data.samples, scoring=True))
    drawn: dict[str, dict[str, set[str]]] = {}
    for item in items:
        drawn.setdefault(item.sample.id, {}).setdefault(item.arm, set()).add(item.details["unit"])
    assert len(items) == 60 * 2 * 3
    assert all(len({frozenset(units) for units in arms.values()}) == 1 for arms in drawn.values())
    assert {unit for arms in drawn.values() for unit in arms["none"]} == {f"E{n}" for n in range(1, 7)}


def test_prompts_of_one_event_begin_alike_whatever_the_reader_and_the_condition(folder: Path) -> None:
    mine = [item for item in asked(folder) if item.sample.id == "persona_7" and item.labels]
    assert len({(item.request.system, item.request.parts[:2]) for item in mine}) == 1
    assert {item.request.parts[0] for item in mine} == {"Event:\n"}


def test_without_a_profile_every_reader_is_asked_the_same(folder: Path) -> None:
    items = [item for item in asked(folder, "none", "bigfive") if item.sample.id == "persona_7"]
    assert len({item.request for item in items if item.arm == "none"}) == 1
    assert len({item.request for item in items if item.arm == "bigfive"}) == 6


@pytest.mark.parametrize("level", ["reader", "group"])
def test_a_shuffled_profile_is_anothers_and_told_in_the_same_words(tmp_path: Path, level: str) -> None:
    folder = persona_data(tmp_path, small_world(8), level=level)
    items = [item for item in asked(folder, "both", "shuffled") if item.sample.id == "persona_7"]
    own = {item.details["unit"]: item for item in items if item.arm == "both"}
    for item in (item for item in items if item.arm == "shuffled"):
        other = item.details["profile_of"]
        assert other != item.details["unit"]
        assert item.request == own[other].request
        assert item.target == own[item.details["unit"]].target


def test_examples_are_the_readers_own_answers_about_other_training_events(folder: Path) -> None:
    data = read_dataset(folder)
    by_text = {sample.details["text"]["en"]: sample for sample in data.samples}
    for item in asked(folder, "fewshot"):
        lines = [line for line in item.request.text.splitlines() if "→" in line]
        assert len(lines) == 5
        for line in lines:
            text, _, label = line.partition('" → ')
            shown = by_text[text.removeprefix('"')]
            assert shown.split == "train"
            assert shown.id != item.sample.id
            assert shown.details["readers"][item.details["reader"]]["emotion"] == label


def test_examples_need_a_training_side(tmp_path: Path) -> None:
    data = read_dataset(persona_data(tmp_path, small_world(5)))
    exam = PersonaExam(data.info, ExamChoice((), ("fewshot",), 0, data.samples[:1]))
    with pytest.raises(BenchError, match="leave fewshot out"):
        list(exam.items(data.samples[:1], scoring=True))


def test_groups_are_asked_about_as_groups(tmp_path: Path) -> None:
    folder = persona_data(tmp_path, small_world(), level="group")
    items = asked(folder, "both")
    assert len(items) == 60 * 3
    assert items[0].details["group"] == "g1"
    assert items[0].request.text.startswith("Event:")
    assert "a group of 3" in items[1].request.text
    assert "most of these readers" in items[1].request.text


def test_a_condition_may_be_asked_in_the_other_language(folder: Path) -> None:
    items = asked(folder, "bigfive", "bigfive@zh", "bigfive@en")
    assert {item.arm for item in items} == {"bigfive", "bigfive@zh"}
    chinese = next(item for item in items if item.arm == "bigfive@zh")
    assert chinese.labels["joy"] == "喜悦"
    assert "号事件" in chinese.request.text
    assert not any(word in chinese.request.text for word in ("openness", "Event", "anger"))


@pytest.mark.parametrize(
    ("arms", "tasks", "message"),
    [
        (("zodiac",), (), "no condition 'zodiac'"),
        (("mbti@fr",), (), "no language 'fr'"),
        ((), ("guess",), "no task 'guess'"),
        (("mbti",), ("sweep",), "add one to --conditions"),
    ],
)
def test_what_is_not_known_is_said_in_a_line(
    folder: Path, arms: tuple[str, ...], tasks: tuple[str, ...], message: str
) -> None:
    with pytest.raises(BenchError, match=message):
        asked(folder, *arms, tasks=tasks)


def test_a_sweep_moves_one_trait_and_nothing_else(folder: Path) -> None:
    items = [item for item in asked(folder, "bigfive", tasks=("sweep",)) if item.sample.id == "persona_7"]
    assert len(items) == 5 * len(GRID)
    first, last = (next(i for i in items if i.details["unit"] == f"neuroticism-{v}") for v in ("0.1", "0.9"))
    assert first.request.text.replace("neuroticism 0.10", "neuroticism 0.90") == last.request.text


def test_an_appraisal_leads_to_the_emotion(tmp_path: Path) -> None:
    folder = persona_data(tmp_path / "data", small_world(8))
    model = ReadersModel(small_world(8), NOTHING)
    run = taken(folder, tmp_path / "run", model, arms="cot-appraisal")
    appraisals, predictions = run.select(task="appraisal"), run.select(task="prediction")
    assert len(appraisals) == len(predictions) == 8 * 6
    assert all(row["probabilities"] and row["text"] is None for row in predictions)
    assert all(sum(row["target"].values()) == 1 for row in predictions)
    assert "Coping" in next(text for text in model.asked if "Agency" in text)
    assert any("'s appraisal:" in text for text in model.asked)


def test_a_limit_takes_whole_events(tmp_path: Path, folder: Path) -> None:
    run = taken(folder, tmp_path / "run", ReadersModel(small_world(), NOTHING), arms="none,mbti", limit=10)
    assert len(run.rows) == 10 * 6 * 2
    assert len({row["sample"] for row in run.rows}) == 10


def test_words_are_read_strictly(tmp_path: Path, folder: Path) -> None:
    model = ReadersModel(small_world(), NOTHING, logits=False)
    run = taken(folder, tmp_path / "run", model, arms="none", limit=5)
    assert {row["status"] for row in run.rows} == {"answered"}
    exam = PersonaExam(read_dataset(folder).info, ExamChoice(arms=("none",)))
    item = asked(folder, "none", scoring=False)[0]
    assert exam.read(item, "I feel joy.").label == "joy"
    assert not exam.read(item, "joy or anger").parsed


def test_rationales_are_words_that_judges_read(tmp_path: Path, folder: Path) -> None:
    model = ReadersModel(small_world(), NOTHING)
    run = taken(folder, tmp_path / "run", model, tasks="rationale", arms="none,mbti,bigfive", limit=2)
    assert len(run.rows) == 2 * 6 * 3
    assert all(row["text"] and row["details"]["felt"] in EMOTIONS for row in run.rows)


def test_measures_of_real_runs_tell_an_oracle_from_a_stereotype_and_a_blind_model(tmp_path: Path) -> None:
    people = small_world(120)
    folder = persona_data(tmp_path / "data", people)
    true = oracle_loading(0.8, 3, 120, 6)
    loadings = {
        "oracle": true,
        "stereotype": np.random.default_rng(9).normal(0, 0.8, (5, 7)),
        "blind": NOTHING,
    }
    found = {}
    for name, loading in loadings.items():
        of = persona_run(taken(folder, tmp_path / name, ReadersModel(people, loading), arms="bigfive"))
        found[name] = measure(of.arms["bigfive"].probability, of.human, resamples=50, permutations=99)
    assert found["oracle"].illusion.interval.value < 0.15
    assert found["stereotype"].illusion.interval.value > 0.7
    assert found["blind"].blind
