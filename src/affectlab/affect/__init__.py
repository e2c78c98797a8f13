"""The vocabulary every room speaks: affect states, taxonomies, metrics and statistics. Pure; no torch."""

from affectlab.affect.state import AffectState, Distribution

__all__ = ["AffectState", "Distribution"]
