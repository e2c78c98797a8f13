"""Arms answered, measured and judged: what comes out of models whose behaviour is known."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from judging_rows import Speaker, held_out_rows, laid_out, rows_file

from affectlab.cli import main
from affectlab.counsel.judging.arms import read_arm
from affectlab.counsel.judging.figures import reward_rows
from affectlab.counsel.judging.given import read_given, read_reply
from affectlab.counsel.judging.run import evaluate
from affectlab.counsel.judging.settings import EvaluateSettings
from affectlab.errors import BenchError, CounselError
from affectlab.models import Request, Sampling

ANSWERS = {row.turns[-1].text: row.answer for row in held_out_rows(12)}


def right(request: Request, sampling: Sampling) -> str:
    return laid_out(ANSWERS[request.text], request.text)


def loose(request: Request, sampling: Sampling) -> str:
    return "Cheer up, it is <L3>not so bad."


def judge_says(request: Request, sampling: Sampling) -> str:
    """Prefer whatever does not say "Cheer up"; grade it 0, anything else 2."""
    text = request.text
    if "Grades:" in text or "等级" in text:
        return "0" if "Cheer up" in text else "2"
    first, _, second = text.partition("2 ===")
    return "2" if "Cheer up" in first else "1" if "Cheer up" in second else "tie"


def evaluated(folder: Path, **more: Any) -> tuple[dict[str, Any], dict[str, Speaker]]:
    models = {
        "tuned": Speaker(right, name="toy:tuned"),
        "base": Speaker(loose, name="toy:base"),
        "judge": Speaker(judge_says, name="toy:judge", logits=True),
    }
    told = {"rows": rows_file(folder), "out": folder / "out", "resamples": 50, **more}
    arms = {"arm": ("tuned=openai:tuned", "base=openai:base:no-chain"), "judge": "openai:other"}
    return evaluate(EvaluateSettings(**{**arms, **told}), models=models), models


def scored(folder: Path, stop: threading.Event, until: int) -> tuple[dict[tuple[str, str], float], list[int]]:
    evaluated(folder)
    told: list[int] = []

    def progress(done: int, _total: int, _failed: int) -> None:
        told.append(done)
        if done == until:
            stop.set()

    found = reward_rows(
        read_given(folder / "out"),
        {row.id: row for row in held_out_rows()},
        {"length": lambda _, answers: [float(len(answer)) for answer in answers], "flat": lambda *_: [1.0]},
        resamples=50, seed=0, stop=stop, progress=progress,
    )  # fmt: skip
    return {(row["arm"], row["target"]): row["value"] for row in found}, told


def test_reward_models_score_each_arm_and_can_be_stopped(tmp_path: Path) -> None:
    means, told = scored(tmp_path, threading.Event(), until=0)
    lengths = [len(row.answer) for row in held_out_rows() if row.split == "test"]
    assert means["tuned", "length"] == pytest.approx(sum(lengths) / len(lengths))
    assert means["tuned", "flat"] == means["base", "flat"] == 1
    assert told == list(range(1, 33))
    means, told = scored(tmp_path, threading.Event(), until=8)
    assert set(means) == {("tuned", "length")}
    assert told == list(range(1, 9))


def value(about: dict[str, Any], **which: str) -> float:
    (found,) = [row for row in about["rows"] if which.items() <= row.items()]
    return float(found["value"])


def test_layout_overlap_grades_and_standings_are_those_of_the_models(tmp_path: Path) -> None:
    about, _ = evaluated(tmp_path)
    assert about["status"] == "complete"
    assert about["conversations"] == 8
    assert value(about, arm="tuned", metric="format_valid", subset="all") == 1
    assert value(about, arm="base", metric="format_valid", subset="all") == 0
    assert value(about, arm="tuned", metric="rouge_l", subset="all") == 1
    assert value(about, arm="base", metric="rouge_l", subset="zh") == 0
    assert value(about, arm="tuned", metric="explorations", subset="all") > 1.8
    assert value(about, arm="base", metric="explorations", subset="all") < 0.2
    for criterion in ("fluency", "identification", "comforting", "suggestion"):
        assert value(about, arm="tuned", metric="win_rate", criterion=criterion, against="base") == 1
        assert value(about, arm="tuned", metric="win_at_1", criterion=criterion) == 1
        assert value(about, arm="base", metric="mean_rank", criterion=criterion) == 2
    faults = {row["condition"]: row["value"] for row in about["rows"] if row["metric"] == "fault"}
    assert faults["missing"] > 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8")) == about


def test_the_judge_sees_neither_reasoning_nor_names(tmp_path: Path) -> None:
    _, models = evaluated(tmp_path)
    shown = " ".join(request.text for request in models["judge"].asked)
    assert "sad of" not in shown
    assert "<L" not in shown
    assert "tuned" not in shown


def test_nothing_is_asked_twice_and_the_figures_stay(tmp_path: Path) -> None:
    first, _ = evaluated(tmp_path)
    again, models = evaluated(tmp_path)
    assert again["rows"] == first["rows"]
    assert all(model.asked == [] for model in models.values())


def test_what_was_stopped_is_gone_on_with(tmp_path: Path) -> None:
    stop = threading.Event()
    settings = EvaluateSettings(
        rows=rows_file(tmp_path, 12), out=tmp_path / "out", arm=("tuned=openai:tuned",), resamples=50
    )

    def progress(done: int, total: int, failed: int) -> None:
        if done >= 4:
            stop.set()

    model = Speaker(right, name="toy:tuned")
    about = evaluate(settings, models={"tuned": model}, stop=stop, progress=progress)
    assert about["status"] == "cancelled"
    kept = len(read_given(tmp_path / "out"))
    assert 0 < kept < 24
    rest = Speaker(right, name="toy:tuned")
    assert evaluate(settings, models={"tuned": rest})["status"] == "complete"
    assert len(rest.asked) == 24 - kept


def test_answers_made_elsewhere_and_the_human_ones_take_part(tmp_path: Path) -> None:
    rows = [row for row in held_out_rows() if row.split == "test"]
    lines = [json.dumps({"id": row.id, "answer": "Cheer up."}) for row in rows]
    (tmp_path / "given.jsonl").write_text("\n".join(lines), encoding="utf-8")
    about, _ = evaluated(tmp_path, arm=(), answers=(f"old={tmp_path / 'given.jsonl'}",), reference=True)
    assert value(about, arm="old", metric="win_rate", criterion="comforting", against="reference") == 0
    assert not [row for row in about["rows"] if row["metric"] == "format_valid"]


def test_a_smaller_draw_is_a_part_of_a_larger_one(tmp_path: Path) -> None:
    ids = []
    for limit in (2, 5):
        evaluated(tmp_path / str(limit), limit=limit, judge=None)
        ids.append({one.id for one in read_given(tmp_path / str(limit) / "out")})
    assert len(ids[0]) == 2
    assert ids[0] < ids[1]


def test_a_judge_of_the_arms_family_is_refused(tmp_path: Path) -> None:
    arms = ("tuned=hf:Qwen/Qwen3-8B",)
    with pytest.raises(BenchError, match="famil"):
        evaluated(tmp_path, arm=arms, judge="openai:qwen-max")


def test_what_a_reply_says_is_read_as_far_as_it_can_be() -> None:
    valid = read_reply(laid_out("Hello.", "x"), chain=True)
    assert valid["answer"] == "Hello."
    assert valid["chain"].intent == "comfort of x"
    assert "faults" not in valid
    mended = read_reply("Well: " + laid_out("Hello.", "x"), chain=True)
    assert (mended["answer"], mended["faults"]) == ("Hello.", ("outside",))
    lost = read_reply("<empathy_think><L1>sad</L1></empathy_think>Just this.", chain=True)
    assert lost["answer"] == "Just this."
    assert "missing" in lost["faults"]


def test_arms_are_read_from_one_word() -> None:
    arm = read_arm("sft=hf:/models/qwen:lora=/runs/sft/model:no-chain")
    assert (arm.name, arm.model, str(arm.lora), arm.chain) == (
        "sft",
        "hf:/models/qwen",
        "/runs/sft/model",
        False,
    )
    assert read_arm("a=gguf:x.gguf").chain
    assert read_arm("b=openai:m@http://127.0.0.1:8000/v1").model == "openai:m@http://127.0.0.1:8000/v1"


@pytest.mark.parametrize("text", ["nothing", "=gguf:x", "a=", "two words=gguf:x", "reference=gguf:x"])
def test_an_arm_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CounselError, match="names no arm"):
        read_arm(text)


def test_mistakes_are_one_line(tmp_path: Path, mistake: Any) -> None:
    rows = str(rows_file(tmp_path))
    command = "counsel", "evaluate", "run", "--rows", rows, "--out", str(tmp_path / "o")
    assert "nothing to evaluate" in mistake(*command)
    assert "two arms are called 'a'" in mistake(*command, "--arm", "a=gguf:x", "--arm", "a=gguf:y")
    assert "there is no" in mistake(*command, "--answers", "a=nowhere.jsonl")
    assert "names no model" in mistake(*command, "--arm", "a=what")
    (tmp_path / "bad.jsonl").write_text('{"id": "test-en-0"}\n', encoding="utf-8")
    assert "line 1: expected an object with id and text" in mistake(
        *command, "--answers", f"a={tmp_path / 'bad.jsonl'}"
    )


def test_the_command_prints_one_object_and_writes_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row for row in held_out_rows() if row.split == "test"]
    lines = [json.dumps({"id": row.id, "text": laid_out(row.answer)}) for row in rows]
    (tmp_path / "given.jsonl").write_text("\n".join(lines), encoding="utf-8")
    told = ["--rows", str(rows_file(tmp_path)), "--out", str(tmp_path / "o"), "--resamples", "20"]
    with pytest.raises(SystemExit) as left:
        main(["counsel", "evaluate", "run", *told, "--answers", f"a={tmp_path / 'given.jsonl'}", "--json"])
    assert left.value.code == 0
    about = json.loads(capsys.readouterr().out)
    assert about["command"] == "counsel evaluate run"
    assert value(about, metric="format_valid", subset="all") == 1
    assert "no evidence" in (tmp_path / "o" / "report.html").read_text(encoding="utf-8")
