"""EmoSet-118K: lists of pictures, with emotion and attributes of each in a JSON file.

Layout after the README of github.com/JingyuanYY/EmoSet: ``train.json``, ``val.json`` and ``test.json`` hold
``[emotion, id, image path, annotation path]`` for each picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._reading import (
    Unusable,
    existing,
    known_label,
    pictures_in,
    require_folder,
)
from affectlab.bench.aica.drafts import Draft, Offer, Skipped, require_some
from affectlab.errors import InvalidData, UnreadableFile

LAYOUT = "image/<emotion>/*.jpg, annotation/<emotion>/*.json and the lists train.json, val.json and test.json"
ATTRIBUTES = ("brightness", "colorfulness", "scene", "object", "facial_expression", "human_action")

_LISTS = ("train.json", "val.json", "test.json")
_LABELS = taxonomy("mikels8").labels


def read_emoset(folder: Path) -> Offer:
    """Read EmoSet-118K; without lists, every picture under ``image/`` with the folder as its emotion.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, a list is damaged, or not one picture can be used.
    """
    require_folder(folder, "EmoSet", LAYOUT)
    lists = tuple(folder / name for name in _LISTS if (folder / name).is_file())
    entries = [entry for path in lists for entry in _entries(path)] or list(_found(folder))
    drafts: dict[str, Draft] = {}
    skipped: list[Skipped] = []
    for emotion, image, annotation, split in entries:
        try:
            if image in drafts:
                raise Unusable("row", f"{image} is listed twice")
            drafts[image] = _draft(folder, emotion, image, annotation, split)
        except InvalidData as error:
            skipped.append(Skipped("emoset", image, getattr(error, "kind", "row"), str(error)))
    offer = Offer("emoset", folder, "mikels8", tuple(drafts.values()), tuple(skipped), lists)
    return require_some(offer, LAYOUT)


def _entries(path: Path) -> Iterator[tuple[str, str, str, str]]:
    content = _json(path)
    if not isinstance(content, list) or not all(_is_entry(entry) for entry in content):
        raise UnreadableFile(
            f"{path} is no list of EmoSet; expected entries of emotion, id, image path and annotation path"
        )
    for emotion, _, image, annotation in content:
        yield emotion, image.replace("\\", "/"), annotation.replace("\\", "/"), path.stem


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 4 and all(isinstance(part, str) for part in entry)


def _found(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    root = folder / "image"
    for emotion in _folders(root):
        for path in pictures_in(emotion):
            name = path.relative_to(folder).as_posix()
            yield emotion.name, name, f"annotation/{emotion.name}/{path.stem}.json", ""


def _folders(root: Path) -> Iterable[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else ()


def _draft(folder: Path, emotion: str, image: str, annotation: str, split: str) -> Draft:
    label = known_label(emotion, _LABELS, f"the emotion of {image}")
    path = existing(folder / image)
    attributes = _attributes(folder / annotation)
    details = {"attributes": attributes} if attributes else {}
    if split:
        details["published_split"] = split
    return Draft(image, path, label, weights={label: 1.0}, details=details)


def _attributes(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content = _json(path)
    if not isinstance(content, dict):
        raise InvalidData(
            f"{path} is no annotation of EmoSet; expected an object with emotion and attributes"
        )
    return {name: content[name] for name in ATTRIBUTES if content.get(name) is not None}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path} cannot be read as JSON ({error}); copy it again") from error
