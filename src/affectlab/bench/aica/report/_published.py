"""What the paper's tables say, to be put beside and never mixed with what is measured here.

Source: AICA-Bench, arXiv 2604.05900. All values are percent. EU is the figure of its released code, which is
2A / (1 + A) of accuracy A whatever the labels; compare it with ``published_f1``, not with a real F1. ER and
EGCG are of a scorer that was not released, so they compare with no other judge's.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "arXiv 2604.05900"


@dataclass(frozen=True, slots=True)
class Published:
    """A model's figures; None where the table has none.

    Parameters
    ----------
    model
        As the paper calls it.
    basic, cot, gat
        EU by prompt.
    er, er_gat, egcg, egcg_gat
        ER and EGCG, with the basic prompt and with GAT.
    overall
        Mean of EU, ER and EGCG, where EU is the mean of basic and CoT.
    """

    model: str
    basic: float
    cot: float
    gat: float | None
    er: float
    er_gat: float | None
    egcg: float
    egcg_gat: float | None
    overall: float


PUBLISHED = (
    Published("Gemini-2.5-Pro", 66.97, 67.57, 71.15, 79.08, 82.45, 74.13, 78.25, 73.49),
    Published("GPT-4o", 64.44, 65.42, 69.82, 77.81, 83.10, 75.73, 79.40, 72.82),
    Published("Qwen2.5-VL-7B", 56.43, 57.25, 61.94, 74.50, 78.92, 66.00, 70.55, 65.78),
    Published("InternVL3-8B", 52.18, 52.98, None, 67.21, None, 67.27, None, 62.35),
    Published("LLaVA-1.6-7B", 36.58, 50.22, 51.05, 73.81, 75.88, 59.58, 63.45, 58.93),
)

ABLATION = (
    ("basic", 56.43),
    ("scaffold", 58.50),
    ("tree", 60.10),
    ("gat", 61.94),
)
"""EU of Qwen2.5-VL-7B by arm: scaffolding alone, tree alone, both."""
