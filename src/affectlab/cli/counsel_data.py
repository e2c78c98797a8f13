"""``affectlab counsel data …``: build, annotate and review counselling data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from affectlab.counsel.data.annotate import AnnotateSettings

app = typer.Typer(name="data", help="Build, annotate and review counselling data.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that `build` wrote.")]


@app.command()
def build(
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=PATH", help="A data set, repeatable; see `sets`."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write.")] = None,
    turns: Annotated[
        str | None, typer.Option(help="Of a conversation: all answers, or one drawn (one).")
    ] = None,
    validation: Annotated[float | None, typer.Option(help="Share of groups (0.1).")] = None,
    test: Annotated[float | None, typer.Option(help="Share of groups (0.1).")] = None,
    min_answer_zh: Annotated[int | None, typer.Option(help="Shortest long answer, characters (100).")] = None,
    min_answer_en: Annotated[int | None, typer.Option(help="Shortest long answer, words (30).")] = None,
    max_question: Annotated[int | None, typer.Option(help="Longest conversation, characters (8000).")] = None,
    alike: Annotated[
        float | None, typer.Option(help="Similarity that keeps texts on one side (0.5).")
    ] = None,
    keep_unsafe: Annotated[
        bool | None, typer.Option("--keep-unsafe", help="Leave flagged answers in the training split.")
    ] = None,
    votes_margin: Annotated[int | None, typer.Option(help="Votes that make an answer better (1).")] = None,
    negatives: Annotated[
        str | None, typer.Option(help="Kinds of pairs to construct, comma-separated; all of them.")
    ] = None,
    max_pairs: Annotated[int | None, typer.Option(help="Most questions with constructed pairs.")] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Refuse the first row that cannot be used.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the split and of all drawing (0).")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make rows and preference pairs of data sets: cleaned, scrubbed, filtered, split by question."""
    from affectlab.cli.progress import stages
    from affectlab.config import load
    from affectlab.counsel.data.build import build as build_data
    from affectlab.counsel.data.settings import DataSettings
    from affectlab.errors import InvalidConfig

    flags = {
        "sets": _sets(sets) if sets else None,
        "out": out,
        "turns": turns,
        "validation": validation,
        "test": test,
        "min_answer_zh": min_answer_zh,
        "min_answer_en": min_answer_en,
        "max_question": max_question,
        "alike": alike,
        "keep_unsafe": keep_unsafe,
        "votes_margin": votes_margin,
        "negatives": None if negatives is None else _listed(negatives),
        "max_pairs": max_pairs,
        "strict": strict,
        "seed": seed,
    }
    if config is None and not (sets and out):
        raise InvalidConfig("--set NAME=PATH and --out DIR are needed; see: affectlab counsel data sets")
    settings = load(DataSettings, file=config, flags=flags)
    with stages("reading") as stage:
        about = build_data(settings, lambda what, done, total: stage(what)(done, total, 0))
    _show_build(about, settings.out, as_json=as_json)


@app.command()
def annotate(
    folder: Folder,
    teacher: Annotated[str, typer.Option(help="provider:name of the model that writes the reasoning.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Most rows, drawn by the seed.")] = None,
    splits: Annotated[
        str | None, typer.Option(help="Rows of these, comma-separated (train,validation).")
    ] = None,
    attempts: Annotated[int | None, typer.Option(min=1, help="Times one row is asked about (3).")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Longest reply (500).")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the draw and of later attempts (0).")] = None,
    dtype: Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16 (hf).")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device (hf).")] = None,
    batch: Annotated[int | None, typer.Option(help="Requests per call.")] = None,
    lanes: Annotated[int | None, typer.Option(help="Calls to a server at once (8).")] = None,
    context: Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads (gguf).")] = None,
    base_url: Annotated[str | None, typer.Option(help="Server address (openai).")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a teacher write L1 to L4 between questions and human answers, checked for support in the text.

    Ctrl-C ends it after the rows under way; the same command goes on from there.
    """
    from affectlab.config import load
    from affectlab.counsel.data.annotate import AnnotateSettings

    options = {
        "dtype": dtype,
        "device": device,
        "batch_size": batch,
        "lanes": lanes,
        "context": context,
        "threads": threads,
        "base_url": base_url,
    }
    flags = {
        "folder": folder,
        "teacher": teacher,
        "limit": limit,
        "splits": None if splits is None else _listed(splits),
        "attempts": attempts,
        "max_tokens": max_tokens,
        "seed": seed,
        "options": {name: value for name, value in options.items() if value is not None} or None,
    }
    about, signal = _annotated(load(AnnotateSettings, file=config, flags=flags))
    _show_annotated(about, as_json=as_json)
    if signal is not None:
        raise typer.Exit(128 + signal)


@app.command()
def review(
    folder: Folder,
    decisions: Annotated[Path | None, typer.Option(help="Decisions exported from the page.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a page on which people accept, reject or edit annotated reasoning, or apply what they decided."""
    from affectlab.cli.output import print_json
    from affectlab.counsel.data.review import apply_decisions, write_page

    about = write_page(folder) if decisions is None else apply_decisions(folder, decisions)
    if as_json:
        print_json(about)
    elif decisions is None:
        typer.echo(f"{about['items']} to review: {about['page']}")
    else:
        said = ", ".join(f"{number} {kind}" for kind, number in about["decisions"].items())
        typer.echo(f"{said}; {about['chains']} rows have reasoning")


@app.command()
def sets(as_json: AsJson = False) -> None:
    """List the data sets that can be read, with their licences."""
    from affectlab.cli.output import print_json, print_rows
    from affectlab.counsel.data.sources import SOURCES

    rows = [
        {"set": name, "what": one.title, "licence": one.licence, "may_ship": one.may_ship}
        for name, one in SOURCES.items()
    ]
    if as_json:
        print_json({"command": "counsel data sets", "rows": rows})
    else:
        print_rows("Data sets", rows)


def _annotated(settings: AnnotateSettings) -> tuple[dict[str, Any], int | None]:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import answering
    from affectlab.counsel.data.annotate import annotate as annotate_rows

    stop = threading.Event()
    with setting_on_signals(stop) as caught, answering(settings.teacher) as progress:
        about = annotate_rows(settings, stop=stop, progress=progress)
    return about, caught[0] if caught else None


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _sets(given: list[str]) -> dict[str, Path]:
    from affectlab.errors import InvalidConfig

    found: dict[str, Path] = {}
    for one in given:
        name, equals, path = one.partition("=")
        if not equals or not path:
            raise InvalidConfig(f"--set {one!r} names no file; expected NAME=PATH")
        if name in found:
            raise InvalidConfig(f"--set {name} is given twice; expected each set once")
        found[name] = Path(path)
    return found


def _show_annotated(about: dict[str, Any], *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json(about)
        return
    held = "held to the grammar" if about["constrained"] else "not held to a grammar"
    print_rows(f"{about['rows']} rows by {about['teacher']}, {held}", [about["status"]])
    typer.echo(f"asked now about {about['asked']}; review them with: affectlab counsel data review DIR")


def _show_build(about: dict[str, Any], out: Path, *, as_json: bool) -> None:
    from affectlab.cli.output import print_json, print_rows

    if as_json:
        print_json(about)
        return
    print_rows(
        "Sets", [{key: one[key] for key in ("name", "rows", "licence", "may_ship")} for one in about["sets"]]
    )
    print_rows("Rows", [{"split": name, **counts} for name, counts in about["splits"].items()])
    print_rows("Pairs", [{"split": name, **counts} for name, counts in about["pairs"].items()])
    print_rows("Filters", [{**one, "examples": ", ".join(one["examples"][:2])} for one in about["filters"]])
    print_rows("Personal data replaced", [about["personal"]])
    for line in about["problems"]:
        typer.echo(line, err=True)
    typer.echo(out / "dataset.json")
