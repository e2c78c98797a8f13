"""``affectlab counsel evaluate …``: what counselling models are worth, by models, figures and people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectlab.cli.counsel_evaluating import (
    Json,
    Resamples,
    Rows,
    Seed,
    finish,
    leave,
    options_of,
    stoppable,
)
from affectlab.cli.counsel_sheets import app as sheets_app

app = typer.Typer(name="evaluate", help="Judge counselling models.", no_args_is_help=True)
app.add_typer(sheets_app)

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
Dtype = Annotated[str | None, typer.Option(help="auto, float32, float16 or bfloat16 (hf).")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or a torch device (hf).")]
Batch = Annotated[int | None, typer.Option(help="Requests per call.")]
Context = Annotated[int | None, typer.Option(help="Context length in tokens (gguf).")]
BaseUrl = Annotated[str | None, typer.Option(help="Server address (openai).")]


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

    options = options_of(dtype, device, batch, context, base_url).model_dump(exclude_unset=True)
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
    with stoppable("answers") as (stop, progress, signal):
        about = evaluate(settings, stop=stop, progress=progress)
    finish(about, out, METRICS, as_json=as_json)
    leave(signal)


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

    with stoppable("answers") as (stop, progress, signal):
        about = faithfulness_study(
            rows,
            out,
            tuple(arm or ()),
            embedder=embedder,
            limit=limit,
            options=options_of(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    finish(about, out, METRICS, as_json=as_json)
    leave(signal)


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

    with stoppable("verdicts") as (stop, progress, signal):
        about = decoy_study(
            rows,
            out,
            judge=judge,
            rewards=tuple(reward or ()),
            limit=limit,
            reasons=reasons,
            options=options_of(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    finish(about, out, {METRIC: DEFINITION}, as_json=as_json)
    leave(signal)


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

    with stoppable("answers") as (stop, progress, signal):
        about = sycophancy_study(
            out,
            tuple(arm or ()),
            base=base,
            options=options_of(dtype, device, batch, context, base_url),
            seed=seed,
            resamples=resamples,
            stop=stop,
            progress=progress,
        )
    finish(about, out, METRICS, as_json=as_json)
    leave(signal)
