"""EMOTIC: people in scenes, each with several of 26 categories and valence, arousal and dominance.

Layouts: ``Annotations/Annotations.mat`` as published (Kosti et al., 2020, IEEE TPAMI 42), and the tables
``emotic_pre/{train,val,test}.csv`` that ``mat2py.py`` of github.com/Tandon-A/emotic makes of it; pictures lie
under ``emotic/<folder>/``. Of the test and validation sides the combined annotations are taken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from affectlab.affect import taxonomy
from affectlab.bench.aica.corpora._emotic_people import Person, people_in_csv, people_in_mat
from affectlab.bench.aica.corpora._reading import Unusable, existing, known_label, require_folder
from affectlab.bench.aica.drafts import Draft, Offer, Skipped, require_some
from affectlab.errors import InvalidData, UnreadableFile

LAYOUT = "emotic/<folder>/<file> and Annotations/Annotations.mat or emotic_pre/{train,val,test}.csv"
LOW, HIGH = 1, 10
"""Ends of the scales of valence, arousal and dominance."""

_MAT = ("Annotations/Annotations.mat", "Annotations.mat")
_CSV = tuple(f"{place}{side}.csv" for place in ("emotic_pre/", "") for side in ("train", "val", "test"))
_LABELS = taxonomy("emotic26").labels
_DIMENSIONS = ("valence", "arousal", "dominance")


def read_emotic(folder: Path) -> Offer:
    """Read EMOTIC, a picture with all of its people.

    The target counts how many people show a category. Strata are the rarest category of a picture, because
    most pictures have some of the most frequent ones.

    Raises
    ------
    UnreadableFile
        If the folder is laid out otherwise, or not one picture can be used.
    """
    require_folder(folder, "EMOTIC", LAYOUT)
    tables, people = _people(folder)
    by_picture: dict[str, list[Person]] = defaultdict(list)
    skipped: list[Skipped] = []
    for one in people:
        if isinstance(one, Skipped):
            skipped.append(one)
        else:
            by_picture[one.picture].append(one)
    usable: dict[str, tuple[Path, list[dict[str, Any]]]] = {}
    for name, some in by_picture.items():
        try:
            usable[name] = existing(_picture(folder, name)), _described(name, some)
        except InvalidData as error:
            skipped.append(Skipped("emotic", name, getattr(error, "kind", "row"), str(error)))
    frequency = Counter(label for _, some in usable.values() for one in some for label in one["categories"])
    drafts = tuple(_draft(name, path, some, frequency) for name, (path, some) in usable.items())
    return require_some(Offer("emotic", folder, "emotic26", drafts, tuple(skipped), tables), LAYOUT)


def _people(folder: Path) -> tuple[tuple[Path, ...], Iterable[Person | Skipped]]:
    for name in _MAT:
        if (folder / name).is_file():
            return (folder / name,), people_in_mat(folder / name)
    tables = tuple(folder / name for name in _CSV if (folder / name).is_file())
    if not tables:
        raise UnreadableFile(f"{folder} is laid out otherwise than published; expected {LAYOUT}")
    return tables, [person for table in tables for person in people_in_csv(table)]


def _picture(folder: Path, name: str) -> Path:
    inner = folder / "emotic" / name
    return inner if inner.is_file() else folder / name


def _described(name: str, people: Sequence[Person]) -> list[dict[str, Any]]:
    described = [
        {
            "box": list(person.box),
            "categories": [
                known_label(word, _LABELS, f"a category of {name}")
                for word in dict.fromkeys(person.categories)
            ],
            **dict(zip(_DIMENSIONS, person.ratings, strict=True)),
            "gender": person.gender,
            "age": person.age,
        }
        for person in people
    ]
    if not any(one["categories"] for one in described):
        raise Unusable("label", f"nobody in {name} has a category")
    for one in described:
        for dimension in _DIMENSIONS:
            if one[dimension] is not None and not LOW <= one[dimension] <= HIGH:
                raise InvalidData(
                    f"{dimension} in {name} is {one[dimension]:g}, expected a number in [{LOW}, {HIGH}]"
                )
    return described


def _draft(name: str, path: Path, people: list[dict[str, Any]], frequency: Counter[str]) -> Draft:
    counts = Counter(label for one in people for label in one["categories"])
    votes = {label: float(counts[label]) for label in _LABELS if counts[label]}
    rarest = min(votes, key=lambda label: (frequency[label], label))
    rated = {
        dimension: [one[dimension] for one in people if one[dimension] is not None]
        for dimension in ("valence", "arousal")
    }
    ratings = {
        dimension: {"mean": fmean(values), "sd": None, "n": len(values), "low": LOW, "high": HIGH}
        for dimension, values in rated.items()
        if values
    }
    details = {"votes": votes, "ratings": ratings, "people": people}
    return Draft(name, path, rarest, weights=votes, details=details)
