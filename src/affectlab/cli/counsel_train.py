"""``affectlab counsel train …``: fine-tune, train a reward model, and reinforce by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.counsel.train.training import Method

app = typer.Typer(name="train", help="Train counselling models: sft, reward, grpo.", no_args_is_help=True)

_Config = Annotated[Path, typer.Option(help="TOML file with settings; recipes/counsel has some.")]
_Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="KEY=VALUE that overrides a setting, as lora.rank=8; repeatable."),
]
_Out = Annotated[Path | None, typer.Option(help="Folder of the run.")]
_Resume = Annotated[
    str, typer.Option(help="automatic: go on with the run in --out. never: refuse such a folder.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def sft(
    config: _Config,
    set_: _Set = None,
    out: _Out = None,
    resume: _Resume = "automatic",
    as_json: _Json = False,
) -> None:
    """Teach a model to reply as counsellors did, in the form of the Chain of Empathy."""
    _run("sft", config, set_, out, resume, as_json=as_json)


@app.command()
def reward(
    config: _Config,
    set_: _Set = None,
    out: _Out = None,
    resume: _Resume = "automatic",
    as_json: _Json = False,
) -> None:
    """Train a model that scores answers: kind = "bradley-terry" or "matcher"."""
    _run("reward", config, set_, out, resume, as_json=as_json)


@app.command()
def grpo(
    config: _Config,
    set_: _Set = None,
    out: _Out = None,
    resume: _Resume = "automatic",
    as_json: _Json = False,
) -> None:
    """Reinforce a fine-tuned model by named, weighted terms of reward."""
    _run("grpo", config, set_, out, resume, as_json=as_json)


def _run(
    method: Method, config: Path, overrides: list[str] | None, out: Path | None, resume: str, *, as_json: bool
) -> None:
    from affectlab.config import load
    from affectlab.counsel.train.settings import SETTINGS
    from affectlab.errors import InvalidConfig

    if resume not in {"automatic", "never"}:
        raise InvalidConfig(f"--resume is {resume!r}; expected automatic or never")
    flags = _flags(overrides or [])
    if out is not None:
        flags["out"] = out
    settings = load(SETTINGS[method], file=config, flags=flags)
    _show(_trained(method, settings, new=resume == "never"), as_json=as_json)


def _flags(overrides: list[str]) -> dict[str, Any]:
    """Read ``KEY=VALUE`` as TOML does; a value that is none is taken as text."""
    import tomllib

    from affectlab.errors import InvalidConfig

    found: dict[str, Any] = {}
    for one in overrides:
        key, equals, value = one.partition("=")
        if not equals or not key.strip():
            raise InvalidConfig(f"--set is {one!r}; expected KEY=VALUE, as --set steps=200")
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            parsed = value
        *path, last = key.strip().split(".")
        target = found
        for part in path:
            target = target.setdefault(part, {})
        target[last] = parsed
    return found


def _trained(method: Method, settings: Any, *, new: bool) -> dict[str, Any]:
    import threading
    from importlib.util import find_spec

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.errors import MissingExtra

    for package in ("torch", "transformers", "trl"):
        if find_spec(package) is None:
            raise MissingExtra(package, "counsel")
    from affectlab.counsel.train.training import train
    from affectlab.counsel.train.watching import Interrupted

    stop = threading.Event()
    with setting_on_signals(stop) as caught:
        try:
            return train(method, settings, stop=stop, say=_say, new=new)
        except Interrupted as end:
            typer.echo("stopped; the same command goes on from there", err=True)
            raise typer.Exit(128 + caught[0]) from end


def _say(line: str) -> None:
    from rich.console import Console

    Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)


def _show(result: dict[str, Any], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json(result)
        return
    print_rows("Held-out figures, 95 % intervals clustered by question", result["rows"])
    typer.echo(result["folder"])
