"""What affectlab adds to Inspect: its benchmarks as tasks, and its models as a provider.

Found through the entry point ``inspect_ai``, so that this works::

    inspect eval affectlab/emomm -T data=FOLDER --model google/gemini-3-pro
    inspect eval affectlab/emomm -T data=FOLDER --model affectlab/hf:Qwen/Qwen2.5-Omni-7B

The solver ``affectlab/gat`` asks about the picture of any task with a grounded affective tree.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, ModelAPI, modelapi
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    accuracy,
    grouped,
    metric,
    scorer,
    stderr,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from affectlab.affect import macro_f1 as mean_f1
from affectlab.bench import sample as samples
from affectlab.bench.dataset import Dataset, read_dataset
from affectlab.bench.registry import benchmark
from affectlab.bench.selection import select
from affectlab.bench.settings import RunSettings
from affectlab.bench.subsets import OVERALL, scheme_of
from affectlab.bench.task import Task as Question
from affectlab.config import load
from affectlab.errors import InvalidData
from affectlab.models import Media, ModelOptions, Sampling
from affectlab.models._inlined import Inliner
from affectlab.models._inspect_content import make_messages, read_request, refer
from affectlab.models.inspect import takes_video
from affectlab.models.labels import read_label
from affectlab.prompting.gat import Arm, GatReading, Language, answer_tokens, read_labels
from affectlab.prompting.gat import gat as prepare

_OWN = "affectlab"
_PLAIN = Sampling()
_UNREADABLE = "no label"


@modelapi(name=_OWN)
def affectlab() -> type[ModelAPI]:
    """Provide models of affectlab as ``--model affectlab/PROVIDER:NAME``."""
    from affectlab.bench._inspect_api import AffectlabAPI

    return AffectlabAPI


@task
def emomm(
    data: str,
    subset: str | list[str] | None = None,
    split: samples.Split | None = None,
    limit: int | None = None,
    seed: int = 0,
    frames: int = 8,
    longest_side: int | None = None,
    video_as: str = "auto",
) -> Task:
    """EmoMM: which emotion a person shows when text, voice and face agree, disagree or are missing.

    Parameters
    ----------
    data
        Folder that ``affectlab bench build emomm`` made.
    subset
        One or several with commas between; all published ones when not given.
    split
        "train" or "test"; both when not given.
    limit, seed
        Most samples, drawn by whole clips, and seed of the draw.
    frames, longest_side, video_as
        Pictures of a video, their size, and "frames", "video" or "auto". Models of affectlab have these
        among their own arguments (``-M frames=4``).
    """
    dataset = read_dataset(Path(data))
    question = benchmark("emomm").make_task(dataset.info)
    asked = {"subsets": _subsets(subset, dataset), "split": split, "limit": limit, "seed": seed}
    fixed = {"benchmark": "emomm", "data": Path(data), "model": "inspect", "out": Path()}
    settings = load(RunSettings, flags={**fixed, **asked}, environment={})
    pictures = {"frames": frames, "longest_side": longest_side, "video_as": video_as}
    return Task(
        dataset=MemoryDataset(
            [_sample(question, one) for one in select(dataset.samples, settings)],
            name=Path(data).name,
            location=str(Path(data).absolute()),
        ),
        solver=answer(**pictures),
        scorer=label(words=dict(question.labels)),
        config=GenerateConfig(temperature=_PLAIN.temperature, max_tokens=_PLAIN.max_tokens),
        # A broken file or a refused request costs its sample, not the run.
        fail_on_error=False,
        version=question.version,
        metadata=_about(question, dataset),
    )


@solver
def answer(**pictures: Any) -> Solver:
    """Ask about one sample, its media put into the message just before it is sent.

    Afterwards the messages name the media again. Inspect still keeps what was sent in the sample's events,
    unless it is told ``--no-log-images``. Models of affectlab read files themselves and are sent the names.

    Parameters
    ----------
    pictures
        ``frames``, ``longest_side`` and ``video_as`` of `affectlab.models.ModelOptions`.
    """
    options = load(ModelOptions, flags=pictures, environment={})
    inliners: dict[bool, Inliner] = {}

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        from anyio.to_thread import run_sync

        provider = str(state.model.api)
        if provider == _OWN:
            return await generate(state)
        video = takes_video(provider, options)
        inliner = inliners.setdefault(video, Inliner(options, video=video))
        named = list(state.messages)
        request = read_request(named, Path(gettempdir()))
        state.messages = make_messages(await run_sync(inliner.pieces, request), request)
        state = await generate(state)
        state.messages = [*named, state.output.message]
        return state

    return solve


@solver
def gat(
    labels: str | list[str] = "mikels8",
    arm: Arm = "gat",
    language: Language = "en",
    seed: int = 0,
    out: str | None = None,
    **pictures: Any,
) -> Solver:
    """Ask about a sample's picture with a grounded affective tree, whatever the task asks about it.

    The user's turn is replaced by the marked picture and the tree; what the system and earlier turns say is
    kept. Afterwards the completion is the surviving label, so that a task's own scorer judges it, and the
    sample's metadata hold the reading as ``gat``; the whole answer stays among the messages.

    Parameters
    ----------
    labels
        As `affectlab.prompting.gat.read_labels` takes them.
    arm, language, seed
        As `affectlab.prompting.gat.gat` takes them.
    out
        Folder of marked pictures; one of the system's temporary folders when not given.
    pictures
        As for `answer`.
    """
    ask, words = answer(**pictures), read_labels(labels)
    folder = Path(out) if out else Path(gettempdir()) / "affectlab-gat"

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        from anyio.to_thread import run_sync

        request = read_request(state.messages, folder / "originals")
        shown = [part for part in request.parts if isinstance(part, Media) and part.kind == "image"]
        if len(shown) != 1:
            raise InvalidData(f"sample {state.sample_id} has {len(shown)} pictures; affectlab/gat takes one")
        chosen = partial(prepare, labels=words, out=folder, language=language, arm=arm, seed=seed)
        made = await run_sync(chosen, shown[0].path)
        state.messages = refer(replace(made.eu(), system=request.system, earlier=request.earlier))
        longest = answer_tokens(arm, made.rules)
        state = await ask(state, partial(generate, max_tokens=longest))
        reading = made.parse(state.output.completion)
        state.metadata["gat"] = _reading(reading)
        state.output.completion = reading.survivor or _UNREADABLE
        return state

    return solve


@metric
def macro_f1() -> Metric:
    """Mean of the labels' F1, over labels that occur or are answered; an unreadable answer is wrong."""

    def compute(scores: list[SampleScore]) -> float:
        truth = [(one.score.metadata or {})["target"] for one in scores]
        answers = [one.score.answer for one in scores]
        named = [name for name in {*truth, *answers} if name is not None]
        return mean_f1(truth, answers, labels=named) if scores else float("nan")

    return compute


@scorer(
    metrics=[
        accuracy(),
        stderr(cluster="source"),
        macro_f1(),
        grouped(accuracy(), "subset", all=False, name_template="accuracy_{group_name}"),
    ]
)
def label(words: dict[str, str]) -> Scorer:
    """Compare the one label that an answer names with the true one; none or several are wrong.

    Parameters
    ----------
    words
        Label to its wording.
    """

    async def score(state: TaskState, target: Target) -> Score:
        found = read_label(state.output.completion, words)
        return Score(
            value=CORRECT if found == target.text else INCORRECT,
            answer=found,
            explanation=state.output.completion,
            reason=None if found else "invalid_response_format",
            metadata={"target": target.text},
        )

    return score


def _subsets(wanted: str | list[str] | None, dataset: Dataset) -> tuple[str, ...]:
    """Take reported names, such as "missing", apart into those that samples have."""
    composed = scheme_of(dataset.info.benchmark).composed
    there = {one.subset for one in dataset.samples}
    # Inspect makes a list of words with commas between.
    names = wanted if isinstance(wanted, list) else (wanted or OVERALL).split(",")
    parts = [(name, composed.get(name, (name,))) for name in names]
    # A name of which nothing is there is left for `select` to refuse.
    return tuple(part for name, of in parts for part in ([one for one in of if one in there] or [name]))


def _sample(question: Question, one: samples.Sample) -> Sample:
    return Sample(
        id=one.id,
        input=refer(question.request(one, generate=True)),
        target=one.label,
        metadata={"subset": one.subset, "split": one.split, **one.groups, **one.details},
    )


def _reading(reading: GatReading) -> dict[str, Any]:
    branches = [
        {"label": one.label, "intensity": one.intensity, "regions": list(one.regions), "kept": one.kept}
        for one in reading.branches
    ]
    scan = {str(number): facts for number, facts in reading.scan.items()}
    return {
        "survivor": reading.survivor,
        "intensity": reading.intensity,
        "branches": branches,
        "scan": scan,
        "problems": list(reading.problems),
    }


def _about(question: Question, dataset: Dataset) -> dict[str, Any]:
    return {
        "benchmark": dataset.info.benchmark,
        "labels": dict(question.labels),
        "parameters": dict(question.parameters),
        "samples_sha256": dataset.info.samples_sha256,
    }
