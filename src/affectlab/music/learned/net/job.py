"""A composer from a corpus, from beginning to end: backbone, controller, export."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

from affectlab.manifest import make_manifest, sha256
from affectlab.music.learned import weights
from affectlab.music.learned.corpus.shards import INDEX, VOCABULARY, Corpus
from affectlab.music.learned.net.checkpoint import WEIGHTS, curve
from affectlab.music.learned.net.export import export_graphs
from affectlab.music.learned.net.pretraining import Pretraining, pretrain
from affectlab.music.learned.net.settings import (
    BackboneSettings,
    ControllerSettings,
    PretrainingSettings,
    SteeringSettings,
)
from affectlab.music.learned.net.steering import SteeringTraining, train_controller

Stages = Callable[[str], Callable[[int, int, str], None]]


class ComposerTraining(BaseModel):
    """What a composer is trained on, and how.

    Parameters
    ----------
    corpus
        Made by ``affectlab music corpus``.
    out
        Folder of the finished composer.
    work
        Folder of the checkpoints; ``NAME.work`` beside `out` when None.
    seed
        The same seed gives the same weights on the same machine.
    threads
        Of the matrix products.
    backbone, pretraining, controller, steering
        Settings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: Path
    out: Path
    work: Path | None = None
    seed: int = Field(default=0, ge=0)
    threads: int = Field(default=2, ge=1)
    backbone: BackboneSettings = BackboneSettings()
    pretraining: PretrainingSettings = PretrainingSettings()
    controller: ControllerSettings = ControllerSettings()
    steering: SteeringSettings = SteeringSettings()

    @property
    def folder(self) -> Path:
        """Of the checkpoints."""
        return self.work or self.out.with_name(f"{self.out.name}.work")

    def stage(self, name: str) -> Path:
        """Folder of one stage's checkpoint."""
        return self.folder / name


@dataclass(frozen=True, slots=True)
class TrainedComposer:
    """What a training leaves.

    Parameters
    ----------
    folder
        Of the finished composer.
    manifest
        Of the run.
    rows
        The last row of each stage's curve: nats per token of the validation pieces.
    """

    folder: Path
    manifest: dict[str, Any]
    rows: list[dict[str, Any]]


def train_composer(settings: ComposerTraining, *, stop: threading.Event, stages: Stages) -> TrainedComposer:
    """Train backbone and controller, or go on with their checkpoints, and write the composer.

    Raises
    ------
    Interrupted
        If `stop` was set; checkpoints are whole.
    InvalidConfig
        If a checkpoint is of another training.
    UnreadableFile
        If the corpus or a checkpoint is damaged.
    """
    torch.set_num_threads(settings.threads)
    corpus = Corpus.open(settings.corpus)
    manifest = make_manifest(
        "music train",
        settings.model_dump(mode="json"),
        seeds={"training": settings.seed},
        data=(settings.corpus / INDEX,),
    )
    first = Pretraining(
        settings.corpus, settings.stage("backbone"), settings.backbone, settings.pretraining, settings.seed
    )
    backbone = pretrain(first, stop=stop, progress=stages("backbone"))
    second = SteeringTraining(
        settings.corpus,
        settings.stage("backbone") / WEIGHTS,
        settings.stage("controller"),
        settings.controller,
        settings.steering,
        settings.seed,
    )
    controller = train_controller(second, backbone, stop=stop, progress=stages("controller"))
    stages("export")(0, 1, "")
    export_graphs(backbone, controller, settings.out)
    shutil.copy(settings.corpus / VOCABULARY, settings.out / weights.VOCABULARY)
    corpus.ngrams.shortened().save(settings.out / weights.NGRAMS)
    density = corpus.labeller.quantiles["dynamics/density"].tolist()
    rows = _rows(settings)
    facts = _facts(settings, corpus, manifest, rows, (first.facts(), second.facts()))
    sizes = {
        **{name: getattr(settings.backbone, name) for name in ("layers", "heads", "width")},
        "places": settings.pretraining.length,
    }
    weights.seal(settings.out, sizes, density, facts)
    return TrainedComposer(settings.out, manifest, rows)


def _rows(settings: ComposerTraining) -> list[dict[str, Any]]:
    """Return the last row of each stage's curve as rows of stage, metric and value."""
    rows = []
    for stage in ("backbone", "controller"):
        last = curve(settings.stage(stage))[-1]
        rows += [
            {"stage": stage, "metric": name, "value": round(value, 4)}
            for name, value in last.items()
            if name.startswith("valid")
        ]
    return rows


def _facts(
    settings: ComposerTraining,
    corpus: Corpus,
    manifest: dict[str, Any],
    rows: list[dict[str, Any]],
    stages: tuple[dict[str, Any], dict[str, Any]],
) -> dict[str, Any]:
    learned = [one for one in corpus.pieces if one.split == "train"]
    return {
        "trained_on": {
            "corpus": sha256(settings.corpus / INDEX),
            "pieces": len(learned),
            "tokens": sum(one.tokens for one in learned),
            "licences": sorted({one.licence for one in learned}),
        },
        "backbone": stages[0],
        "controller": stages[1],
        "curves": {name: curve(settings.stage(name)) for name in ("backbone", "controller")},
        "held_out": rows,
        "made_with": {name: manifest[name] for name in ("affectlab", "python", "packages")},
    }
