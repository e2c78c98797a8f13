"""The people of EMOTIC, from the MATLAB file or from the tables made of it."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.bench.aica.corpora._reading import read_rows, relative_name
from affectlab.bench.aica.drafts import Skipped
from affectlab.bench.corpus_tables import Row
from affectlab.decoding.datasets.matfile import mat_names, mat_variable
from affectlab.errors import InvalidData, UnreadableFile

_SIDES = ("train", "val", "test")
_COLUMNS = ("Folder", "Filename", "BBox", "Categorical_Labels", "Continuous_Labels", "Gender", "Age")
_DIMENSIONS = ("valence", "arousal", "dominance")


@dataclass(frozen=True, slots=True)
class Person:
    """A person in a picture.

    Parameters
    ----------
    picture
        ``<folder>/<file>``.
    box
        Left, top, right and bottom in pixels.
    categories
        As published.
    ratings
        Valence, arousal and dominance; None where there is none.
    gender, age
        As published.
    """

    picture: str
    box: tuple[float, ...]
    categories: tuple[str, ...]
    ratings: tuple[float | None, float | None, float | None]
    gender: str
    age: str


def people_in_csv(table: Path) -> Iterator[Person | Skipped]:
    """Read the people of a table that ``mat2py.py`` made; a row that cannot be used comes as `Skipped`.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or a column is missing.
    """
    for row in read_rows(table, _COLUMNS, delimiters=(",", ";")):
        try:
            yield _in_row(row)
        except InvalidData as error:
            yield Skipped("emotic", f"{table.name}, row {row.number}", "row", str(error))


def _in_row(row: Row) -> Person:
    box, categories, ratings = (
        _list(row.word(column), row.place(column))
        for column in ("BBox", "Categorical_Labels", "Continuous_Labels")
    )
    return Person(
        f"{relative_name(row, 'Folder')}/{relative_name(row, 'Filename')}",
        tuple(float(edge) for edge in box),
        tuple(str(word) for word in categories),
        _three(ratings, row.place("Continuous_Labels")),
        row.word("Gender"),
        row.word("Age"),
    )


def people_in_mat(path: Path) -> Iterator[Person]:
    """Read the people of ``Annotations.mat``.

    Raises
    ------
    UnreadableFile
        If it is no MATLAB file up to version 7, or laid out otherwise.
    """
    sides = [side for side in _SIDES if side in mat_names(path)]
    if not sides:
        raise UnreadableFile(f"{path} has none of the variables {', '.join(_SIDES)}; is it EMOTIC's?")
    for side in sides:
        for picture in np.atleast_1d(mat_variable(path, side, structs=True)):
            try:
                name = f"{picture.folder}/{picture.filename}"
                people = list(np.atleast_1d(picture.person))
                yield from (_person(name, one) for one in people)
            except (AttributeError, TypeError, ValueError) as error:
                raise UnreadableFile(f"{path} is laid out otherwise than EMOTIC's ({error})") from error


def _person(name: str, person: Any) -> Person:
    fields = set(person._fieldnames)
    if "combined_categories" in fields:
        words: Any = person.combined_categories
        numbers: Any = person.combined_continuous
    else:
        words = getattr(person.annotations_categories, "categories", ())
        numbers = person.annotations_continuous
    three = [getattr(numbers, dimension, None) for dimension in _DIMENSIONS]
    return Person(
        name,
        tuple(float(edge) for edge in np.atleast_1d(person.body_bbox)),
        tuple(str(word) for word in np.atleast_1d(words)),
        _three([value for value in three if value is not None], name),
        str(person.gender),
        str(person.age),
    )


def _three(values: list[Any], place: str) -> tuple[float | None, float | None, float | None]:
    if not values:
        return None, None, None
    if len(values) != 3:
        raise InvalidData(f"{place} has {len(values)} numbers, expected valence, arousal and dominance")
    one, two, three = values
    return _rated(one), _rated(two), _rated(three)


def _rated(value: Any) -> float | None:
    number = math.nan if value is None else float(value)
    return None if math.isnan(number) else number


def _list(text: str, place: str) -> list[Any]:
    try:
        found = ast.literal_eval(text.replace("nan", "None")) if text else []
    except (ValueError, SyntaxError) as error:
        raise InvalidData(f"{place} is {text[:60]!r}, expected a list") from error
    if not isinstance(found, list):
        raise InvalidData(f"{place} is {text[:60]!r}, expected a list")
    return found
