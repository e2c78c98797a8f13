"""What is kept of a marked picture, so that it is made once: its regions, and what the parting found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.files import write_json, writing
from affectlab.models.media import media_of
from affectlab.models.protocol import Media
from affectlab.prompting.gat.regions import Labels, Region

_BESIDE = "regions"
"""Folder, beside marked pictures."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked picture.

    Parameters
    ----------
    image
        The file.
    told
        Regions as the prompt describes them.
    shown
        Regions with the numbers that are drawn.
    """

    image: Media
    told: tuple[Region, ...]
    shown: tuple[Region, ...]


def keep_marked(made: Marked, name: str) -> None:
    """Write the regions of the marked picture called `name` into a folder beside it."""
    facts = {
        "sha256": made.image.sha256,
        "file": made.image.path.name,
        "told": [asdict(one) for one in made.told],
        "shown": [asdict(one) for one in made.shown],
    }
    write_json(made.image.path.parent / _BESIDE / f"{name}.json", facts)


def kept_marked(folder: Path, name: str) -> Marked | None:
    """Return the marked picture called `name` in `folder`; None where it must be made (again)."""
    try:
        facts = json.loads((folder / _BESIDE / f"{name}.json").read_text(encoding="utf-8"))
        path = folder / facts["file"]
        if not path.is_file():
            return None
        told, shown = (tuple(_region(one) for one in facts[name]) for name in ("told", "shown"))
        image = media_of(path, "image")
        return Marked(image, told, shown) if image.sha256 == facts["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def parts_of(folder: Path, name: str) -> Path:
    """Return where the parting called `name` of the pictures in `folder` is kept."""
    return folder / _BESIDE / f"{name}.png"


def keep_parts(labels: Labels, path: Path) -> None:
    """Write which region each point belongs to, as a grey PNG."""
    from PIL import Image

    with writing(path) as temporary:
        Image.fromarray(labels.astype(np.uint8)).save(temporary, format="PNG")


def kept_parts(path: Path) -> Labels | None:
    """Return what `keep_parts` wrote; None where it must be found (again)."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            labels = np.asarray(image.convert("L"), dtype=np.int64)
    except (OSError, SyntaxError, ValueError):
        return None
    numbers = np.unique(labels)
    return labels if np.array_equal(numbers, np.arange(1, len(numbers) + 1)) else None


def _region(facts: dict[str, Any]) -> Region:
    fields: Any = {name: tuple(one) if isinstance(one, list) else one for name, one in facts.items()}
    return Region(**fields)
