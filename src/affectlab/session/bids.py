"""Export of a session as BIDS, so that every EEG toolbox can read it.

Brain Imaging Data Structure with its EEG extension (Pernet et al. 2019, doi:10.1038/s41597-019-0104-8).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from affectlab.errors import InvalidConfig, InvalidData, MissingExtra, RecordingError
from affectlab.files import translated
from affectlab.session.eeg_grid import EegGrid, on_grid
from affectlab.session.recording import EegRecording, Record, Recording

_MICROVOLT = 1e-6
_MONTAGE = "colin27_1020"
_DATASET = "affectlab listening sessions"
_NOTE = "Recorded with affectlab, research software, not a medical device."
_TASK = "Listening to music that is chosen by a closed loop from decoded affect, or by a control condition."
_DETAILS = ("phases", "plans", "choices", "exchanges", "controls", "notices", "page")
_NOT_SHARED = frozenset({"messages", "answer", "remark"})
"""What a model was told holds the person's own words; it stays in the session's folder."""


def export_bids(
    folder: Path, root: Path, *, subject: str, task: str = "musicloop", session: str | None = None
) -> Path:
    """Add a session to a BIDS data set: EEG as BrainVision, events, and what people did.

    The export is read back and compared with the recording before it appears in `root`.

    Parameters
    ----------
    folder
        A session's folder.
    root
        The data set's folder; made when it does not exist.
    subject, task, session
        BIDS labels, letters and digits only.

    Returns
    -------
    path
        The BrainVision header file of the exported EEG.

    Raises
    ------
    InvalidConfig
        If a label is not allowed or taken.
    InvalidData
        If the session holds no EEG.
    RecordingError
        If the export cannot be written or does not read back as recorded.
    """
    _check_labels(subject=subject, task=task, session=session)
    recording = Recording.load(folder)
    eeg = recording.eeg()
    if eeg is None or not len(eeg.times):
        raise InvalidData(f"{folder} holds no EEG; there is nothing to export")
    labels = {"subject": subject, "task": task, "session": session}
    target = _eeg_path(root, labels)
    if target.exists():
        raise InvalidConfig(f"{target} exists already; choose another subject, task or session label")
    grid = on_grid(eeg)
    with translated(root), _staged(root, subject) as stage:
        _write(stage, labels, recording, eeg, grid)
        _verify(stage, labels, grid)
    return target


def _check_labels(**labels: str | None) -> None:
    for name, label in labels.items():
        if label is not None and not (label.isascii() and label.isalnum()):
            raise InvalidConfig(f"{name} label {label!r} is not allowed in BIDS; use letters and digits only")


@contextmanager
def _staged(root: Path, subject: str) -> Iterator[Path]:
    """Yield a copy of the data set's bookkeeping; what was written there moves to `root` at the end."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".export-") as name:
        stage = Path(name)
        books = [*root.glob("*.*"), *root.glob("README*"), *(root / f"sub-{subject}").rglob("*_scans.tsv")]
        for book in {book for book in books if book.is_file()}:
            copy = stage / book.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(book, copy)
        yield stage
        for path in sorted(path for path in stage.rglob("*") if path.is_file()):
            target = root / path.relative_to(stage)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def _write(
    stage: Path, labels: dict[str, str | None], recording: Recording, eeg: EegRecording, grid: EegGrid
) -> None:
    bids = _mne_bids()
    if not (stage / "dataset_description.json").exists():
        bids.make_dataset_description(path=stage, name=_DATASET, authors=["not stated"], verbose="ERROR")
    path = bids.BIDSPath(root=stage, datatype="eeg", **labels)
    try:
        bids.write_raw_bids(
            _raw(recording, eeg, grid), path, format="BrainVision", allow_preload=True, verbose="ERROR"
        )
        sidecar = path.copy().update(suffix="eeg", extension=".json")
        bids.update_sidecar_json(sidecar, _sidecar(recording, eeg), verbose="ERROR")
    except (RuntimeError, ValueError) as error:
        raise RecordingError(f"cannot export {recording.folder} as BIDS: {error}") from error
    _write_details(_details_path(stage, labels), recording, grid)


def _raw(recording: Recording, eeg: EegRecording, grid: EegGrid) -> Any:
    mne = _mne()
    info = mne.create_info(list(eeg.channels), eeg.sfreq, "eeg", verbose="ERROR")
    raw = mne.io.RawArray(grid.data * _MICROVOLT, info, verbose="ERROR")
    montage = mne.channels.make_standard_montage(_MONTAGE)
    raw.set_montage(montage, match_case=False, on_missing="ignore", verbose="ERROR")
    raw.info["line_freq"] = float((recording.config.get("signals") or {}).get("line_hz", 50))
    raw.info["bads"] = list(grid.dead)
    raw.set_meas_date(_started(recording))
    marks = [
        *_annotations(recording, grid),
        *((*stretch, "BAD_missing") for stretch in grid.missing_stretches()),
    ]
    raw.set_annotations(
        mne.Annotations(
            onset=[onset for onset, _, _ in marks],
            duration=[duration for _, duration, _ in marks],
            description=[words for _, _, words in marks],
            orig_time=raw.info["meas_date"],
        ),
        verbose="ERROR",
    )
    return raw


def _started(recording: Recording) -> datetime | None:
    try:
        return datetime.fromisoformat(str(recording.manifest.get("started")))
    except ValueError:
        return None


def _annotations(recording: Recording, grid: EegGrid) -> Iterator[tuple[float, float, str]]:
    phases = recording.records["phases"]
    ends = [grid.onset(record["time"]) for record in phases[1:]] + [len(grid.missing) / grid.sfreq]
    for record, end in zip(phases, ends, strict=True):
        onset = grid.onset(record["time"])
        yield onset, max(end - onset, 0.0), f"phase/{record['phase']}"
    for stream in _DETAILS[1:]:
        for record in recording.records[stream]:
            yield grid.onset(record["time"]), 0.0, _word(stream, record)


def _word(stream: str, record: Record) -> str:
    """Name an event in two words, such as ``decision/lead`` or ``page/rating``."""
    first = {
        "plans": "plan",
        "choices": "choice",
        "exchanges": "exchange",
        "controls": "decision",
        "notices": "notice",
        "page": "page",
        "phases": "phase",
    }
    names = ("kind", "planner", "action", "outcome", "phase")
    second = next((record[name] for name in names if record.get(name)), "")
    return f"{first[stream]}/{second}"


def _sidecar(recording: Recording, eeg: EegRecording) -> Record:
    return {
        "TaskDescription": _TASK,
        "Instructions": "Listen to the music.",
        "SoftwareVersions": f"affectlab {recording.manifest.get('affectlab', 'unknown')}",
        "ManufacturersModelName": eeg.name,
        # The exporter would otherwise name the maker of the file format.
        "Manufacturer": "n/a",
        "Note": f"{_NOTE} Electrode positions are those of a template ({_MONTAGE}), not measured.",
        "SessionId": recording.session_id,
        "Interrupted": recording.interrupted,
    }


def _write_details(path: Path, recording: Recording, grid: EegGrid) -> None:
    """Write what the events table has no room for: every field of every event, as JSON."""
    rows = [
        (grid.onset(record["time"]), _word(stream, record), json.dumps(_shared(record), ensure_ascii=False))
        for stream in _DETAILS
        for record in recording.records[stream]
    ]
    lines = [
        "onset\tevent\tdetails",
        *(f"{onset:.4f}\t{word}\t{details}" for onset, word, details in sorted(rows)),
    ]
    columns = {
        "onset": {"Description": "Time after the first EEG sample", "Units": "s"},
        "event": {"Description": "Kind of event, as in the events table of the EEG"},
        "details": {"Description": "The event as recorded, as JSON; its time is on the session clock"},
        "Note": _NOTE,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(columns, indent=2) + "\n", encoding="utf-8")


def _shared(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _NOT_SHARED}


def _verify(stage: Path, labels: dict[str, str | None], grid: EegGrid) -> None:
    bids = _mne_bids()
    path = bids.BIDSPath(root=stage, datatype="eeg", suffix="eeg", extension=".vhdr", **labels)
    found = bids.read_raw_bids(path, verbose="ERROR").get_data()
    # BrainVision keeps 32-bit floats.
    if found.shape != grid.data.shape or not np.allclose(
        found, grid.data * _MICROVOLT, rtol=1e-6, atol=1e-13
    ):
        raise RecordingError("the exported EEG does not read back as recorded; nothing was exported")


def _eeg_path(root: Path, labels: dict[str, str | None]) -> Path:
    return _path(root, labels, "eeg", "eeg", ".vhdr")


def _details_path(root: Path, labels: dict[str, str | None]) -> Path:
    return _path(root, labels, "beh", "beh", ".tsv")


def _path(root: Path, labels: dict[str, str | None], datatype: str, suffix: str, extension: str) -> Path:
    path = _mne_bids().BIDSPath(root=root, datatype=datatype, suffix=suffix, extension=extension, **labels)
    return Path(path.fpath)


def _mne() -> Any:
    try:
        import mne
    except ImportError:
        raise MissingExtra("mne", "live") from None
    return mne


def _mne_bids() -> Any:
    try:
        import mne_bids
    except ImportError:
        raise MissingExtra("mne-bids", "live") from None
    return mne_bids
