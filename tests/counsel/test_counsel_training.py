"""The three trainings end to end on a tiny model: what they leave, and that they go on where cut off."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import tiny_text
from training_rows import data_folder, row, settings, tiny_counsellor

from affectlab.counsel.data.files import read_rows
from affectlab.counsel.rewards import open_reward
from affectlab.counsel.train.settings import SETTINGS
from affectlab.counsel.train.tokens import request_of
from affectlab.counsel.train.training import train
from affectlab.counsel.train.watching import Interrupted
from affectlab.errors import CounselError, DiskFull, InvalidConfig, OutOfMemory
from affectlab.models import Turn


class Finished(NamedTuple):
    """A fine-tuning that came to its end."""

    out: Path
    told: dict[str, Any]
    result: dict[str, Any]


TIMES = {"seconds", "cpu_seconds", "step_time"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return tiny_counsellor(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def folder(tmp_path) -> Path:
    data_folder(tmp_path / "data")
    return tmp_path


@pytest.fixture(scope="module")
def finished(tiny, tmp_path_factory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    data_folder(folder / "data")
    told = settings("sft", folder, tiny)
    return Finished(folder / "run", told, run("sft", told))


def run(method: str, told: dict[str, Any], **more: Any) -> dict[str, Any]:
    more = {"stop": threading.Event(), "say": lambda line: None} | more
    return train(method, SETTINGS[method].model_validate(told), **more)


def curve(out: Path) -> list[dict[str, float]]:
    lines = (out / "metrics.jsonl").read_text().splitlines()
    return [{name: value for name, value in json.loads(line).items() if name not in TIMES} for line in lines]


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(next((out / "model").glob("*.safetensors")))


class Stopper:
    """Asks to stop once a line begins as given."""

    def __init__(self, at: str) -> None:
        self.at, self.event, self.lines = at, threading.Event(), []

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith(self.at):
            self.event.set()


CASES = [
    ("sft", {}),
    ("reward", {"kind": "bradley-terry"}),
    ("reward", {"kind": "matcher"}),
    ("grpo", {}),
]


@pytest.mark.parametrize(("kind", "changes"), CASES, ids=["sft", "bradley-terry", "matcher", "grpo"])
def test_cut_off_and_started_again_gives_the_same_curve_and_weights(kind, changes, folder, tiny):
    whole = run(kind, settings(kind, folder, tiny, out=folder / "whole", **changes))
    stopper = Stopper("step 3/6")
    told = settings(kind, folder, tiny, out=folder / "cut", **changes)
    with pytest.raises(Interrupted):
        run(kind, told, stop=stopper.event, say=stopper)
    half = curve(folder / "cut")
    assert 3 <= half[-1]["step"] < 6

    again = Stopper("never")
    rest = run(kind, told, say=again)

    assert any(line.startswith("going on from step") for line in again.lines)
    assert curve(folder / "cut") == curve(folder / "whole")
    one, other = weights(folder / "whole"), weights(folder / "cut")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert rest["rows"] == whole["rows"]
    assert not (folder / "cut" / "checkpoints").exists()


def test_killed_while_writing_it_goes_on_from_the_last_whole_checkpoint(folder, tiny):
    told = settings("sft", folder, tiny, prompts=0, steps=12, out=folder / "killed")
    config = folder / "sft.toml"
    config.write_text("".join(f"{name} = {_toml(value)}\n" for name, value in told.items() if name != "lora"))
    command = [sys.executable, "-m", "affectlab", "counsel", "train", "sft", "--config", str(config)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, env=environment, **quiet) as process:
        marked = folder / "killed" / "checkpoints"
        while not list(marked.glob("checkpoint-*/whole.json")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    torn = marked / "checkpoint-39"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"global_st')

    run("sft", {name: value for name, value in told.items() if name != "lora"})

    plain = settings("sft", folder, tiny, prompts=0, steps=12, out=folder / "plain")
    run("sft", {name: value for name, value in plain.items() if name != "lora"})
    assert curve(folder / "killed") == curve(folder / "plain")


def _toml(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def test_a_finished_run_is_not_trained_again(finished):
    lines: list[str] = []
    again = run("sft", finished.told, say=lines.append)
    assert again == json.loads(json.dumps(finished.result))
    assert lines == [f"{finished.out} is finished"]


def test_cut_off_after_the_last_step_it_only_measures(folder, tiny):
    stopper = Stopper("measuring after training")
    told = settings("sft", folder, tiny, steps=2)
    with pytest.raises(Interrupted):
        run("sft", told, stop=stopper.event, say=stopper)
    kept = weights(folder / "run")
    result = run("sft", told)
    assert [entry["step"] for entry in curve(folder / "run")] == [1, 2]
    assert all(torch.equal(kept[name], one) for name, one in weights(folder / "run").items())
    assert {row["phase"] for row in result["rows"]} == {"before", "after", "difference"}


def test_a_folder_is_not_shared_by_two_runs(finished, tmp_path):
    shutil.copytree(finished.told["data"], tmp_path / "data")
    told = finished.told | {"data": tmp_path / "data"}
    shutil.copytree(finished.out, tmp_path / "run")
    told = told | {"out": tmp_path / "run"}
    about = tmp_path / "run" / "run.json"
    about.write_text(about.read_text().replace(str(finished.told["data"]), str(tmp_path / "data")))
    with pytest.raises(CounselError, match=r"another run: learning_rate is 0.5 and was 0.01"):
        run("sft", told | {"learning_rate": 0.5})
    with pytest.raises(CounselError, match="holds a run already"):
        run("sft", told, new=True)
    data_folder(tmp_path / "data", [row(number, "train") for number in range(3)])
    with pytest.raises(CounselError, match=r"rows.jsonl has changed"):
        run("sft", told)


def test_what_a_run_leaves(finished, tiny):
    out, result = finished.out, finished.result
    assert {"card.md", "curve.svg", "curve.png", "metrics.jsonl", "run.json", "result.json", "model"} <= {
        one.name for one in out.iterdir()
    }
    assert not list(out.rglob("*.bin"))
    assert not list(out.rglob("*.pt"))
    manifest = json.loads((out / "run.json").read_text())
    assert set(manifest["data"]) == {"rows.jsonl"}
    assert manifest["packages"]["trl"]
    assert str(tiny) in manifest["models"]["base"]
    assert [entry["step"] for entry in curve(out)] == [1, 2, 3, 4, 5, 6]
    card = (out / "card.md").read_text()
    assert "not a medical device" in card
    assert "| toy | en | ours | yes | 9 |" in card
    assert result["epochs"] == 1.5
    assert f"{result['counts']['train']}, gone through 1.5 times" in card
    phases = {(row["phase"], row["metric"]) for row in result["rows"]}
    assert ("after", "format_valid") in phases
    assert ("difference", "held_out_loss") in phases


def test_what_is_learned_is_learned(folder, tiny):
    result = run("sft", settings("sft", folder, tiny, steps=20, prompts=0, chain="none"))
    (change,) = [row for row in result["rows"] if row["phase"] == "difference"]
    assert change["high"] < -1


def test_served_with_its_adapter_the_model_replies_as_it_did_in_training(finished, tiny):
    from affectlab.models import ModelOptions, Sampling, load_model

    model = load_model(f"hf:{tiny}", ModelOptions(lora=finished.out / "model", dtype="float32"))
    rows = {one.id: one for one in read_rows(finished.told["data"])}
    shown = finished.result["examples"]
    requests = [request_of(rows[one["id"]].turns, rows[one["id"]].language, chain=True) for one in shown]
    served = model.generate(requests, Sampling(max_tokens=6))
    assert [one.text for one in served] == [one["reply"] for one in shown]


def test_all_weights_are_trained_where_asked_and_the_folder_is_a_model(folder, tiny):
    from affectlab.models import Request, Sampling, load_model

    run("sft", settings("sft", folder, tiny, full=True, steps=2, prompts=0))
    model = load_model(f"hf:{folder / 'run' / 'model'}")
    assert len(model.generate([Request(("hello",))], Sampling(max_tokens=2))) == 1


def test_rows_that_are_too_long_are_left_out_and_counted(folder, tiny):
    rows = [row(number, "train") for number in range(4)] + [row(9, "train", answer="so long " * 200)]
    data_folder(folder / "data", [*rows, *(row(number, "validation") for number in (20, 21))])
    result = run("sft", settings("sft", folder, tiny, steps=1, prompts=0, max_length=900))
    assert result["counts"]["train"] == 4
    assert result["counts"]["train_too_long"] == 1


def test_no_reasoning_to_learn_from_is_said(folder, tiny):
    data_folder(folder / "data", [row(number, "train", chain=None) for number in range(4)])
    with pytest.raises(CounselError, match=r"none of 4 rows has annotated reasoning.*rule-made"):
        run("sft", settings("sft", folder, tiny, chain="annotated"))


def test_rows_without_an_answer_are_named(folder, tiny):
    path = folder / "data" / "rows.jsonl"
    broken = json.loads(path.read_text().splitlines()[0]) | {"answer": ""}
    path.write_text(path.read_text() + json.dumps(broken) + "\n")
    with pytest.raises(CounselError, match=r"rows.jsonl:21: answer"):
        run("sft", settings("sft", folder, tiny))


@pytest.mark.parametrize("kind", ["bradley-terry", "matcher"])
@pytest.mark.parametrize("full", [False, True], ids=["adapters", "all weights"])
def test_a_reward_model_opened_again_scores_as_it_did(kind, full, folder, tiny):
    result = run("reward", settings("reward", folder, tiny, kind=kind, layers=2, full=full, steps=2))
    assert {row["kind"] for row in result["rows"]} == {"echo", "generic", "all"}
    assert {row["method"] for row in result["rows"]} == {"reward", "longer answer"}

    reward = open_reward(folder / "run")
    turns = (Turn("user", "I worry."), Turn("assistant", "About what?"), Turn("user", "Sleep."))
    answers = ["That is hard.", "Try to rest; what keeps you awake?", "x"]
    scores = reward(turns, answers)
    assert scores == pytest.approx(reward.paired([turns] * 3, answers), abs=1e-5)
    assert scores == pytest.approx([reward(turns, [answer])[0] for answer in answers], abs=1e-4)
    assert len(set(scores)) == 3


def test_a_reward_model_wants_the_base_it_was_made_of(folder, tiny, tmp_path):
    run("reward", settings("reward", folder, tiny, kind="matcher", steps=1))
    about = folder / "run" / "model" / "reward.json"
    about.write_text(about.read_text().replace('"revision": "', '"revision": "0'))
    with pytest.raises(CounselError, match="in another state"):
        open_reward(folder / "run")
    with pytest.raises(CounselError, match="holds no reward model"):
        open_reward(tmp_path / "nothing")


def test_pairs_learned_are_preferred(folder, tiny):
    told = settings("reward", folder, tiny, kind="bradley-terry", steps=30, batch_size=4, kinds=("generic",))
    rows = run("reward", told)["rows"]
    (right,) = [row for row in rows if row["kind"] == "generic" and row["method"] == "reward"]
    assert right["value"] == 1.0


def test_too_many_long_pairs_are_refused(folder, tiny):
    with pytest.raises(CounselError, match=r"12 of 12 are longer than max_length 8"):
        run("reward", settings("reward", folder, tiny, kind="matcher", max_length=8))


def test_grpo_logs_every_term_and_uses_the_reward_model(folder, tiny):
    run("reward", settings("reward", folder, tiny, kind="matcher", out=folder / "matcher", steps=1))
    told = settings("grpo", folder, tiny, steps=2, reward=folder / "matcher", weights={"answer": 2})
    result = run("grpo", told)
    names = set(curve(folder / "run")[0])
    terms = {"format", "answer", "length", "repetition", "safety"}
    assert {f"rewards/{term}/mean" for term in terms} <= names
    assert {row["metric"] for row in result["rows"]} == {"format_valid", *terms}
    about = folder / "matcher" / "model" / "reward.json"
    about.write_text(about.read_text() + "\n")
    with pytest.raises(CounselError, match="another run: reward has changed"):
        run("grpo", told)


def test_grpo_goes_on_with_the_adapter_of_sft(folder, tiny, finished):
    adapter = finished.out / "model"
    run("grpo", settings("grpo", folder, tiny, steps=1, learning_rate=1e-12, adapter=adapter))
    before, after = weights(finished.out), weights(folder / "run")
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)


def test_an_adapter_of_another_model_is_refused(folder, finished, tmp_path):
    other = tiny_text(tmp_path / "other", context=4096, head_dim=32)
    with pytest.raises(InvalidConfig, match=r"adapter .* does not fit"):
        run("sft", settings("sft", folder, other, adapter=finished.out / "model", max_length=3000))


def test_a_package_that_is_asked_for_and_not_there_is_one_line(folder, tiny, monkeypatch):
    monkeypatch.setattr("affectlab.counsel.train.arguments.find_spec", lambda name: None)
    with pytest.raises(InvalidConfig, match="report_to needs wandb, which is not installed"):
        run("sft", settings("sft", folder, tiny, prompts=0, report_to="wandb"))


def test_a_reward_that_is_no_number_stops_the_run_and_names_the_sample(folder, tiny, monkeypatch):
    monkeypatch.setattr(
        "affectlab.counsel.train.grpo.repetition_term", lambda samples: [float("nan")] * len(samples)
    )
    with pytest.raises(CounselError, match=r"reward term 'repetition' is nan for sample 'r\d+'"):
        run("grpo", settings("grpo", folder, tiny))


def test_a_reward_that_is_no_number_may_be_left_out_and_is_counted(folder, tiny, monkeypatch):
    monkeypatch.setattr(
        "affectlab.counsel.train.grpo.repetition_term", lambda samples: [float("nan")] * len(samples)
    )
    lines: list[str] = []
    told = settings("grpo", folder, tiny, steps=2, on_bad_reward="skip")
    result = run("grpo", told, say=lines.append)
    assert result["counts"]["bad_rewards"] == {"repetition": 2 * 2 + 2 * 4}
    assert sum("left out" in line and "repetition" in line for line in lines) == 12
    assert [entry["bad/repetition"] for entry in curve(folder / "run")] == [4, 4]


def test_want_of_memory_says_what_to_change_and_training_goes_on(folder, tiny, monkeypatch):
    from trl import SFTTrainer

    told = settings("sft", folder, tiny, prompts=0)
    stock, calls = SFTTrainer.training_step, []

    def step(self, *arguments, **settled):
        calls.append(1)
        if len(calls) == 4:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return stock(self, *arguments, **settled)

    monkeypatch.setattr(SFTTrainer, "training_step", step)
    with pytest.raises(OutOfMemory, match=r"batch_size = 1 \(it is 2\).*gradient_checkpointing = true"):
        run("sft", told)
    run("sft", told)
    assert [entry["step"] for entry in curve(folder / "run")] == [1, 2, 3, 4, 5, 6]


def test_a_full_disk_is_said_and_leaves_the_last_checkpoint_whole(folder, tiny, monkeypatch):
    told = settings("sft", folder, tiny, prompts=0)
    stock, calls = torch.save, []

    def save(*arguments, **settled):
        calls.append(1)
        if len(calls) > 6:
            raise OSError(28, "No space left on device")
        return stock(*arguments, **settled)

    monkeypatch.setattr(torch, "save", save)
    with pytest.raises(DiskFull, match="no room left"):
        run("sft", told)
    monkeypatch.setattr(torch, "save", stock)
    lines: list[str] = []
    run("sft", told, say=lines.append)
    assert any(line.startswith("going on from step 2") for line in lines)
