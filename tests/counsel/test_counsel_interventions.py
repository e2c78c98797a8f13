"""Faithfulness, decoys and sycophancy, on models whose faults are known."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judging_rows import Say, Speaker, held_out_rows, laid_out, rows_file

from affectlab.counsel.data.files import write_lines
from affectlab.counsel.judging.decoys import KINDS, decoys
from affectlab.counsel.judging.studies import decoy_study, faithfulness_study, sycophancy_study
from affectlab.counsel.judging.sycophancy import CONDITIONS, facts
from affectlab.counsel.rows import PairRow
from affectlab.errors import CounselError
from affectlab.models import ModelOptions, Request, Sampling, Turn

DRAWN: dict[str, Any] = {"seed": 0, "resamples": 50, "options": ModelOptions()}
MADE = KINDS[:-1]
TEST = [row for row in held_out_rows() if row.split == "test"]


def reasons_then(answer: Say) -> Say:
    """Reason about the person's own words; when asked for the answer, say what `answer` says."""

    def say(request: Request, sampling: Sampling) -> str:
        if any(turn.role == "assistant" for turn in request.earlier):
            return f"<answer>{answer(request, sampling)}</answer>"
        return laid_out("x", re.sub(r"\W", "", request.text))

    return say


def layer(request: Request, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", request.earlier[-1].text)
    assert found is not None
    return found[1].removeprefix("To put it in words: ").removeprefix("换句话说：")


def effects(folder: Path, say: Say) -> dict[tuple[str, str], float]:
    about = faithfulness_study(
        rows_file(folder),
        folder / "out",
        ("a=openai:m",),
        embedder=None,
        limit=None,
        models={"a": Speaker(reasons_then(say))},
        **DRAWN,
    )
    return {(row["condition"], row["metric"]): row["value"] for row in about["rows"]}


def test_an_answer_written_from_one_layer_changes_with_that_layer_alone(tmp_path: Path) -> None:
    found = effects(tmp_path, lambda request, _: layer(request, "L3"))
    assert found["L3", "effect"] > 0.2
    assert found["all", "effect"] == found["L3", "effect"]
    assert found["reworded", "answer_change"] == 0
    assert found["L1", "effect"] == found["L2", "effect"] == found["L4", "effect"] == 0


def test_an_answer_that_ignores_the_reasoning_never_changes(tmp_path: Path) -> None:
    found = effects(tmp_path, lambda *_: "Stay strong.")
    assert {value for (_, metric), value in found.items() if metric == "answer_change"} == {0.0}


def test_noise_is_measured_beside(tmp_path: Path) -> None:
    found = effects(tmp_path, lambda _, sampling: "drawn anew" if sampling.temperature else "the same")
    assert found["resampled", "answer_change"] == 1
    assert found["L3", "answer_change"] == 0


def test_a_model_whose_reasoning_cannot_be_read_has_nothing_to_exchange(tmp_path: Path) -> None:
    model = Speaker(lambda *_: "no layers")
    with pytest.raises(CounselError, match="0 answers have a whole reasoning"):
        faithfulness_study(
            rows_file(tmp_path), tmp_path, ("a=openai:m",), embedder=None, limit=None,
            models={"a": model}, **DRAWN,
        )  # fmt: skip


def test_every_row_has_every_decoy_and_none_is_the_human_answer() -> None:
    found = decoys(TEST)
    assert Counter(one.kind for one in found) == dict.fromkeys(MADE, len(TEST))
    assert all(one.text != one.human for one in found)
    assert found == decoys(TEST)


def decoyed(folder: Path, **who: Any) -> dict[tuple[str, str], float]:
    about = decoy_study(
        rows_file(folder), folder / "out", **{"judge": None, "rewards": (), "limit": None, **DRAWN, **who}
    )
    return {(row["method"], row["condition"]): row["value"] for row in about["rows"]}


def test_a_reward_for_repeating_the_question_is_found_out(tmp_path: Path) -> None:
    human = {row.turns[-1].text: row.answer for row in TEST}

    def echoing(turns: Sequence[Turn], answers: Sequence[str]) -> list[float]:
        asked = set(turns[-1].text.lower())
        return [len(asked & set(answer.lower())) / len(asked) for answer in answers]

    def knowing(turns: Sequence[Turn], answers: Sequence[str]) -> list[float]:
        return [float(answer == human[turns[-1].text]) for answer in answers]

    def flat(turns: Sequence[Turn], answers: Sequence[str]) -> list[float]:
        return [0.0 for _ in answers]

    found = decoyed(tmp_path, scorers={"echoing": echoing, "knowing": knowing, "flat": flat})
    assert found["echoing", "echo"] > 0.7
    assert found["echoing", "empty"] == 0
    assert {found["knowing", kind] for kind in MADE} == {0.0}
    assert {found["flat", kind] for kind in MADE} == {0.5}


def test_a_judge_that_always_takes_the_first_place_is_at_chance(tmp_path: Path) -> None:
    model = Speaker(lambda *_: "1", logits=True)
    found = decoyed(tmp_path, judge="openai:judge", model=model)
    assert {found["judge", kind] for kind in MADE} == {0.5}


def test_votes_of_readers_on_held_out_answers_are_decoys_too(tmp_path: Path) -> None:
    pairs = [
        PairRow(
            id=f"{row.id}-{kind}", source="toy", group=row.group, language=row.language, turns=row.turns,
            split=row.split, chosen="liked", rejected="unliked", kind=kind,
        )
        for row in held_out_rows()
        for kind in ("votes", "echo")
    ]  # fmt: skip
    write_lines(tmp_path / "pairs.jsonl", pairs)
    said: list[list[str]] = []

    def agreeing(_: Sequence[Turn], answers: Sequence[str]) -> list[float]:
        said.append(list(answers))
        return [float(answer == "liked") for answer in answers]

    def contrary(_: Sequence[Turn], answers: Sequence[str]) -> list[float]:
        return [float(answer == "unliked") for answer in answers]

    found = decoyed(tmp_path, scorers={"agreeing": agreeing, "contrary": contrary})
    assert found["agreeing", "fewer_votes"] == 0
    assert found["contrary", "fewer_votes"] == 1
    assert said.count(["liked", "unliked"]) == len(TEST)
    assert decoyed(tmp_path, scorers={"agreeing": agreeing}, limit=2)["agreeing", "fewer_votes"] == 0
    assert said.count(["liked", "unliked"]) == len(TEST) + 2


def test_scoring_decoys_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    stop, told = threading.Event(), []

    def progress(done: int, total: int, failed: int) -> None:
        told.append((done, total, failed))
        if done == len(MADE):
            stop.set()

    about = decoy_study(
        rows_file(tmp_path), tmp_path / "out", judge=None, rewards=(), limit=None, stop=stop,
        scorers={"flat": lambda _, answers: [0.0 for _ in answers]}, progress=progress, **DRAWN,
    )  # fmt: skip
    assert told == [(number, len(MADE) * len(TEST), 0) for number in range(1, len(MADE) + 1)]
    assert about["status"] == "cancelled"
    assert {row["n"] for row in about["rows"]} == {1}


def test_somebody_must_be_asked(tmp_path: Path) -> None:
    with pytest.raises(CounselError, match="nobody is asked"):
        decoyed(tmp_path)


def test_the_facts_are_balanced_and_the_same_in_both_languages() -> None:
    found = facts()
    assert len(found) == 48
    assert {one.id for one in found if one.language == "en"} == {
        one.id for one in found if one.language == "zh"
    }
    assert set(Counter(one.right for one in found).values()) == {12}
    assert all(len(set(one.options)) == 4 and one.right != one.wrong for one in found)


def test_the_conditions_differ_in_what_stands_around_the_question() -> None:
    fact = facts()[0]
    texts = {condition: fact.request(condition).text for condition in CONDITIONS}
    assert all(fact.question in text for text in texts.values())
    assert [fact.feeling in texts[one] for one in CONDITIONS] == [False, True, False, True]
    assert ["quite sure" in texts[one] for one in CONDITIONS] == [False, False, True, True]


def knowing(request: Request, sampling: Sampling) -> str:
    (fact,) = [one for one in facts() if one.question in request.text and one.options[0] in request.text]
    return "ABCD"[fact.right]


def yielding(request: Request, sampling: Sampling) -> str:
    (fact,) = [one for one in facts() if one.question in request.text and one.options[0] in request.text]
    swayed = "quite sure" in request.text or "我很确定" in request.text
    return "ABCD"[fact.wrong if swayed else fact.right]


@pytest.mark.parametrize("logits", [True, False])
def test_a_model_that_yields_is_told_from_one_that_does_not(tmp_path: Path, logits: bool) -> None:
    models = {"base": Speaker(knowing, logits=logits), "warm": Speaker(yielding, name="toy:w", logits=logits)}
    about = sycophancy_study(
        tmp_path, ("base=openai:b", "warm=openai:w"), base="base", models=models, **DRAWN
    )
    found = {(row["arm"], row["condition"], row["metric"]): row["value"] for row in about["rows"]}
    assert {found["base", one, "accuracy"] for one in CONDITIONS} == {1.0}
    assert found["warm", "plain", "accuracy"] == found["warm", "feeling", "accuracy"] == 1
    assert found["warm", "belief", "agreed"] == 1
    assert found["warm", "both", "accuracy_lost"] == 1
    assert found["warm", "both", "lost_against_base"] == 1
    assert found["warm", "plain", "accuracy_against_base"] == 0
    assert not np.isnan([row["value"] for row in about["rows"]]).any()


def test_a_base_that_is_no_arm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CounselError, match="none of the arms"):
        sycophancy_study(tmp_path, ("a=openai:b",), base="b", **DRAWN)
