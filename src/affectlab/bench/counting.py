"""Counting what became of questions while their table is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from affectlab.bench.outcome import Status
from affectlab.models import Failure


class Ended(Protocol):
    """A question that has come to its end."""

    @property
    def status(self) -> Status: ...

    @property
    def failure(self) -> Failure | None: ...


_Ended = TypeVar("_Ended", bound=Ended)


@dataclass(slots=True)
class Counts:
    """Questions by status, and failures by message."""

    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def through(self, found: Iterable[_Ended], also: Callable[[_Ended], None]) -> Iterator[_Ended]:
        """Yield what is `found`, counting it and showing it to `also`."""
        for one in found:
            self.statuses[one.status] += 1
            also(one)
            if one.failure is not None:
                self.failures[one.failure.message] += 1
            yield one

    def by_status(self) -> dict[str, int]:
        """Return the number of each status, also of those that none has."""
        return {name: self.statuses[name] for name in ("answered", "unparsed", "failed")}
