"""The model card of a run, made of what the run knows of itself and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectlab.counsel.train.settings import GrpoSettings, RewardSettings, SftSettings, TrainSettings
from affectlab.files import writing

_WHAT = {
    "counsel train sft": "a language model fine-tuned to reply as counsellors did",
    "counsel train reward": "a reward model, which scores answers for training and for research",
    "counsel train grpo": "a language model whose replies were reinforced by a reward of several terms",
}
_LIMITS = (
    "**Research software, not a medical device.** Nothing here says that the model helps anybody. No "
    "clinician has seen it, no patient has used it, and it is validated for no purpose.",
    "It must not be used without the risk gate before and behind it, nor in place of a person who can help.",
    "The figures are of held-out rows of the same data sets. They say how well the form and the habits of "
    "these data were learned, not whether an answer is good, true or safe.",
    "What the base model believes and prefers it still does.",
)


def write_card(path: Path, result: Mapping[str, Any], settings: TrainSettings) -> None:
    """Write the card of a finished run as Markdown."""
    with writing(path) as temporary:
        temporary.write_text("\n".join(_lines(result, settings)) + "\n", encoding="utf-8")


def _lines(result: Mapping[str, Any], settings: TrainSettings) -> Iterator[str]:
    manifest, counts = result["manifest"], result["counts"]
    yield f"# Model card: {settings.out.name}"
    yield ""
    yield f"{_LIMITS[0]}"
    yield ""
    yield from _table(("", ""), [*_facts(result, settings), ("may be shipped", _shipping(result["sources"]))])
    yield ""
    yield "## Data"
    yield ""
    yield from _table(
        ("source", "language", "licence", "may be shipped", "training rows"),
        [
            (one["source"], one["language"], one["licence"], "yes" if one["may_ship"] else "no", one["rows"])
            for one in result["sources"]
        ],
    )
    yield ""
    yield f"Rows longer than the limit and left out: {counts['train_too_long']} of training."
    yield ""
    yield "## Figures"
    yield ""
    yield "Means with 95 % intervals, bootstrapped over whole questions."
    yield ""
    yield from _figures(result["rows"])
    yield ""
    yield "## Limits"
    yield ""
    yield from (f"- {limit}" for limit in [*_LIMITS[1:], *_own_limits(settings)])
    yield ""
    yield "## Made by"
    yield ""
    yield "Settings, seeds, versions and hashes of the data are in `run.json`, every step in `metrics.jsonl`."
    yield ""
    yield from _table(("package", "version"), sorted(manifest["packages"].items()))


def _facts(result: Mapping[str, Any], settings: TrainSettings) -> list[tuple[str, Any]]:
    manifest, counts = result["manifest"], result["counts"]
    kind = f" ({settings.kind})" if isinstance(settings, RewardSettings) else ""
    share = counts["trained_parameters"] / counts["parameters"]
    return [
        ("what", _WHAT[result["command"]] + kind),
        *((f"{role} model", name) for role, name in manifest["models"].items()),
        (
            "parameters",
            f"{counts['parameters']:,}, of which {counts['trained_parameters']:,} trained ({share:.2%})",
        ),
        (
            "trained",
            f"{settings.steps} steps of {settings.batch_size * settings.accumulate}, {settings.precision}",
        ),
        ("examples to learn from", f"{counts['train']:,}, gone through {result['epochs']:.2g} times"),
        ("seed", settings.seed),
        ("affectlab", f"{manifest['affectlab']} ({manifest['git'] or 'no git revision'})"),
    ]


def _shipping(sources: Sequence[Mapping[str, Any]]) -> str:
    bound = sorted({one["source"] for one in sources if not one["may_ship"]})
    if bound:
        return f"no: the terms of {', '.join(bound)} do not allow it, or are not stated in the rows"
    return "as far as the data go; the base model's licence decides beside"


def _own_limits(settings: TrainSettings) -> Iterator[str]:
    if isinstance(settings, SftSettings) and settings.chain == "rule-made":
        yield (
            "The reasoning it learned was made by rules from words of the conversation. It has learned to "
            "write four layers, not to reason in them."
        )
    if isinstance(settings, GrpoSettings):
        yield (
            "It was trained to please the reward model, which can be wrong; the answer term above is that "
            "same model's opinion and no evidence of quality."
        )
    if isinstance(settings, RewardSettings) and settings.kind == "matcher":
        yield "It rewards being on topic: a reply that repeats the question can score above a good answer."


def _figures(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "None: several processes trained together, and what they made was not measured."
        return
    about = [name for name in rows[0] if name not in {"value", "low", "high", "n"}]
    yield from _table(
        (*about, "value", "95 % interval", "n"),
        [
            (
                *(row[name] for name in about),
                _number(row["value"]),
                f"{_number(row['low'])} … {_number(row['high'])}",
                row["n"],
            )
            for row in rows
        ],
    )


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124  # NaN


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |"
