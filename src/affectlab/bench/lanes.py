"""Where batches are answered: threads here, or actors of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from affectlab.bench.asking import Asker
from affectlab.bench.question import Terms
from affectlab.bench.store import Kept
from affectlab.models import Capabilities, Identity, Model, ModelOptions, Request, load_model


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model by name, to be loaded wherever it is needed.

    Parameters
    ----------
    text
        ``provider:name``, ``organism`` or ``baseline:NAME``.
    options
        How it is loaded.
    data
        Data set that a baseline is fitted on.
    steer
        A steering by name or file, which is read wherever the model is loaded; None for none.
    """

    text: str
    options: ModelOptions
    data: Path
    steer: str | None = None

    def load(self) -> Model:
        """Load the model in this process."""
        if self.steer is not None:
            from affectlab.bench.steering.loading import load_steered

            return load_steered(self.text, self.options, self.steer)
        provider, _, name = self.text.partition(":")
        if provider == "baseline":
            from affectlab.bench.baselines import load_baseline
            from affectlab.bench.dataset import read_dataset

            return load_baseline(name, read_dataset(self.data), self.options)
        return load_model(self.text, self.options)


@dataclass(frozen=True, slots=True)
class Description:
    """What must be known of a model before it is asked."""

    identity: Identity
    can: Capabilities
    batch_size: int


class Lanes(Protocol):
    """Places that answer batches at the same time."""

    @property
    def model(self) -> Description: ...

    @property
    def width(self) -> int:
        """Batches that may be under way at once."""
        ...

    def start(self, terms: Terms) -> Callable[[Sequence[Request]], Future[list[Kept]]]:
        """Return the function that sends a batch away to be answered under `terms`."""
        ...

    def close(self) -> None:
        """Let the model go."""
        ...


class LocalLanes:
    """Threads of this process around one model.

    Parameters
    ----------
    model
        What is asked.
    owned
        Whether the model goes when the lanes are closed.
    """

    def __init__(self, model: Model, *, owned: bool = True) -> None:
        self._model, self._owned = model, owned
        self._threads = ThreadPoolExecutor(model.lanes, thread_name_prefix="lane")

    @property
    def model(self) -> Description:
        return describe(self._model)

    @property
    def width(self) -> int:
        return self._model.lanes

    def start(self, terms: Terms) -> Callable[[Sequence[Request]], Future[list[Kept]]]:
        asker = Asker(self._model, terms)
        return lambda requests: self._threads.submit(asker.ask, requests)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        if self._owned:
            self._model.close()


def describe(model: Model) -> Description:
    """Say what must be known of `model` before it is asked."""
    return Description(model.identity, model.can, model.batch_size)
