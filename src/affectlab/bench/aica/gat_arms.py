"""Grounded affective trees as arms of the exam: one prepared picture for each image, arm and language."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affectlab.bench.aica.arms import ArmOf
from affectlab.bench.aica.spaces import wordings_of
from affectlab.bench.exam.item import Reading
from affectlab.models import Media, Request
from affectlab.prompting.gat import VERSION, Gat, GatRules, answer_tokens, gat

_INTENSITIES = {"low": 1.0, "medium": 2.0, "high": 3.0}


class GatArms:
    """Marked pictures with their questions, made when first asked for.

    Parameters
    ----------
    seed
        Of shuffled numbers and random regions.
    folder
        Of marked pictures, which are named by their content and made once; ``affectlab/gat`` in
        ``XDG_CACHE_HOME`` if not given.
    """

    def __init__(self, seed: int, folder: Path | None = None) -> None:
        self._seed = seed
        self._folder = folder or _cache_folder()
        self._made: dict[tuple[str, str, str, tuple[str, ...]], Gat] = {}

    rules = GatRules()

    @property
    def parameters(self) -> dict[str, Any]:
        """What decides marks and trees, JSON-ready."""
        return {"version": VERSION, **self.rules.model_dump()}

    @property
    def matched_tokens(self) -> int:
        """Longest answer of a tree, and so of a chain of thought that is matched to it."""
        return answer_tokens("gat", self.rules)

    @property
    def scan_tokens(self) -> int:
        """Longest answer to a scan."""
        return self.rules.scan_tokens

    def understand_tokens(self, arm: ArmOf) -> int:
        """Return how long the answer to `understand` may be."""
        return answer_tokens(self._way(arm), self.rules)

    def understand(self, image: Media, arm: ArmOf, words: Mapping[str, str]) -> Request:
        """Ask for the emotion."""
        return self._gat(image, arm, words).eu()

    def scan(self, image: Media, arm: ArmOf, words: Mapping[str, str]) -> Request:
        """Ask what is to be seen in each region."""
        return self._gat(image, arm, words).scan()

    def reason(self, image: Media, arm: ArmOf, words: Mapping[str, str], clues: str) -> Request:
        """Ask why the image evokes its emotion, with the clues of a scan."""
        return self._gat(image, arm, words).reasoning(clues)

    def generate(
        self, image: Media, arm: ArmOf, words: Mapping[str, str], clues: str, target: str
    ) -> Request:
        """Ask for a paragraph that conveys `target`, with the clues of a scan."""
        return self._gat(image, arm, words).generation(clues, target)

    def facts(self, image: Media, arm: ArmOf, words: Mapping[str, str]) -> dict[str, Any]:
        """Return where the marked picture lies and its regions, JSON-ready."""
        made = self._gat(image, arm, words)
        regions = [{"number": one.number, "share": one.share, "box": list(one.box)} for one in made.regions]
        return {"marked": str(made.marked) if made.marked else None, "regions": regions}

    def read(self, image: Media, arm: ArmOf, words: Mapping[str, str], text: str) -> Reading:
        """Read the answer to `understand`; the survivor counts even where the tree has problems."""
        found = self._gat(image, arm, words).parse(text)
        values = {"intensity": _INTENSITIES[found.intensity]} if found.intensity else {}
        branches = [
            {
                "label": one.label,
                "intensity": one.intensity,
                "regions": list(one.regions),
                "kept": one.kept,
            }
            for one in found.branches
        ]
        notes = {"problems": list(found.problems), "cited": sorted(found.cited), "branches": branches}
        return Reading(found.survivor is not None, found.survivor, values, notes)

    def _gat(self, image: Media, arm: ArmOf, words: Mapping[str, str]) -> Gat:
        key = (image.sha256, arm.way, arm.language, tuple(words))
        if key not in self._made:
            self._made[key] = gat(
                image.path,
                labels=words,
                out=self._folder,
                language=arm.language,
                arm=self._way(arm),
                seed=self._seed,
                rules=self.rules,
                wordings=wordings_of(words),
            )
        return self._made[key]

    @staticmethod
    def _way(arm: ArmOf) -> Any:
        return arm.way


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "affectlab" / "gat"
