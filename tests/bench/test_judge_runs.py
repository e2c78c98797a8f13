"""Judging runs end to end: both criteria kinds, pairs, people, resuming, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from judged_runs import image_data, written_run
from toy_judges import RuleJudge, always, better, images

from affectlab.bench.judging.run import judge_runs
from affectlab.bench.judging.settings import JudgeSettings
from affectlab.errors import BenchError, UnreadableFile


def good(image: str, task: str, rest: str) -> str:
    return f"good good good, says {image[:6]} of {rest}, and more words follow"


def poor(image: str, task: str, rest: str) -> str:
    return f"well, {image[:6]} of {rest}, and some more words than that follow here"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    data = image_data(tmp_path / "data")
    return (
        written_run(data, tmp_path / "good", "hf:Qwen/Qwen2.5-VL-7B", good),
        written_run(data, tmp_path / "poor", "hf:llava-hf/llava-1.5-7b", poor),
    )


def judging(runs: tuple[Path, ...], model: RuleJudge, **more: Any) -> dict[str, Any]:
    settings = JudgeSettings(runs=runs, judge="openai:gpt-4o", resamples=20, **more)
    return judge_runs(settings, model=model)


def row(about: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    (found,) = (one for one in about["rows"] if all(one.get(name) == value for name, value in wanted.items()))
    return dict(found)


def test_two_runs_are_rated_and_compared_by_every_criterion(two: tuple[Path, Path], tmp_path: Path) -> None:
    model = RuleJudge(better("good"), logits=True)
    about = judging(two, model, out=tmp_path / "out", reasons=False)
    assert (about["status"], about["judge"], about["sees"]) == ("complete", "toy:judge", True)
    assert about["criteria"] == ["alignment", "descriptiveness", "causal_soundness"]
    name = "hf:Qwen/Qwen2.5-VL-7B basic"
    for task, criteria in (("er", about["criteria"]), ("egcg", about["criteria"][:2])):
        for criterion in criteria:
            place = {"task": task, "criterion": criterion, "subset": "all", "method": name}
            assert row(about, **place, metric="rating")["value"] == pytest.approx(0.9 * 4 + 0.025 * 11)
            won = row(about, **place, against="hf:llava-hf/llava-1.5-7b basic", metric="win_rate")
            assert (won["value"], won["n"]) == (1.0, 6)
    assert not any(one["task"] == "egcg" and one["criterion"] == "causal_soundness" for one in about["rows"])
    asked_without_image = [request for request in model.asked if not images(request)]
    assert all("hidden" not in request.text for request in asked_without_image)
    lines = [json.loads(line) for line in (tmp_path / "out" / "judgements.jsonl").read_text().splitlines()]
    kinds = [one["kind"] for one in lines]
    assert (kinds.count("rating"), kinds.count("pair")) == (2 * 6 * 5, 6 * 5)
    pair = next(one for one in lines if one["kind"] == "pair")
    assert pair["orders"].keys() == {"a first", "b first"}
    assert json.loads((tmp_path / "out" / "judging.json").read_text())["trust"] == about["trust"]


def test_the_judge_is_put_to_controls_with_the_images_it_sees(two: tuple[Path, Path], tmp_path: Path) -> None:
    about = judging(two[:1], RuleJudge(always("1")), out=tmp_path / "out", pairs=False)
    figures = {one["metric"]: one["value"] for one in about["controls"] if "against" not in one}
    assert figures["blindness"] == 1
    assert not about["trusted"]
    assert "swap_consistency" in about["trust"]


def test_a_judge_of_words_is_asked_what_needs_no_image(two: tuple[Path, Path], tmp_path: Path) -> None:
    model = RuleJudge(better("good"), sees=False)
    about = judging(two, model, out=tmp_path / "out", controls=2)
    assert about["criteria"] == ["descriptiveness", "causal_soundness"]
    assert any("alignment not judged" in note for note in about["notes"])
    assert not any(images(request) for request in model.asked)
    with pytest.raises(BenchError, match="takes no images"):
        judging(two, model, out=tmp_path / "out", criteria=("alignment",))


def test_judging_again_asks_nothing(two: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = RuleJudge(better("good")), RuleJudge(better("good"))
    once = judging(two, first, out=tmp_path / "out")
    again = judging(two, second, out=tmp_path / "out")
    assert (again["rows"], again["controls"]) == (once["rows"], once["controls"])
    assert len(first.asked) > 0
    assert second.asked == []


def test_people_are_set_beside_the_judge(tmp_path: Path) -> None:
    data = image_data(tmp_path / "data")

    def uneven(image: str, task: str, rest: str) -> str:
        return "good " * (int(image[0], 16) % 4) + "and so on and on and on"

    run = written_run(data, tmp_path / "run", "hf:llava", uneven)
    unrated = judging((run,), RuleJudge(always("1")), controls=0)
    assert not any(one["against"] == "people" for one in unrated["rows"])
    lines = [json.loads(line) for line in (run / "judgements.jsonl").read_text().splitlines()]
    text = "item,criterion,rating\n" + "".join(
        f"{one['item']},{one['criterion']},{6 - one['score']}\n" for one in lines if one["kind"] == "rating"
    )
    (tmp_path / "people.csv").write_text(text)
    about = judging((run,), RuleJudge(always("1")), controls=0, human=tmp_path / "people.csv")
    against = row(about, task="er", criterion="alignment", against="people", metric="pearson")
    assert against["value"] == pytest.approx(-1)
    assert against["n"] == 6
    (tmp_path / "people.csv").write_text(text.replace("criterion", "question", 1))
    with pytest.raises(UnreadableFile, match="no column 'criterion'"):
        judging((run,), RuleJudge(always("1")), human=tmp_path / "people.csv")


def test_ratings_of_several_runs_must_name_the_run(two: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("item,criterion,rating\ns0__er__basic,alignment,4\n")
    with pytest.raises(BenchError, match="no column 'run'"):
        judging(two, RuleJudge(always("1")), human=tmp_path / "people.csv")


def test_a_judge_of_the_family_is_refused_unless_it_is_said(two: tuple[Path, Path], tmp_path: Path) -> None:
    settings = JudgeSettings(runs=two, judge="hf:Qwen/Qwen3-VL-32B", out=tmp_path / "out", controls=0)
    with pytest.raises(BenchError, match=r"same family as hf:Qwen/Qwen2.5-VL-7B \(qwen\).*--same-family"):
        judge_runs(settings, model=RuleJudge(always("1")))
    told = settings.model_copy(update={"same_family": True, "resamples": 10})
    about = judge_runs(told, model=RuleJudge(always("1")))
    assert about["same_family"]
    assert any("same family" in note for note in about["notes"])


def test_failed_answers_are_counted_and_arms_are_candidates(tmp_path: Path) -> None:
    data = image_data(tmp_path / "data", 4)

    def some(image: str, task: str, rest: str) -> str:
        return "failure" if "fear" in rest else f"{rest} good" * (3 if "gat" in rest else 1)

    run = written_run(data, tmp_path / "run", "hf:llava", some, ("basic", "gat"))
    about = judging((run,), RuleJudge(better("good")), tasks=("er",), controls=0)
    assert any(note.startswith("4 answers") for note in about["notes"])
    first = row(about, criterion="alignment", method="hf:llava gat", metric="win_at_1")
    assert (first["value"], first["n"]) == (1.0, 3)


def test_what_is_not_judged_is_refused_in_one_line(two: tuple[Path, Path]) -> None:
    with pytest.raises(BenchError, match="no task 'eu' is judged; expected er or egcg"):
        judging(two, RuleJudge(always("1")), tasks=("eu",))
    with pytest.raises(BenchError, match="no criterion 'style'"):
        judging(two, RuleJudge(always("1")), criteria=("style",), controls=0)
