"""Steering of attention heads at inference: CHASE, its rivals and its controls."""
