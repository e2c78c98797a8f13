"""``affectlab counsel evaluate …``: what counselling models are worth, by models, figures and people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import threading

    from affectlab.models import ModelOptions

app = typer.Typer(name="evaluate", help="Judge counselling models.", no_args_is_help=True)

Rows = Annotated[
    Path, typer.Option(help="rows.jsonl, or the folder of `counsel data build`; its test split.")
]
Arms = Annotated[
    list[str] | None,
    typer.Option("--arm", help="NAME=MODEL, with :lora=FOLDER and :no-chain after it if wanted."),
]
Answers = Annotated[list[str] | None, typer.Option("--answers", help="NAME=FILE of answers made elsewhere.")]
JudgeModel = Annotated[str | None, typer.Option(help="provider:name of the model that judges.")]
Reasons = Annotated[
    bool, typer.Option("--reasons/--no-reasons", help="Let a scored judge write its reason first.")
]
Rewards = Annotated[list[Path] | None, typer.Option("--reward", help="Folder of a reward model.")]
EmbedderFolder = Annotated[Path | None, typer.Option(help="Folder of the text embedder.")]
Out = Annotated[Path, typer.Option(help="Folder of the results; what is there is gone on with.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Most conversations, drawn at random.")]
Seed = Annotated[int, typer.Option(min=0, help="Of every draw and the bootstrap.")]
Resamples = Annotated[int, typer.Option(min=1, help="Resamples of the bootstrap.")]
Dtype = Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16 (hf).")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device (hf).")]
Batch = Annotated[int | None, typer.Option(help="Requests per call.")]
Context = Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")]
BaseUrl = Annotated[str | None, typer.Option(help="Server address (openai).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


@app.command()
def run(
    rows: Rows,
    out: Out,
    arm: Arms = None,
    answers: Answers = None,
    judge: JudgeModel = None,
    reward: Rewards = None,
    embedder: EmbedderFolder = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Judge the rows' own answers as an arm too.")
    ] = False,
    reasons: Reasons = True,
    same_family: Annotated[
        bool, typer.Option("--same-family", help="Allow a judge of an arm's family; it is reported.")
    ] = False,
    limit: Limit = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest reply, tokens.")] = 768,
    temperature: Annotated[float, typer.Option(min=0, help="Of replies (0: greedy).")] = 0.0,
    seed: Seed = 0,
    resamples: Resamples = 2000,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    context: Context = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Let arms answer held-out conversations; measure layout and overlap, grade, compare and score them.

    Ctrl-C ends it after the calls under way; the same command goes on from there.
    """
    from affectlab.config import load
    from affectlab.counsel.judging.figures import METRICS
    from affectlab.counsel.judging.run import evaluate
    from affectlab.counsel.judging.settings import EvaluateSettings

    options = _options(dtype, device, batch, context, base_url).model_dump(exclude_unset=True)
    flags = {
        "rows": rows,
        "out": out,
        "arm": tuple(arm or ()),
        "answers": tuple(answers or ()),
        "judge": judge,
        "rewards": tuple(reward or ()),
        "embedder": embedder,
        "reference": reference,
        "reasons": reasons,
        "same_family": same_family,
        "limit": limit,
        "max_tokens": max_tokens,
        "temperature": temperature,
        "seed": seed,
        "resamples": resamples,
        "options": options,
        "judge_options": options,
    }
    settings = load(EvaluateSettings, flags=flags)
    with _stoppable("answers") as (stop, progress, signal):
        about = evaluate(settings, stop=stop, progress=progress)
    _finish(about, out, METRICS, as_json=as_json)
    _leave(signal)


@app.command()
def faithfulness(
    rows: Rows,
    out: Out,
    arm: Arms = None,
    embedder: EmbedderFolder = None,
    limit: Limit = None,
    seed: Seed = 0,
    resamples: Resamples = 2000,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    context: Context = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Exchange layers of each arm's reasoning and measure whether its answers change."""
    from affectlab.counsel.judging.faithfulness import METRICS
    from affectlab.counsel.judging.studies import faithfulness_study

    with _stoppable("answers") as (stop, progress, signal):
        about = faithfulness_study(
            rows,
            out,
            tuple(arm or ()),
            embedder=embedder,
            limit=limit,
            options=_options(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    _finish(about, out, METRICS, as_json=as_json)
    _leave(signal)


@app.command()
def decoys(
    rows: Rows,
    out: Out,
    judge: JudgeModel = None,
    reward: Rewards = None,
    reasons: Reasons = True,
    limit: Limit = None,
    seed: Seed = 0,
    resamples: Resamples = 2000,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    context: Context = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Let a judge or reward models choose between human answers and echoes, unsafe advice and more."""
    from affectlab.counsel.judging.decoys import DEFINITION, METRIC
    from affectlab.counsel.judging.studies import decoy_study

    with _stoppable("verdicts") as (stop, progress, signal):
        about = decoy_study(
            rows,
            out,
            judge=judge,
            rewards=tuple(reward or ()),
            limit=limit,
            reasons=reasons,
            options=_options(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    _finish(about, out, {METRIC: DEFINITION}, as_json=as_json)
    _leave(signal)


@app.command()
def sycophancy(
    out: Out,
    arm: Arms = None,
    base: Annotated[str | None, typer.Option(help="Name of the arm that others are compared with.")] = None,
    seed: Seed = 0,
    resamples: Resamples = 2000,
    dtype: Dtype = None,
    device: Device = None,
    batch: Batch = None,
    context: Context = None,
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Ask questions of fact plainly, with a feeling and with a wrong belief; compare with a base arm."""
    from affectlab.counsel.judging.studies import sycophancy_study
    from affectlab.counsel.judging.sycophancy import METRICS

    with _stoppable("answers") as (stop, progress, signal):
        about = sycophancy_study(
            out,
            tuple(arm or ()),
            base=base,
            options=_options(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    _finish(about, out, METRICS, as_json=as_json)
    _leave(signal)


@app.command("export-sheets")
def export_sheets(
    results: Annotated[Path, typer.Argument(help="Folder of `counsel evaluate run`.")],
    rows: Rows,
    out: Annotated[Path, typer.Option(help="Folder of the sheets, for raters.")],
    key: Annotated[Path, typer.Option(help="File of the key, kept from raters.")],
    raters: Annotated[int, typer.Option(min=1, max=500, help="Sheets to write.")] = 3,
    items: Annotated[int | None, typer.Option(min=1, help="Most conversations, drawn at random.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Put the rows' own answers among the others.")
    ] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write blinded CSV sheets for people to rank and rate the answers."""
    from affectlab.cli.output import print_json, print_pairs
    from affectlab.counsel.judging.studies import write_sheets

    found = write_sheets(results, rows, out, key, raters=raters, items=items, reference=reference, seed=seed)
    sheets = [str(path) for path in found.sheets]
    about = {"sheets": sheets, "key": str(key), "items": found.items, "arms": list(found.arms)}
    if as_json:
        print_json({"command": "counsel evaluate export-sheets", **about})
    else:
        print_pairs("", {"sheets": ", ".join(sheets), "items": str(found.items), "key": f"{key}: keep it"})


@app.command("import-sheets")
def import_sheets(
    sheets: Annotated[list[Path], typer.Argument(help="Filled sheets, under the names they were sent out.")],
    key: Annotated[Path, typer.Option(help="File of the key.")],
    out: Annotated[Path, typer.Option(help="Folder of the results.")],
    seed: Seed = 0,
    resamples: Resamples = 2000,
    as_json: Json = False,
) -> None:
    """Read filled sheets: wins, ranks, strengths and ratings with intervals, and how far raters agree."""
    from affectlab.counsel.judging.figures import METRICS
    from affectlab.counsel.judging.studies import people_study

    about = people_study(sheets, key, out, seed=seed, resamples=resamples)
    more = {
        "rating": "mean of 1 to 5",
        "krippendorff_alpha": "agreement of raters, ordinal: 1 perfect, 0 chance",
    }
    _finish(about, out, {**METRICS, **more}, as_json=as_json)


def _options(
    dtype: str | None, device: str | None, batch: int | None, context: int | None, base_url: str | None
) -> ModelOptions:
    from affectlab.config import load
    from affectlab.models import ModelOptions

    given = {"dtype": dtype, "device": device, "batch_size": batch, "context": context, "base_url": base_url}
    flags = {name: value for name, value in given.items() if value is not None}
    return load(ModelOptions, flags=flags, environment={})


@contextmanager
def _stoppable(
    what: str,
) -> Iterator[tuple[threading.Event, Callable[[int, int, int], None], list[int]]]:
    import threading

    from affectlab.cli.interrupts import setting_on_signals
    from affectlab.cli.progress import answering

    stop = threading.Event()
    with setting_on_signals(stop) as caught, answering(what) as progress:
        yield stop, progress, caught


def _finish(about: Mapping[str, Any], out: Path, named: Mapping[str, str], *, as_json: bool) -> None:
    """Write the page, and show the figures."""
    from rich.console import Console

    from affectlab.bench.report import print_table
    from affectlab.cli.output import print_json
    from affectlab.counsel.judging.pages import definitions, tables_of, write_page

    rows: Sequence[Mapping[str, Any]] = about["rows"]
    notes = [*about["notes"], *definitions(rows, named)]
    write_page(out / "report.html", about["command"], rows, notes, about["manifest"])
    if as_json:
        print_json({**about, "out": str(out)})
        return
    console = Console()
    for table in tables_of(rows, widest=2):
        print_table(table, console)
    for note in about["notes"]:
        typer.echo(note, err=True)
    typer.echo(out / "report.html")


def _leave(signal: Sequence[int]) -> None:
    if signal:
        typer.echo("stopped; the same command goes on from there", err=True)
        raise typer.Exit(128 + signal[0])
