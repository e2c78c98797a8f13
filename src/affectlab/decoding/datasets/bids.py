"""Any EEG in BIDS whose events or behavioural tables hold ratings.

Pernet et al. (2019), EEG-BIDS, Scientific Data 6, 103, and the BIDS specification:
``sub-LABEL[/ses-LABEL]/eeg/…_eeg.EXT`` with ``…_events.tsv`` beside it (``onset`` and ``duration`` in
seconds, ``trial_type``, ``stim_file``) and ``…_beh.tsv`` in ``beh``. The settings tell which columns hold
ratings.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectlab.decoding.datasets.labels import class_places, rescaled
from affectlab.decoding.datasets.settings import PrepareSettings
from affectlab.decoding.datasets.source import UNKNOWN, About, Stretch, Take, Unit
from affectlab.decoding.datasets.tsv import read_tsv
from affectlab.errors import InvalidConfig, InvalidData, UnreadableFile
from affectlab.signals.recordings import open_recording

_FORMATS = (".edf", ".bdf", ".vhdr", ".set", ".fif")
_BESIDE = {".vhdr": (".eeg", ".vmrk"), ".set": (".fdt",)}
_NAME = re.compile(r"sub-([A-Za-z0-9]+)(?:_ses-([A-Za-z0-9]+))?(?:_.+)?_eeg")

Row = dict[str, str]


class Bids:
    """Reads recordings through MNE, and labels from their tables of events."""

    about = About(
        name="bids",
        title="EEG in BIDS with ratings",
        source="the data set's dataset_description.json",
        licence="the data set's own",
        ships=False,
        layout="sub-*/[ses-*/]eeg/*_eeg.{edf,bdf,vhdr,set,fif} with *_events.tsv beside",
        published="the data set's own",
        subjects=None,
    )

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        class_places({}, settings)
        if settings.valence_column is None and settings.arousal_column is None:
            raise InvalidConfig(
                "bids needs to know where ratings are; give --valence-column, --arousal-column"
            )
        files = [file for file in sorted(path.glob("sub-*/**/eeg/*_eeg.*")) if file.suffix in _FORMATS]
        return [_unit(file, path, settings) for file in files if _NAME.fullmatch(file.stem)]

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        recording = open_recording(unit.files[0], settings.channels)
        events = next(file for file in unit.files if file.name.endswith("_events.tsv"))
        stretches = tuple(_stretches(events, _ratings(unit, events, settings), settings))
        line = _line(unit.files, self.about.line)
        yield Take(unit.subject, unit.session, unit.name, recording, stretches, line)

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        low, high = settings.rating_range
        return {
            "labels_by": f"rating of the person, {low:g} to {high:g} carried over to -1 to 1",
            "valence_column": settings.valence_column,
            "arousal_column": settings.arousal_column,
            "baseline": f"trial_type {' or '.join(settings.baseline_types)}",
        }


def _unit(file: Path, root: Path, settings: PrepareSettings) -> Unit:
    match = _NAME.fullmatch(file.stem)
    subject, session = (match[1], match[2] or "") if match else ("", "")
    bare = file.stem.removesuffix("_eeg")
    events = file.with_name(f"{bare}_events.tsv")
    if not events.is_file():
        raise UnreadableFile(f"{events} is missing; expected the events of {file.name} there")
    candidates = [
        *(file.with_suffix(suffix) for suffix in _BESIDE.get(file.suffix, ())),
        *(folder / f"{bare}_beh.tsv" for folder in (file.parent, file.parent.with_name("beh"))),
        *_sidecars(file, root),
    ]
    others = tuple(one for one in candidates if one.is_file())
    channels = open_recording(file, settings.channels).channels
    return Unit(bare, subject, session, (file, events, *others), channels)


def _sidecars(file: Path, root: Path) -> list[Path]:
    """Return where a recording's JSON may be, the nearest first: those higher up hold for all below."""
    entities = file.stem.removesuffix("_eeg").split("_")
    task = [entity for entity in entities if entity.startswith("task-")]
    names = [f"{file.stem}.json", "_".join([*task, "eeg.json"]), "eeg.json"]
    folders = [one for one in (file.parent, *file.parents) if one == root or root in one.parents]
    return [folder / name for folder in folders for name in names]


def _line(files: tuple[Path, ...], default: float) -> float | None:
    """Return the mains frequency the nearest sidecar names; "n/a" there is no notch."""
    for file in files:
        if file.suffix != ".json":
            continue
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnreadableFile(f"{file} is no JSON ({error}); correct it") from error
        value = content.get("PowerLineFrequency") if isinstance(content, dict) else None
        if value is not None:
            return float(value) if isinstance(value, int | float) else None
    return default


def _ratings(unit: Unit, events: Path, settings: PrepareSettings) -> list[Row]:
    """Return the events, each with its ratings, taken from the behavioural table where they are not there."""
    rows = read_tsv(events, ("onset", "duration"))
    wanted = [name for name in (settings.valence_column, settings.arousal_column) if name]
    absent = [name for name in wanted if rows and name not in rows[0]]
    if not absent:
        return rows
    tables = [file for file in unit.files if file.name.endswith("_beh.tsv")]
    if not tables:
        raise InvalidData(
            f"{events} has no column {absent[0]!r} (it has {', '.join(rows[0])}) and there is no beh.tsv; "
            "name the column of the ratings with --valence-column and --arousal-column"
        )
    return _with_behaviour(rows, events, tables[0], settings.stimulus_column, absent)


def _with_behaviour(
    rows: list[Row], events: Path, table: Path, stimulus: str, wanted: list[str]
) -> list[Row]:
    """Join ratings to events by the name of the stimulus."""
    found: dict[str, Row] = {}
    for row in read_tsv(table, (stimulus, *wanted)):
        if row[stimulus] in found:
            raise InvalidData(
                f"{table} rates {row[stimulus]!r} twice; expected each {stimulus} once, to join it by"
            )
        found[row[stimulus]] = row
    if stimulus not in rows[0]:
        raise InvalidData(
            f"{events} has no column {stimulus!r} to join {table.name} by; name it with --stimulus-column"
        )
    nothing = dict.fromkeys(wanted, "n/a")
    return [{**row, **{name: found.get(row[stimulus], nothing)[name] for name in wanted}} for row in rows]


def _stretches(events: Path, rows: list[Row], settings: PrepareSettings) -> Iterator[Stretch]:
    """Return the events that are rated or rest."""
    for number, row in enumerate(rows, 2):
        where = f"{events}: line {number}:"
        kind = row.get("trial_type", "")
        baseline = kind in settings.baseline_types
        valence = _rating(row, settings.valence_column, settings, where)
        arousal = _rating(row, settings.arousal_column, settings, where)
        if not baseline and math.isnan(valence) and math.isnan(arousal):
            continue
        start, seconds = (
            _number(row["onset"], f"{where} onset"),
            _number(row["duration"], f"{where} duration"),
        )
        named = row.get(settings.stimulus_column, "n/a")
        stimulus = "" if baseline else (kind if named in {"", "n/a"} else named)
        yield Stretch(start, start + seconds, stimulus, kind, valence, arousal, baseline)


def _rating(row: Row, column: str | None, settings: PrepareSettings, where: str) -> float:
    if column is None or row[column] in {"", "n/a"}:
        return UNKNOWN
    value = _number(row[column], f"{where} {column}")
    return rescaled(value, settings.rating_range, f"{where} {column}")


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidData(f"{where} is {text!r}; expected a number")
    return value
