"""The risk gate: outside the model, before it and behind it, closed when anything fails."""

from affectlab.counsel.gate.verdict import LEVELS, Grader, Level, Passed, Verdict

__all__ = ["LEVELS", "Grader", "Level", "Passed", "Verdict"]
