"""What a steering is fitted on and judged by."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.models import Request


@dataclass(frozen=True, slots=True)
class Case:
    """One request whose answer is known.

    Parameters
    ----------
    request
        What the model is asked.
    truth
        Index of the true label.
    conflict
        Whether what is shown disagrees with itself or with the truth; the rule is the data set's.
    source
        What folds keep together and intervals cluster by.
    """

    request: Request
    truth: int
    conflict: bool
    source: str
