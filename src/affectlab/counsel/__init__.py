"""Empathetic answers (Empathy-R1): data, training, judging, a risk gate, and a guarded chat."""

from affectlab.counsel.rows import CounselRow, Language, PairKind, PairRow, Split

__all__ = ["CounselRow", "Language", "PairKind", "PairRow", "Split"]
