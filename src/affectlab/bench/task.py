"""What a benchmark asks of a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from affectlab.bench.sample import Sample
from affectlab.models import Request


class Task(Protocol):
    """How samples become requests and answers become labels.

    A task is made for a data set, whose labels it uses. Everything that changes what is asked is in
    `parameters`, which belong to the key under which answers are kept.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever the same sample would be asked differently."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """Label to the words in which the model gives it, in the order they are asked."""
        ...

    @property
    def parameters(self) -> Mapping[str, str]: ...

    def request(self, sample: Sample, *, generate: bool) -> Request:
        """Ask about `sample`; with `generate` the answer is free text that `read` understands."""
        ...

    def read(self, text: str) -> str | None:
        """Return the label that an answer in words names, or None where it names none or several."""
        ...
