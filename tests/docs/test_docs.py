"""The documentation says what the code does: links lead somewhere, examples run, tables are complete."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.main import get_command

from affectlab.bench.aica.rules import AicaRules
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.judging.settings import JudgeSettings
from affectlab.bench.settings import RunSettings
from affectlab.bench.steering.settings import FitSettings, SweepSettings
from affectlab.bench.steering.study import StudySettings
from affectlab.cli import app
from affectlab.config import NOT_SETTINGS, load
from affectlab.counsel.chat import ChatSettings
from affectlab.counsel.data.annotate import AnnotateSettings
from affectlab.counsel.data.settings import DataSettings
from affectlab.counsel.serve import ServeSettings
from affectlab.counsel.train.settings import SftSettings
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.evaluation.settings import EvaluateSettings
from affectlab.decoding.net.job import TrainSettings
from affectlab.session import events
from affectlab.session.config import SessionConfig
from affectlab.session.outcome import Outcome
from affectlab.session.summary import Summary
from affectlab.studio.config import StudioConfig

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
MODELS = {
    "session.toml": SessionConfig,
    "studio.toml": StudioConfig,
    "run.toml": RunSettings,
    "judge.toml": JudgeSettings,
    "rules.toml": EmoMMRules,
    "aica.toml": AicaRules,
    "steer.toml": FitSettings,
    "sweep.toml": SweepSettings,
    "prepare.toml": PrepareSettings,
    "evaluate.toml": EvaluateSettings,
    "train.toml": TrainSettings,
    "sft.toml": SftSettings,
    "data.toml": DataSettings,
    "annotate.toml": AnnotateSettings,
    "chat.toml": ChatSettings,
    "serve.toml": ServeSettings,
}
EVENTS = [kind for name, kind in vars(events).items() if name.endswith("Event") and name != "Event"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def fences(page: Path | str) -> list[tuple[str, str]]:
    """Return language and text of every fenced block of a page."""
    return FENCE.findall((ROOT / page).read_text(encoding="utf-8"))


def blocks(language: str) -> list[pytest.param]:
    """Return every fenced block of a language, named after its page and place."""
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
        for page in PAGES
        for number, (name, block) in enumerate(fences(page), 1)
        if name == language
    ]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the HTML build make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def section(page: str, heading: str) -> str:
    """Return the text under a heading, up to the next one."""
    text = FENCE.sub("", (ROOT / "docs" / page).read_text(encoding="utf-8"))
    return re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def commands(block: str) -> list[list[str]]:
    """Return the commands of a shell block as words, without variables set in front of them."""
    found = []
    for line in block.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words:
            found.append(words)
    return found


def keys(model: type[BaseModel], prefix: str = "") -> dict[str, object]:
    """Return every key of a configuration model in dotted form, with its default."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            found |= keys(type(default), f"{prefix}{name}.")
        else:
            found[prefix + name] = default
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(file), f"{page.name} links to {target}"


def test_every_stream_has_its_events() -> None:
    assert sorted(kind.stream for kind in EVENTS) == sorted(events.STREAMS)


def test_every_page_is_in_the_navigation_and_on_the_first_page() -> None:
    navigation = (ROOT / "properdocs.yml").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        name = str(page.relative_to(ROOT / "docs"))
        assert f": {name}\n" in navigation
        assert name == "index.md" or f"({name})" in index


@pytest.mark.parametrize("block", blocks("bash"))
def test_every_command_line_is_one_the_command_takes(block) -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for program, *words in commands(block):
        if program == "affectlab":
            understand(words)
        elif program == "make":
            assert set(words) <= set(targets)
        elif program == "python":
            assert (ROOT / words[0]).is_file()
        else:
            assert program in {"source", "pip"}


def understand(words: list[str]) -> None:
    """Parse a command line as affectlab would, without running it."""
    command, name, rest = get_command(app), "affectlab", words
    while hasattr(command, "commands"):
        name, *rest = rest
        assert name in command.commands, f"affectlab has no command {name!r}"
        command = command.commands[name]
    command.make_context(name, rest)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["session", "run"], "out"),
        (["session", "report", "somewhere", "--colour"], "--colour"),
        (["session", "run", "--out", "x", "--seed", "first"], "integer"),
        (["jump"], "no command 'jump'"),
    ],
)
def test_the_check_of_command_lines_finds_mistakes(words, complaint) -> None:
    with pytest.raises(Exception, match=complaint):
        understand(words)


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_example_runs(block, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        cwd=tmp_path,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_toml_example_is_a_configuration(block, tmp_path) -> None:
    name = block.splitlines()[0].removeprefix("# ")
    (tmp_path / name).write_text(block, encoding="utf-8")
    config = load(MODELS[name], file=tmp_path / name, environment={})
    assert config.model_fields_set == tomllib.loads(block).keys()


@pytest.mark.parametrize("block", blocks("json"))
def test_every_json_example_is_json_with_its_command(block) -> None:
    assert isinstance(json.loads(block)["command"], str)


def test_every_command_that_prints_json_has_an_example() -> None:
    shown = {json.loads(block)["command"] for name, block in fences("docs/formats.md") if name == "json"}
    assert shown == set(printing(get_command(app), ()))


def printing(command, path: tuple[str, ...]) -> list[str]:
    """Return the names of the commands at and below `command` that take --json."""
    if not hasattr(command, "commands"):
        return [" ".join(path)] if any("--json" in one.opts for one in command.params) else []
    return [name for word, one in command.commands.items() for name in printing(one, (*path, word))]


def test_the_example_of_a_run_has_the_shape_that_is_printed() -> None:
    shown = json.loads(fences("docs/formats.md")[0][1])
    head = ["command", "session", "folder", "arm", "manifest"]
    assert [*shown] == [*head, *(field.name for field in fields(Summary))]
    assert [*shown["outcome"]] == [field.name for field in fields(Outcome)]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.stream)
def test_every_field_of_every_event_is_described(kind) -> None:
    rows = re.findall(r"^\| (.+?) \|", section("formats.md", kind.stream), re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert described == {field.name for field in fields(kind)} - {"time"}


@pytest.mark.parametrize(
    ("model", "heading"),
    [
        (SessionConfig, "A session"),
        (StudioConfig, "The studio"),
        (RunSettings, "A benchmark run"),
        (JudgeSettings, "Judging runs"),
        (EmoMMRules, "EmoMM's rules"),
        (AicaRules, "AICA-Bench's rules"),
        (FitSettings, "Fitting a steering"),
        (StudySettings, "Judging a steering"),
        (PrepareSettings, "Preparing EEG"),
        (EvaluateSettings, "Evaluating decoders"),
        (TrainSettings, "Training a decoder"),
        (DataSettings, "Counselling data"),
        (AnnotateSettings, "Annotating counselling data"),
        (ChatSettings, "A guarded chat"),
        (ServeSettings, "Serving a chat"),
    ],
)
def test_every_key_is_documented_with_its_default(model, heading) -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*?) \|", section("configuration.md", heading), re.MULTILINE))
    shared = model in (FitSettings, StudySettings, JudgeSettings, AnnotateSettings)
    talks = model in (ChatSettings, ServeSettings)
    elsewhere = ("session.", *(("options.",) if shared or talks else ()), *(("gate.",) if talks else ()))
    expected = {key: default for key, default in keys(model).items() if not key.startswith(elsewhere)}
    assert rows.keys() - {"session", *(("options", "gate") if talks else ())} == expected.keys()
    for key, default in expected.items():
        if key not in {"sessions", "people"}:
            assert rows[key] == written(default), key


def written(default: object) -> str:
    """Return a default as the tables of keys write it."""
    if default is PydanticUndefined:
        return "required"
    return "none" if default is None else f"`{json.dumps(default)}`"


def test_every_variable_that_is_no_setting_is_documented() -> None:
    rows = re.findall(r"^\| `(AFFECTLAB_\w+)` \|", section("configuration.md", "Environment"), re.MULTILINE)
    assert set(rows) == NOT_SETTINGS


def test_the_files_a_page_speaks_of_are_there() -> None:
    page = (ROOT / "docs/how-a-sample-becomes-a-note.md").read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:affect|decoding|music|planning|session|signals|studio)/\w+\.py)(?:: ([\w.]+))?`", page
    )
    assert len(named) > 15
    for file, symbol in named:
        code = (ROOT / "src/affectlab" / file).read_text(encoding="utf-8")
        for part in filter(None, symbol.split(".")):
            assert re.search(rf"\b(def|class) {part}\b", code), f"{file} has no {part}"
