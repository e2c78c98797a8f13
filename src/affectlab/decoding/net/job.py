"""A decoder from a data set, from beginning to end: prepare, train, assess, export."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from affectlab.decoding.datasets.prepare import prepare
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.store import read_epochs
from affectlab.decoding.epochs import Epochs, Target
from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.evaluation.resting import split_rest
from affectlab.decoding.evaluation.sound import sound
from affectlab.decoding.net.assessment import assess
from affectlab.decoding.net.export import export
from affectlab.decoding.net.settings import GraphSettings, TrainingSettings, from_json, to_json
from affectlab.decoding.net.training import Plan, Progress, train
from affectlab.errors import InvalidConfig
from affectlab.manifest import make_manifest


class TrainSettings(BaseModel):
    """What a decoder is trained on, and how.

    Parameters
    ----------
    path
        Epochs made by ``decode prepare``, or a data set in its official layout with `dataset` given.
    out
        ``NAME.onnx``; ``NAME.json`` comes to lie beside it.
    dataset
        Name of the data set where `path` is not prepared yet.
    baseline_seconds
        Of everybody's rest; 0 trains a decoder that knows nothing of the person.
    axes
        Axes to learn; those without labels on both sides of 0 stay untrained.
    seed
        The same seed gives the same weights.
    work
        Folder of finished networks; ``NAME.work`` beside `out` when None.
    network, training
        Settings of the network and of its training that differ from the defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    out: Path
    dataset: str | None = None
    baseline_seconds: float = Field(default=60.0, ge=0)
    axes: tuple[Target, ...] = ("valence", "arousal")
    seed: int = Field(default=0, ge=0)
    work: Path | None = None
    network: dict[str, Any] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)

    def plan(self) -> Plan:
        """Return what the settings amount to.

        Raises
        ------
        InvalidConfig
            If a setting of the network or its training is not known or out of range.
        """
        network: GraphSettings = from_json(GraphSettings, self.network)
        training: TrainingSettings = from_json(TrainingSettings, self.training)
        return Plan(network, training, self.seed)


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training leaves.

    Parameters
    ----------
    files
        Graph and sidecar.
    manifest
        Of the run.
    rows
        What was measured on the people each network held out.
    """

    files: tuple[Path, Path]
    manifest: dict[str, Any]
    rows: list[dict[str, Any]]


def train_decoder(settings: TrainSettings, *, progress: Progress = lambda _finished, _all: None) -> Trained:
    """Prepare the data where needed, train, and write the decoder.

    Raises
    ------
    InvalidConfig
        If the output's name or a setting cannot be used.
    InvalidData
        If the data set cannot be read.
    DecodingError
        If there is nothing to learn, or the work folder holds another training.
    """
    if settings.out.suffix != ".onnx":
        raise InvalidConfig(f"--out is {settings.out}; expected a name that ends in .onnx")
    plan = settings.plan()
    manifest = make_manifest(
        "decode train", settings.model_dump(mode="json"), seeds={"training": settings.seed}
    )
    with tempfile.TemporaryDirectory() as folder:
        epochs = _epochs(settings, Path(folder) / "epochs")
        examples = with_rest(epochs, settings.baseline_seconds)
        work = settings.work or settings.out.with_suffix(".work")
        decoder, held_out = train(examples, settings.axes, plan, folder=work, progress=progress)
        rows = assess(held_out, examples)
    facts = _facts(epochs, settings, plan, manifest, rows)
    files = export(decoder, settings.out, axes=held_out.axes, sfreq=epochs.info.sfreq, facts=facts)
    return Trained(files, {**manifest, "data": {epochs.info.dataset: epochs.info.sha256}}, rows)


def with_rest(epochs: Epochs, seconds: float) -> Examples:
    """Return the sound windows to learn from, the first seconds of everybody's rest set apart."""
    rest, scored = split_rest(epochs, seconds)
    return Examples(epochs.take(scored[sound(epochs)[scored]]), rest)


def _epochs(settings: TrainSettings, folder: Path) -> Epochs:
    if settings.dataset is None:
        return read_epochs(settings.path)
    return prepare(settings.dataset, settings.path, folder, PrepareSettings(), stop=threading.Event())


def _facts(
    epochs: Epochs, settings: TrainSettings, plan: Plan, manifest: dict[str, Any], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    info = epochs.info
    return {
        "trained_on": {
            "dataset": info.dataset,
            "source": info.source,
            "licence": info.licence,
            "weights_may_ship": info.ships,
            "sha256": info.sha256,
            "people": len(set(epochs.table.subject.tolist())),
            "windows": len(epochs),
            "channels": list(info.channels),
            "parameters": dict(info.parameters),
        },
        "baseline_seconds": settings.baseline_seconds,
        "untrained": "an axis not among axes has mean 0, standard deviation .5 and P(high) .5 throughout",
        "network": to_json(plan.network),
        "training": {**to_json(plan.training), "seed": plan.seed},
        "held_out": rows,
        "made_with": {name: manifest[name] for name in ("affectlab", "python", "packages")},
    }
