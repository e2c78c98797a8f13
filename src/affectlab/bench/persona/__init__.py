"""Persona-E² (arXiv 2604.09162): what different readers feel about the same event."""
