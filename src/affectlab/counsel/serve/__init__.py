"""The counsellor behind an OpenAI-compatible address."""

from affectlab.counsel.serve.config import ServeSettings

__all__ = ["ServeSettings"]
