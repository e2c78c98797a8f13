"""The risk gate as a chat uses it: read the person's words, check the model's, say what is safe."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from affectlab.counsel.gate.config import GateConfig
from affectlab.counsel.gate.verdict import Grader, Passed, Verdict
from affectlab.models import Turn


class RiskGate:
    """Stands between a person and a model, and is closed when anything fails.

    Use it as a context manager, or call `close`. Methods may be called from several threads.
    """

    def __init__(self, config: GateConfig, graders: Sequence[Grader]) -> None:
        self._config = config
        self._graders = tuple(graders)

    @classmethod
    def open(cls, config: GateConfig, graders: Sequence[Grader] = ()) -> Self:
        """Open the gate with the rules, the classifier that `config` asks for, and further `graders`.

        Raises
        ------
        CounselError
            If the rules, the classifier, the helplines or the log cannot be opened.
        """
        return cls(config, graders)

    def read(self, turns: Sequence[Turn]) -> Verdict:
        """Grade a conversation that ends with the person's words; never raises."""
        return Verdict("high", ("the gate cannot grade yet",), "en")

    def check(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> Passed:
        """Say whether the model's answer may be shown; never raises, and at immediate always says no."""
        return Passed(False, ("the gate cannot check yet",))

    def safe_reply(self, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return what is said in place of the model's answer; never raises."""
        return ""

    def shown(self, answer: str, turns: Sequence[Turn], verdict: Verdict) -> str:
        """Return what the person reads: `answer`, the safe reply before it, or the safe reply alone.

        At high an answer that passes `check` stands behind the composed part; at immediate and where
        `check` says no the safe reply stands alone.
        """
        return self.safe_reply(turns, verdict)

    def close(self) -> None:
        """Close the log and the graders; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
