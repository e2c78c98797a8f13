"""Steering on benchmarks: what it is fitted on, how it is tuned, and how a steered model is loaded."""
