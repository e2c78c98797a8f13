"""MusicGen steered by the hierarchical controller; needs torch and transformers."""
