"""A picture with marked regions, what to ask about it, and how to read the answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.errors import InvalidConfig
from affectlab.files import writing
from affectlab.models.media import media_of, read_image
from affectlab.models.protocol import Media, Request
from affectlab.prompting.gat.controls import grid, random_regions, shuffled
from affectlab.prompting.gat.marks import draw, enlarge, mark_points, radius_of
from affectlab.prompting.gat.prompts import Prompts
from affectlab.prompting.gat.reading import GatReading, read_plain, read_scan, read_tree
from affectlab.prompting.gat.regions import Labels, Picture, Region, describe, segment
from affectlab.prompting.gat.rules import ARMS, VERSION, Arm, GatRules, Language, has_tree, layout_of
from affectlab.prompting.gat.words import WORDS

_JPEG_QUALITY = 95
_NAME_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Gat:
    """One picture, ready to be asked about.

    Parameters
    ----------
    arm
        What was made.
    image
        What models are shown: the marked picture, or the original where nothing is marked.
    marked
        The marked picture's file; None in the arm "tree".
    regions
        With the numbers that are drawn; empty in the arm "tree".
    prompts
        What goes with the picture.
    rules
        Parameters that it was made with.
    """

    arm: Arm
    image: Media
    marked: Path | None
    regions: tuple[Region, ...]
    prompts: Prompts
    rules: GatRules

    def eu(self) -> Request:
        """Ask for the emotion: the tree, or in the arm "scaffold" the plain question."""
        return self._request(self.prompts.eu())

    def scan(self) -> Request:
        """Ask what is to be seen in each region."""
        return self._request(self.prompts.scan())

    def reasoning(self, clues: str = "") -> Request:
        """Ask why the picture evokes its emotion.

        Parameters
        ----------
        clues
            The answer to `scan`. Its facts are listed; words that are no such answer are given as they are.
        """
        return self._request(self.prompts.reasoning(read_scan(clues) or clues))

    def generation(self, clues: str, target: str) -> Request:
        """Ask for a paragraph of 50 to 100 words that conveys `target`, with `clues` as in `reasoning`."""
        return self._request(self.prompts.generation(read_scan(clues) or clues, target))

    def parse(self, text: str) -> GatReading:
        """Read the answer to `eu`, whatever it is."""
        labels, language = self.prompts.labels, self.prompts.language
        if not has_tree(self.arm):
            return read_plain(text, labels)
        existing = None if self.marked is None else [region.number for region in self.regions]
        return read_tree(text, labels, language, existing)

    def _request(self, words: str) -> Request:
        return Request((self.image, words))


def gat(
    image: Path,
    *,
    labels: Sequence[str] | Mapping[str, str],
    out: Path,
    language: Language = "en",
    arm: Arm = "gat",
    seed: int = 0,
    rules: GatRules | None = None,
) -> Gat:
    """Mark the large regions of a picture and prepare what is asked about it (arXiv 2604.05900).

    Parameters
    ----------
    image
        A file of any format that Pillow reads.
    labels
        The emotions to choose from; a mapping gives each a word in the prompt's language.
    out
        Folder of marked pictures. A file is named by everything that decides its content, and is made once.
    language
        Of the prompts.
    arm
        "gat" (marks and tree), "scaffold" (marks only), "tree" (no marks), or a control of where marks are:
        "gat-shuffled", "gat-random", "gat-grid".
    seed
        Of shuffled numbers and random regions, together with the picture's content.
    rules
        Parameters; the defaults when not given.

    Raises
    ------
    UnreadableFile
        If the file is missing or no picture.
    InvalidConfig
        If the arm or language is unknown or there are no labels.
    """
    words = dict(labels) if isinstance(labels, Mapping) else {label: label for label in labels}
    _check(words, arm, language)
    rules = rules or GatRules()
    original = media_of(image, "image")
    if layout_of(arm) is None:
        return Gat(arm, original, None, (), Prompts(arm, (), words, language), rules)
    generator = np.random.default_rng([seed, int(original.sha256[:16], 16)])
    picture = enlarge(read_image(original), rules)
    labelled = _laid_out(picture, arm, rules, generator)
    radius = radius_of(picture.shape, rules)
    points = mark_points(labelled, picture.shape, radius)
    told = tuple(replace(region, mark=points[region.number]) for region in describe(labelled))
    drawn = shuffled(len(told), generator) if arm == "gat-shuffled" else tuple(points)
    written = dict(zip(points, drawn, strict=True))
    path = out / _name(original.sha256, arm, seed, rules, picture)
    if not path.exists():
        _save(draw(picture, labelled, points, written, radius), path)
    shown = tuple(
        sorted((replace(one, number=written[one.number]) for one in told), key=lambda one: one.number)
    )
    return Gat(arm, media_of(path, "image"), path, shown, Prompts(arm, told, words, language), rules)


def _laid_out(picture: Picture, arm: Arm, rules: GatRules, generator: np.random.Generator) -> Labels:
    labels = segment(picture, rules)
    match layout_of(arm):
        case "grid":
            return grid(labels.shape)
        case "random":
            shares = [region.share for region in describe(labels)]
            return random_regions(labels.shape, shares, generator)
    return labels


def _name(sha256: str, arm: Arm, seed: int, rules: GatRules, picture: Picture) -> str:
    """Name a marked picture by all that decides what it looks like."""
    drawn = "gat" if arm == "scaffold" else arm
    seeded = seed if arm in {"gat-shuffled", "gat-random"} else None
    content = json.dumps([VERSION, sha256, drawn, seeded, rules.model_dump()], sort_keys=True)
    suffix = ".png" if picture.shape[0] * picture.shape[1] <= rules.png_up_to else ".jpg"
    return hashlib.sha256(content.encode()).hexdigest()[:_NAME_DIGITS] + suffix


def _save(image: Any, path: Path) -> None:
    with writing(path) as temporary:
        if path.suffix == ".png":
            image.save(temporary, format="PNG", compress_level=3)
        else:
            image.save(temporary, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)


def _check(labels: Mapping[str, str], arm: str, language: str) -> None:
    if arm not in ARMS:
        raise InvalidConfig(f"arm {arm!r} is not known; expected one of {', '.join(ARMS)}")
    if language not in WORDS:
        raise InvalidConfig(f"language {language!r} is not known; expected one of {', '.join(WORDS)}")
    if not labels:
        raise InvalidConfig("no labels were given; name the emotions to choose from")
