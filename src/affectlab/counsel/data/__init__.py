"""Counselling data: read, filter, split, pair, annotate, review."""

from affectlab.counsel.data.files import read_pairs, read_rows

__all__ = ["read_pairs", "read_rows"]
