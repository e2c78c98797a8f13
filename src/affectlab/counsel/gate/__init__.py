"""The risk gate: outside the model, before it and behind it, closed when anything fails."""

from affectlab.counsel.gate.config import GateConfig
from affectlab.counsel.gate.decision import Decision, action_of
from affectlab.counsel.gate.gate import RiskGate
from affectlab.counsel.gate.model_grader import ModelGrader
from affectlab.counsel.gate.verdict import LEVELS, Grader, Level, Passed, Verdict
from affectlab.counsel.gate.withdrawal import Talk, TurnReport, read_talks, watch_talk

__all__ = [
    "LEVELS",
    "Decision",
    "GateConfig",
    "Grader",
    "Level",
    "ModelGrader",
    "Passed",
    "RiskGate",
    "Talk",
    "TurnReport",
    "Verdict",
    "action_of",
    "read_talks",
    "watch_talk",
]
