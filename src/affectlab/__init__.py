"""affectlab closes a loop between a person's affect and an AI's response, and measures every part of it."""

__version__ = "0.1.0"
