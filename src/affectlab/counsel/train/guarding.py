"""Terms as TRL calls them: with every number checked, and every bad one named."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from affectlab.counsel.train.terms import Sample, Term
from affectlab.counsel.train.watching import Say
from affectlab.errors import CounselError
from affectlab.models import Turn

Policy = Literal["stop", "skip"]


class GuardedTerm:
    """A term of the reward with its name.

    Parameters
    ----------
    name
        By which it is logged.
    term
        What it computes.
    policy
        What becomes of a sample for which it is not a number, or fails: "stop" ends the run, "skip" leaves
        the term out for that sample, says so and counts it.
    say
        Told of each sample left out.
    """

    def __init__(self, name: str, term: Term, policy: Policy, say: Say) -> None:
        self.__name__ = name
        self._term, self._policy, self._say = term, policy, say
        self.bad: Counter[str] = Counter()

    def __call__(
        self,
        completions: Sequence[str],
        completion_ids: Sequence[Sequence[int]],
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        """Rate completions; called by TRL with the columns of the data set."""
        samples = samples_of(completions, completion_ids, columns)
        before = self.bad.total()
        values = self.values(samples)
        if log_metric is not None and self._policy == "skip":
            log_metric(f"bad/{self.__name__}", float(self.bad.total() - before))
        return values

    def values(self, samples: Sequence[Sample]) -> list[float | None]:
        """Rate samples.

        Raises
        ------
        CounselError
            If a value is not finite or the term fails, and the policy is to stop.
        """
        try:
            found = list(self._term(samples))
        except CounselError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a term does wrong is told with its name
            if len(samples) > 1:
                return [value for sample in samples for value in self.values([sample])]
            self._report(samples[0], f"failed ({type(error).__name__}: {error})", error)
            return [None]
        return [self._sound(sample, value) for sample, value in zip(samples, found, strict=True)]

    def _sound(self, sample: Sample, value: float | None) -> float | None:
        if value is None or math.isfinite(value):
            return value
        self._report(sample, f"is {value}", None)
        return None

    def _report(self, sample: Sample, what: str, cause: Exception | None) -> None:
        self.bad[sample.id] += 1
        line = f"reward term {self.__name__!r} {what} for sample {sample.id!r}"
        if self._policy == "stop":
            raise CounselError(
                f'{line}; mend the term, set its weight to 0, or set on_bad_reward = "skip"'
            ) from cause
        self._say(f"{line}; left out")


def samples_of(
    completions: Sequence[str], completion_ids: Sequence[Sequence[int]], columns: dict[str, Any]
) -> list[Sample]:
    """Put the columns of a batch together."""
    return [
        Sample(
            columns["id"][place],
            tuple(Turn(turn["role"], turn["text"]) for turn in columns["turns"][place]),
            columns["language"][place],
            frozenset(columns["sought"][place]),
            text,
            len(completion_ids[place]),
        )
        for place, text in enumerate(completions)
    ]
