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
from affectlab.prompting.gat.kept import Marked, keep_marked, keep_parts, kept_marked, kept_parts, parts_of
from affectlab.prompting.gat.marks import draw, enlarge, mark_points, radius_of
from affectlab.prompting.gat.prompts import Prompts
from affectlab.prompting.gat.reading import GatReading, Wordings, read_plain, read_scan, read_tree
from affectlab.prompting.gat.regions import Labels, Picture, Region, describe, segment, shrink
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
    wordings
        Label to everything that names it in an answer.
    """

    arm: Arm
    image: Media
    marked: Path | None
    regions: tuple[Region, ...]
    prompts: Prompts
    rules: GatRules
    wordings: Wordings

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
        if not has_tree(self.arm):
            return read_plain(text, self.wordings)
        existing = None if self.marked is None else [region.number for region in self.regions]
        return read_tree(text, self.wordings, self.prompts.language, existing)

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
    wordings: Wordings | None = None,
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
    wordings
        Label to more words that name it in an answer, such as inflections; its name and its word always do.

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
    named = _wordings(words, wordings or {})
    original = media_of(image, "image")
    if layout_of(arm) is None:
        return Gat(arm, original, None, (), Prompts(arm, (), words, language), rules, named)
    name = _name(original.sha256, arm, seed, rules)
    marked = kept_marked(out, name)
    if marked is None:
        marked = _mark(original, arm, seed, rules, out / name)
        keep_marked(marked, name)
    prompts = Prompts(arm, marked.told, words, language)
    return Gat(arm, marked.image, marked.image.path, marked.shown, prompts, rules, named)


def _mark(original: Media, arm: Arm, seed: int, rules: GatRules, stem: Path) -> Marked:
    """Draw the marks of an arm into a file called `stem` with the suffix of its format."""
    generator = np.random.default_rng([seed, int(original.sha256[:16], 16)])
    picture = enlarge(read_image(original), rules)
    labelled = _laid_out(original, picture, arm, rules, generator, stem.parent)
    radius = radius_of(picture.shape, rules)
    points = mark_points(labelled, picture.shape, radius)
    told = tuple(replace(region, mark=points[region.number]) for region in describe(labelled))
    drawn = shuffled(len(told), generator) if arm == "gat-shuffled" else tuple(points)
    written = dict(zip(points, drawn, strict=True))
    suffix = ".png" if picture.shape[0] * picture.shape[1] <= rules.png_up_to else ".jpg"
    path = stem.with_suffix(suffix)
    _save(draw(picture, labelled, points, written, radius), path)
    shown = tuple(
        sorted((replace(one, number=written[one.number]) for one in told), key=lambda one: one.number)
    )
    return Marked(media_of(path, "image"), told, shown)


def _laid_out(
    original: Media, picture: Picture, arm: Arm, rules: GatRules, generator: np.random.Generator, out: Path
) -> Labels:
    if layout_of(arm) == "grid":
        return grid(shrink(picture, rules.working_side).shape[:2])
    # Arms of one picture share its parting.
    path = parts_of(out, _digest([VERSION, original.sha256, rules.model_dump()]))
    labels = kept_parts(path)
    if labels is None:
        labels = segment(picture, rules)
        keep_parts(labels, path)
    if layout_of(arm) == "random":
        shares = [region.share for region in describe(labels)]
        return random_regions(labels.shape, shares, generator)
    return labels


def _name(sha256: str, arm: Arm, seed: int, rules: GatRules) -> str:
    """Name a marked picture by all that decides what it looks like."""
    drawn = "gat" if arm == "scaffold" else arm
    seeded = seed if arm in {"gat-shuffled", "gat-random"} else None
    return _digest([VERSION, sha256, drawn, seeded, rules.model_dump()])


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_NAME_DIGITS]


def _save(image: Any, path: Path) -> None:
    with writing(path) as temporary:
        if path.suffix == ".png":
            image.save(temporary, format="PNG", compress_level=3)
        else:
            image.save(temporary, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)


def _wordings(words: Mapping[str, str], more: Wordings) -> dict[str, tuple[str, ...]]:
    """Return label to its name, its word and whatever else names it."""
    found = {}
    for label, word in words.items():
        given = more.get(label, ())
        found[label] = tuple(dict.fromkeys([label, word, *((given,) if isinstance(given, str) else given)]))
    return found


def _check(labels: Mapping[str, str], arm: str, language: str) -> None:
    if arm not in ARMS:
        raise InvalidConfig(f"arm {arm!r} is not known; expected one of {', '.join(ARMS)}")
    if language not in WORDS:
        raise InvalidConfig(f"language {language!r} is not known; expected one of {', '.join(WORDS)}")
    if not labels:
        raise InvalidConfig("no labels were given; name the emotions to choose from")
