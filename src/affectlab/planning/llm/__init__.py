"""Plans written by language models."""
