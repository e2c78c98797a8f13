"""What went wrong in a run, counted: samples that failed and answers that name no label."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from affectlab.bench.results import Samples

_SHOWN = 12
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Problems:
    """Reasons with how many samples each befell, the most frequent first.

    Parameters
    ----------
    failures
        (kind, message, number) of samples that could not be asked.
    unparsed
        (answer, number) of answers that name no label or several.
    hidden_failures, hidden_unparsed
        Samples under reasons too rare to be listed.
    """

    failures: tuple[tuple[str, str, int], ...]
    unparsed: tuple[tuple[str, int], ...]
    hidden_failures: int
    hidden_unparsed: int

    @property
    def failed(self) -> int:
        return sum(number for _, _, number in self.failures) + self.hidden_failures

    @property
    def not_understood(self) -> int:
        return sum(number for _, number in self.unparsed) + self.hidden_unparsed


def problems_of(samples: Samples) -> Problems:
    """Count the reasons; long answers are cut for reading."""
    failed = samples.take(samples.failed)
    unparsed = samples.take(samples.status == "unparsed")
    failures = Counter(
        (kind or "unknown", message or "no reason given")
        for kind, message in zip(failed.failure_kind, failed.failure, strict=True)
    )
    answers = Counter(_short(text or "") for text in unparsed.text)
    shown_failures, shown_answers = failures.most_common(_SHOWN), answers.most_common(_SHOWN)
    return Problems(
        tuple((kind, message, number) for (kind, message), number in shown_failures),
        tuple(shown_answers),
        failures.total() - sum(number for _, number in shown_failures),
        answers.total() - sum(number for _, number in shown_answers),
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
