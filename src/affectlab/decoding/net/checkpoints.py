"""Finished networks on disk, so that a training that was cut off goes on where it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affectlab.decoding.evaluation.method import Examples
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.settings import GraphSettings, to_json
from affectlab.errors import DecodingError, MissingExtra, UnreadableFile
from affectlab.files import write_json, writing

if TYPE_CHECKING:
    from affectlab.decoding.net.training import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A finished network and the passes it was trained for."""

    network: GraphNet
    passes: int


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The folder of one training.

    Parameters
    ----------
    folder
        Where ``plan.json`` and the networks lie.
    settings
        Of the networks.
    """

    folder: Path
    settings: GraphSettings

    @classmethod
    def open(cls, folder: Path, plan: Plan, examples: Examples, labels: np.ndarray) -> Checkpoints:
        """Begin a folder, or go on with one of the very same training.

        Raises
        ------
        DecodingError
            If the folder holds a training with other settings, seed or data.
        """
        print_ = _fingerprint(plan, examples, labels)
        file = folder / "plan.json"
        if not file.exists():
            write_json(file, print_)
        elif _read(file) != print_:
            raise DecodingError(
                f"{folder} holds a training with other settings, seed or data; take another folder "
                "or remove it"
            )
        return cls(folder, plan.network)

    def get(self, name: str) -> Trained | None:
        """Return a finished network, or None.

        Raises
        ------
        UnreadableFile
            If its file is damaged.
        """
        path = self._path(name)
        if not path.exists():
            return None
        network = GraphNet(self.settings)
        try:
            with _safetensors().safe_open(path, framework="pt") as file:
                passes = int(file.metadata()["passes"])
            network.load_state_dict(_safetensors().torch.load_file(path))
        except Exception as error:  # safetensors raises its own type, torch RuntimeError
            if isinstance(error, MemoryError):
                raise
            raise UnreadableFile(f"{path} is not a whole network ({error}); remove it and go on") from error
        return Trained(network, passes)

    def put(self, name: str, trained: Trained) -> None:
        """Keep a finished network."""
        state = {key: value.contiguous() for key, value in trained.network.state_dict().items()}
        with writing(self._path(name)) as temporary:
            _safetensors().torch.save_file(state, temporary, metadata={"passes": str(trained.passes)})

    def _path(self, name: str) -> Path:
        return self.folder / f"network-{name}.safetensors"


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingExtra("safetensors", "train") from None
    return safetensors


def _fingerprint(plan: Plan, examples: Examples, labels: np.ndarray) -> dict[str, Any]:
    digest = blake2b(digest_size=16)
    for row in range(len(examples)):
        digest.update(np.ascontiguousarray(examples.epochs.data[row]).data)
    digest.update(np.ascontiguousarray(labels).data)
    digest.update("\n".join(examples.persons.tolist()).encode())
    for person, rest in sorted(examples.rest.items()):
        digest.update(person.encode() + np.ascontiguousarray(rest.data).tobytes())
    return {
        "network": to_json(plan.network),
        "training": to_json(plan.training),
        "seed": plan.seed,
        "data": digest.hexdigest(),
    }


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnreadableFile(f"{file} is damaged ({error}); remove the folder and start again") from error
