"""The risk gate: outside the model, before it and behind it, closed when anything fails."""

from affectlab.counsel.gate.config import GateConfig
from affectlab.counsel.gate.gate import RiskGate
from affectlab.counsel.gate.verdict import LEVELS, Grader, Level, Passed, Verdict

__all__ = ["LEVELS", "GateConfig", "Grader", "Level", "Passed", "RiskGate", "Verdict"]
