"""Persona-E²: whether models know that readers differ (arXiv 2604.09162)."""
