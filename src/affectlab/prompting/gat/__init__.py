"""Grounded affective trees: numbered regions on the picture, and three hypotheses that must cite them."""

from affectlab.prompting.gat.budgets import TokenBudget, answer_tokens, scan_budget, token_budgets
from affectlab.prompting.gat.gat import Gat, gat
from affectlab.prompting.gat.prompts import Prompts, example_scan, example_tree
from affectlab.prompting.gat.reading import PROBLEMS, Branch, GatReading, Problem, read_scan
from affectlab.prompting.gat.regions import Region
from affectlab.prompting.gat.rules import ARMS, INTENSITIES, VERSION, Arm, GatRules, Intensity, Language

__all__ = [
    "ARMS",
    "INTENSITIES",
    "PROBLEMS",
    "VERSION",
    "Arm",
    "Branch",
    "Gat",
    "GatReading",
    "GatRules",
    "Intensity",
    "Language",
    "Problem",
    "Prompts",
    "Region",
    "TokenBudget",
    "answer_tokens",
    "example_scan",
    "example_tree",
    "gat",
    "read_scan",
    "scan_budget",
    "token_budgets",
]
