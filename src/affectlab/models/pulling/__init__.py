"""Pinned files of models from where they are published."""

from affectlab.models.pulling.artefacts import ARTEFACTS, Artefact, Package, artefact
from affectlab.models.pulling.pull import Progress, fetch_package, pull

__all__ = ["ARTEFACTS", "Artefact", "Package", "Progress", "artefact", "fetch_package", "pull"]
