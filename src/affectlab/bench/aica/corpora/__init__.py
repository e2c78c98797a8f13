"""Readers of the corpora of AICA-Bench, one a module, each of the layout its publishers ship."""
