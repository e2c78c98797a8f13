"""Embed the shipped entries, so that nobody has to wait for it.

Usage: affectlab models pull embedder && python recipes/embedder/vectors.py

The vectors go to src/affectlab/planning/knowledge/shipped/vectors.npz.
"""

from __future__ import annotations

from affectlab.planning.knowledge.dense import SHIPPED, key, passage, write_vectors
from affectlab.planning.knowledge.embedder import NAME, Embedder, models_folder
from affectlab.planning.knowledge.store import shipped


def main() -> None:
    """Write the vectors."""
    embedder = Embedder(models_folder() / NAME)
    vectors = embedder.passages([passage(entry) for entry in shipped()])
    write_vectors(SHIPPED, dict(zip(map(key, shipped()), vectors, strict=True)))
    SHIPPED.chmod(0o644)


if __name__ == "__main__":
    main()
