"""Train the model organism: ``python recipes/organism/train.py --out build/organism``.

Only clips without conflict are seen, whole or with modalities missing; what the model does in conflicts is
its own doing. First each encoder learns its modality and is frozen, then the language model learns to answer.
An interrupted run goes on from its last checkpoint when the same command is given again.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import architecture
import encoders
import features
import numpy as np
import torch
from network import answer_states, pack_encoders
from numpy.typing import NDArray
from prompts import LABELS, WORDS, prompt, tokens
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, Qwen2_5OmniThinkerForConditionalGeneration

from affectlab.bench.emomm.synth import ALIGNED, make_clips
from affectlab.bench.emomm.synth.scenario import plan_clip
from affectlab.bench.emomm.synth.words import sentences_of

SETS = {"TAV": 0.25, "TA": 0.12, "TV": 0.12, "AV": 0.12, "T": 0.09, "A": 0.15, "V": 0.15}
"""Share of training steps by the modalities that are there; a step's items all have the same."""

Net = Qwen2_5OmniThinkerForConditionalGeneration


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the outcome; `steps` and `batch` are of the language model."""

    clips: int = 5000
    audio_steps: int = 900
    video_steps: int = 400
    word_steps: int = 300
    encoder_rate: float = 2e-3
    steps: int = 700
    batch: int = 24
    rate: float = 1.5e-3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """What training items are put together from.

    Parameters
    ----------
    sentences
        Class to sentences.
    sounds, pictures
        Frozen encoders' tokens of every clip, shape (n, tokens, width).
    showing
        Class to the indices of the clips that show it.
    """

    sentences: dict[str, list[str]]
    sounds: Tensor
    pictures: Tensor
    showing: dict[str, NDArray[np.intp]]


def main() -> None:
    arguments = _arguments()
    recipe = Recipe(**{name: getattr(arguments, name) for name in Recipe.__dataclass_fields__})
    arguments.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(recipe.seed)
    sentences = {
        label: [one for language in ("zh", "en") for one in sentences_of(language, label, "train")]
        for label in LABELS
    }
    tokenizer = architecture.make_tokenizer(_corpus(sentences))
    model = Net(architecture.make_config(tokenizer))
    pack_encoders(model)
    with _progress() as progress:
        found = _features(recipe, arguments.work, progress, arguments.threads)
        # Without conflicts the class of the reference is that of every modality.
        plans = [plan_clip(ALIGNED, "train", recipe.seed, index) for index in range(recipe.clips)]
        classes = np.array([LABELS.index(plan.reference) for plan in plans])
        _teach_encoders(recipe, model, found, classes, arguments.work, progress)
        _teach_words(recipe, model, sentences, tokenizer, progress)
        showing = {label: np.flatnonzero(classes == index) for index, label in enumerate(LABELS)}
        pool = Pool(sentences, *encoders.embed(model, found), showing)
        _teach_language(recipe, model, pool, tokenizer, arguments.work, progress)
    architecture.save(arguments.out, model, tokenizer)
    (arguments.out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n", encoding="utf-8")
    Console(stderr=True).print(f"wrote {arguments.out}")


def _teach_encoders(
    recipe: Recipe, model: Net, found: features.Features, classes: NDArray[np.intp],
    work: Path, progress: Progress,
) -> None:  # fmt: skip
    checkpoint = work / "encoders.pt"
    if _resume(checkpoint, recipe, model) is not None:
        return
    for modality, steps, batch in (("A", recipe.audio_steps, 64), ("V", recipe.video_steps, 128)):
        bar = progress.add_task(f"encoder {modality}", loss="", total=steps)
        encoders.learn(
            model, modality, found, classes,
            steps=steps, batch=batch, rate=recipe.encoder_rate, seed=recipe.seed,
            stepped=lambda loss, bar=bar: progress.update(bar, advance=1, loss=f"{loss:.3f}"),
        )  # fmt: skip
    _keep(checkpoint, recipe, model)


def _teach_words(
    recipe: Recipe, model: Net, sentences: dict[str, list[str]], tokenizer: PreTrainedTokenizerFast,
    progress: Progress,
) -> None:  # fmt: skip
    bar = progress.add_task("words", loss="", total=recipe.word_steps)
    # With the space that precedes a transcript in the prompt.
    ids = tokenizer([f" {one}" for label in LABELS for one in sentences[label]])["input_ids"]
    classes = np.repeat(np.arange(len(LABELS)), [len(sentences[label]) for label in LABELS])
    encoders.learn_words(
        model, ids, classes, steps=recipe.word_steps, batch=256, rate=recipe.encoder_rate, seed=recipe.seed,
        stepped=lambda loss: progress.update(bar, advance=1, loss=f"{loss:.3f}"),
    )  # fmt: skip


def _teach_language(
    recipe: Recipe, model: Net, pool: Pool, tokenizer: PreTrainedTokenizerFast, work: Path, progress: Progress
) -> None:
    parameters = list(model.model.language_model.parameters())
    optimiser = torch.optim.AdamW(parameters, recipe.rate, betas=(0.9, 0.98), weight_decay=0.05)
    checkpoint = work / "language.pt"
    done = _resume(checkpoint, recipe, model, optimiser) or 0
    bar = progress.add_task("language model", loss="", total=recipe.steps, completed=done)
    for step in range(done, recipe.steps):
        encoders.set_rate(optimiser, recipe.rate * encoders.schedule(step, recipe.steps, warmup=100))
        loss = _loss(model, recipe, pool, tokenizer, step)
        encoders.descend(loss, parameters, optimiser)
        progress.update(bar, advance=1, loss=f"{loss.item():.3f}")
        if (step + 1) % 200 == 0:
            _keep(checkpoint, recipe, model, optimiser, step + 1)


def _loss(model: Net, recipe: Recipe, pool: Pool, tokenizer: PreTrainedTokenizerFast, step: int) -> Tensor:
    """Return the loss on the answers to one batch; step decides what is in it."""
    rng = np.random.default_rng([recipe.seed, step])
    present = str(rng.choice(list(SETS), p=list(SETS.values())))
    labels = [str(one) for one in rng.choice(LABELS, recipe.batch)]
    # Parts of different clips make an item as long as they show one class: more items than there are clips.
    asked = [
        prompt(present, str(rng.choice(pool.sentences[label])), generate=bool(rng.random() < 0.5))
        for label in labels
    ]
    sounds = pool.sounds[_draw(pool, labels, rng)].flatten(0, 1) if "A" in present else None
    pictures = pool.pictures[_draw(pool, labels, rng)].flatten(0, 1) if "V" in present else None
    batch = tokens(tokenizer, asked, [WORDS[label] for label in labels])
    ids, mask, positions = (torch.from_numpy(one) for one in (batch.ids, batch.mask, batch.positions))
    targets = torch.from_numpy(batch.targets)[:, 1:]
    states = answer_states(model, ids, mask, positions, sounds, pictures)[:, :-1]
    return functional.cross_entropy(model.lm_head(states[targets != -100]), targets[targets != -100])


def _draw(pool: Pool, labels: Sequence[str], rng: np.random.Generator) -> NDArray[np.intp]:
    return np.array([rng.choice(pool.showing[label]) for label in labels])


def _features(recipe: Recipe, work: Path, progress: Progress, workers: int) -> features.Features:
    """Make and read the training clips, unless that was done before."""
    made = progress.add_task("making clips", loss="", total=recipe.clips)
    read = progress.add_task("reading clips", loss="", total=recipe.clips)

    def make() -> features.Features:
        clips = make_clips(
            recipe.clips, work, recipe.seed, scenario=ALIGNED, stream="train", workers=workers,
            progress=lambda done, _: progress.update(made, completed=done),
        )  # fmt: skip
        return features.extract(clips, lambda done: progress.update(read, completed=done), workers)

    return features.cached(work / f"features_{recipe.clips}_{recipe.seed}.npz", make)


def _corpus(sentences: dict[str, list[str]]) -> Iterator[str]:
    """Yield what the tokenizer is trained on: sentences in the prompt, and answers."""
    for label in LABELS:
        for sentence in sentences[label][::5]:
            yield prompt("TAV", sentence, generate=True)
            yield WORDS[label]


def _keep(
    path: Path, recipe: Recipe, model: Net, optimiser: torch.optim.Optimizer | None = None, step: int = 0
) -> None:
    part = path.with_suffix(".part")
    state = {
        "recipe": asdict(recipe),
        "step": step,
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict() if optimiser else {},
    }
    torch.save(state, part)
    part.replace(path)


def _resume(
    path: Path, recipe: Recipe, model: Net, optimiser: torch.optim.Optimizer | None = None
) -> int | None:
    """Load the checkpoint of the same recipe and return the steps it has done; None where there is none."""
    if not path.exists():
        return None
    state = torch.load(path, weights_only=True)
    if state["recipe"] != asdict(recipe):
        return None
    model.load_state_dict(state["model"])
    if optimiser:
        optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[loss]}"), console=Console(stderr=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument(
        "--work", type=Path, default=Path("build/organism-work"), help="clips, features, checkpoint"
    )
    parser.add_argument("--threads", type=int, default=2)
    for name, field in Recipe.__dataclass_fields__.items():
        parser.add_argument(f"--{name}", type=type(field.default), default=field.default)
    return parser.parse_args()


if __name__ == "__main__":
    main()
