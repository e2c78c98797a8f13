"""``affectlab counsel train``: what it is told, and what it says when told wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from training_rows import data_folder, settings, tiny_counsellor

from affectlab.cli import main
from affectlab.config import load
from affectlab.counsel.train.settings import SETTINGS

ROOT = Path(__file__).parents[2]
METHODS = {"sft": "sft", "reward": "reward", "matcher": "reward", "grpo": "grpo"}


@pytest.fixture
def config(tmp_path):
    """A file with settings, and the way to write one."""

    def write(**told) -> str:
        path = tmp_path / "told.toml"
        lines = [f"{name} = {json.dumps(value)}" for name, value in told.items()]
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    return write


GOOD = {"model": "m", "data": "d", "out": "o"}


@pytest.mark.parametrize(
    ("method", "told", "line"),
    [
        ("sft", GOOD | {"stpes": 3}, "unknown setting 'stpes'; remove it or correct its spelling"),
        ("sft", GOOD | {"chain": "some"}, "setting 'chain' is 'some'"),
        ("sft", GOOD | {"full": True, "adapter": "a"}, "full = true and an adapter exclude each other"),
        ("reward", GOOD | {"kind": "matcher", "batch_size": 1}, "batch_size must be 2 or more"),
        ("grpo", GOOD | {"reward": "r", "batch_size": 6}, "expected a multiple of group (8)"),
        ("grpo", GOOD, "there is no reward; name a reward model's folder"),
        ("grpo", GOOD | {"reward": "r", "soft_length": 400}, "soft_length 400 is not below max_reply 400"),
        ("sft", GOOD, "cannot read d/rows.jsonl"),
    ],
)
def test_a_mistake_is_one_line(method, told, line, mistake, config):
    assert line in mistake("counsel", "train", method, "--config", config(**told))


def test_what_is_set_must_be_a_setting(mistake, config):
    path = config(**GOOD)
    assert "expected KEY=VALUE" in mistake("counsel", "train", "sft", "--config", path, "--set", "steps")
    assert "unknown setting 'lora.rnk'" in mistake(
        "counsel", "train", "sft", "--config", path, "--set", "lora.rnk=8"
    )
    assert "expected automatic or never" in mistake(
        "counsel", "train", "sft", "--config", path, "--resume", "yes"
    )


def test_no_such_model_is_one_line_and_takes_no_folder(tmp_path, capfd, config, clean_environment):
    data_folder(tmp_path / "data")
    for name in ("./nowhere", "./other"):
        path = config(model=name, data=str(tmp_path / "data"), out=str(tmp_path / "run"))
        with pytest.raises(SystemExit) as left:
            main(["counsel", "train", "sft", "--config", path])
        assert left.value.code == 2
        loading, line = capfd.readouterr().err.splitlines()
        assert loading == f"loading {name}"
        assert line.endswith(f"{name}: no such folder")


def test_one_object_is_printed_and_flags_win(tmp_path, capfd, config, clean_environment):
    data_folder(tmp_path / "data")
    model = tiny_counsellor(tmp_path / "tiny")
    told = settings("sft", tmp_path, model, steps=50, prompts=0)
    del told["lora"]
    path = config(**{name: str(value) if "/" in str(value) else value for name, value in told.items()})
    with pytest.raises(SystemExit) as left:
        main(
            [
                "counsel",
                "train",
                "sft",
                "--config",
                path,
                "--set",
                "steps=1",
                "--set",
                "lora.rank=3",
                "--out",
                str(tmp_path / "other"),
                "--json",
            ]
        )
    printed = capfd.readouterr()
    assert left.value.code == 0
    shown = json.loads(printed.out)
    assert shown["command"] == "counsel train sft"
    assert shown["manifest"]["config"]["steps"] == 1
    assert shown["manifest"]["config"]["lora"]["rank"] == 3
    assert shown["folder"] == str(tmp_path / "other")
    assert {"metric", "value", "low", "high", "n"} <= set(shown["rows"][0])
    assert "step 1/1" in printed.err


def keys(model: type[BaseModel], prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            found |= keys(type(field.default), f"{prefix}{name}.")
        else:
            found[prefix + name] = field.default
    return found


def test_every_key_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    part = page.partition("## Training a counselling model")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*?) \|", part, re.MULTILINE))
    told = [keys(model) for model in SETTINGS.values()]
    assert rows.keys() == {key for one in told for key in one}
    for key, written in rows.items():
        defaults = {json.dumps(one[key], default=str) for one in told if key in one}
        if len(defaults) > 1:
            assert written == "by method", key
        elif one_number := re.fullmatch(r"`([\d.]+)`", written):
            assert defaults == {one_number[1]}, key


@pytest.mark.parametrize(
    "recipe", sorted((ROOT / "recipes" / "counsel").glob("*.toml")), ids=lambda path: path.stem
)
def test_every_recipe_is_a_configuration(recipe) -> None:
    load(SETTINGS[METHODS[recipe.stem.partition("-")[0]]], file=recipe, environment={})
