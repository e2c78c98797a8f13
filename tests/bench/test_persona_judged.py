"""Rationales before a judge: conditions compete on the same event and reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from persona_folder import ReadersModel, persona_data, small_world
from toy_judges import RuleJudge, better

from affectlab.bench.dataset import read_dataset
from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.judging.run import judge_runs
from affectlab.bench.judging.settings import JudgeSettings
from affectlab.bench.persona.judged import CRITERIA, cases, judgeable
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.models import Failure, Generation, Request, Sampling


class Writer(ReadersModel):
    """Writes better the more it is told."""

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> list[Generation | Failure]:
        return [
            Generation("good " * (("Big Five" in one.text) * 2 + ("MBTI" in one.text)) + one.text[:40])
            for one in requests
        ]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    people = small_world(4)
    data = persona_data(tmp_path / "data", people)
    settings = RunSettings(
        benchmark="persona",
        data=data,
        model="readers",
        out=tmp_path / "run",
        tasks=("rationale",),
        arms=("none", "mbti", "bigfive", "mbti@zh"),
    )
    run_benchmark(settings, model=Writer(people, np.zeros((5, 7))))
    return tmp_path / "run"


def test_conditions_compete_three_ways_on_the_same_event_and_reader(written: Path, tmp_path: Path) -> None:
    settings = JudgeSettings(runs=(written,), judge="openai:gpt-4o", resamples=20, out=tmp_path / "judged")
    about = judge_runs(settings, model=RuleJudge(better("good"), logits=True))
    assert about["criteria"] == [criterion.name for criterion in CRITERIA]
    won = {
        (row["method"].split()[-1], row["against"].split()[-1]): (row["value"], row["n"])
        for row in about["rows"]
        if row["metric"] == "win_rate" and row["criterion"] == "specificity" and row["subset"] == "all"
    }
    assert won["none", "mbti"] == won["none", "bigfive"] == won["mbti", "bigfive"] == (0.0, 24)
    assert won["bigfive", "all"][0] == 1
    assert not any("mbti@zh" in pair for pair in won if "none" in pair)


def test_the_judge_sees_the_readers_own_profile_whatever_was_told(written: Path) -> None:
    run = read_exam_run(written)
    answers = list(judgeable(run, read_dataset(written.parent / "data")))
    untold = next(one for one in answers if one.arm == "none")
    assert "Big Five scores" in str(untold.context[-1])
    found = cases(answers)
    assert {case.language for case in found} == {"en", "zh"}
    assert all(case.right != case.off and case.scene != case.other for case in found)
