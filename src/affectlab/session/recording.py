"""Reading a session back, however it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import AffectState
from affectlab.errors import InvalidAffect, UnreadableFile
from affectlab.session.audio_file import level_curve, sound_seconds
from affectlab.session.events import STREAMS
from affectlab.session.session_files import AUDIO_FILE, EEG_FILE, FLAC_FILE, MANIFEST_FILE, SUMMARY_FILE
from affectlab.session.xdf import channel_labels, read_xdf

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class EegRecording:
    """EEG as it was recorded.

    Parameters
    ----------
    data
        Shape (n_samples, n_channels), microvolts; NaN where the device sent nothing.
    times
        Shape (n_samples,), seconds on the session clock.
    channels
        Labels, length n_channels.
    sfreq
        Nominal samples per second.
    name
        Name of the LSL stream.
    """

    data: NDArray[np.float32]
    times: NDArray[np.float64]
    channels: tuple[str, ...]
    sfreq: float
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class AudioLevels:
    """Loudness of a session's sound in stretches of `step` seconds; full scale is 1.

    `rms` and `peak` have shape (n_stretches,).
    """

    rms: NDArray[np.float64]
    peak: NDArray[np.float64]
    step: float


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A session's folder, read.

    Parameters
    ----------
    folder
        The session's folder; its name is the session's id.
    manifest
        What the session was made of.
    summary
        What it came to, or None when it was interrupted.
    records
        Stream name (`affectlab.session.events.STREAMS`) to its events in order of time.
    cut_lines
        Event lines that were cut off at the end of their file and are left out.
    """

    folder: Path
    manifest: Record
    summary: Record | None
    records: Mapping[str, tuple[Record, ...]]
    cut_lines: int = 0

    @classmethod
    def load(cls, folder: Path) -> Recording:
        """Read a session's events; EEG and sound are read when asked for.

        Raises
        ------
        UnreadableFile
            If `folder` is not a session, or a file in it is damaged before its end.
        """
        if not folder.is_dir():
            raise UnreadableFile(f"{folder} is not a folder; expected a session folder with {MANIFEST_FILE}")
        manifest = _read_object(folder / MANIFEST_FILE)
        summary_file = folder / SUMMARY_FILE
        summary = _read_object(summary_file) if summary_file.exists() else None
        lines = {stream: _read_lines(folder / f"{stream}.jsonl") for stream in STREAMS}
        records = {stream: found for stream, (found, _) in lines.items()}
        return cls(folder, manifest, summary, records, sum(cut for _, cut in lines.values()))

    @property
    def session_id(self) -> str:
        """The blinded id; the folder's name for a recording whose manifest has none."""
        return str(self.manifest.get("session") or self.folder.resolve().name)

    @property
    def interrupted(self) -> bool:
        """True when the session did not come to a clean end."""
        return self.summary is None

    @property
    def config(self) -> Record:
        """The session's configuration as resolved when it began."""
        return dict(self.manifest.get("config") or {})

    @property
    def duration(self) -> float:
        """Session seconds of the last event, 0 when nothing happened."""
        return max((float(found[-1]["time"]) for found in self.records.values() if found), default=0.0)

    def states(self) -> tuple[AffectState, ...]:
        """Return what the decoder said about each window, in order: what a sham session is steered by."""
        return tuple(_affect(record, "decoded") for record in self.records["states"])

    def beliefs(self) -> tuple[AffectState, ...]:
        """Return what the session believed after each window, in order."""
        return tuple(_affect(record, "belief") for record in self.records["states"])

    def belief_at(self, time: float) -> AffectState | None:
        """Return the belief that held at `time`, None before the first one."""
        held = [record for record in self.records["states"] if record["time"] <= time]
        return _affect(held[-1], "belief") if held else None

    def column(self, stream: str, key: str) -> NDArray[np.float64]:
        """Return one number or point of every event of a stream as an array.

        Parameters
        ----------
        stream, key
            Name of the stream and of the field.

        Returns
        -------
        values
            Shape (n_events,) or (n_events, n_values); NaN where the field is null.
        """
        values = [record.get(key) for record in self.records[stream]]
        width = next((len(value) for value in values if isinstance(value, list)), None)
        missing: Any = float("nan") if width is None else [float("nan")] * width
        filled = [missing if value is None else value for value in values]
        return np.array(filled, dtype=float).reshape(len(values), *(() if width is None else (width,)))

    def eeg(self) -> EegRecording | None:
        """Read the EEG; None when the session ended before its stream was opened.

        Raises
        ------
        UnreadableFile
            If the EEG file is missing or damaged.
        """
        stream = next((s for s in read_xdf(self.folder / EEG_FILE) if s["info"]["type"][0] == "EEG"), None)
        if stream is None:
            return None
        return EegRecording(
            data=np.asarray(stream["time_series"], dtype=np.float32),
            times=np.asarray(stream["time_stamps"], dtype=np.float64),
            channels=tuple(channel_labels(stream)),
            sfreq=float(stream["info"]["nominal_srate"][0]),
            name=str(stream["info"]["name"][0]),
        )

    @property
    def audio_file(self) -> Path | None:
        """The session's sound: FLAC after a clean end, else WAV; None when there was none."""
        files = (self.folder / FLAC_FILE, self.folder / AUDIO_FILE)
        return next((file for file in files if file.exists()), None)

    def audio_levels(self, *, step: float = 1.0) -> AudioLevels | None:
        """Measure the session's sound in stretches of `step` seconds; None when there was none."""
        if self.audio_file is None:
            return None
        return AudioLevels(*level_curve(self.audio_file, seconds=step), step)

    @property
    def audio_seconds(self) -> float:
        """Seconds of sound that were recorded."""
        return 0.0 if self.audio_file is None else sound_seconds(self.audio_file)


def _read_object(path: Path) -> Record:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(
            f"cannot read {path}: {error.strerror}; expected a session's {path.name}"
        ) from None
    except ValueError as error:
        raise UnreadableFile(f"{path} is not readable JSON: {error}") from None
    if not isinstance(content, dict):
        raise UnreadableFile(f"{path} holds {type(content).__name__}, expected a JSON object")
    return content


def _read_lines(path: Path) -> tuple[tuple[Record, ...], int]:
    """Read a stream's events and count the lines that were cut off at the end (0 or 1)."""
    if not path.exists():
        return (), 0
    try:
        *whole, rest = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UnreadableFile(f"cannot read {path}: {error.strerror}") from None
    return tuple(_read_line(path, number, line) for number, line in enumerate(whole, 1)), int(bool(rest))


def _read_line(path: Path, number: int, line: bytes) -> Record:
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("time"), int | float):
        raise UnreadableFile(f"{path} line {number} is damaged; expected a JSON object with a time")
    return content


def _affect(record: Record, kind: str) -> AffectState:
    try:
        variance_valence, covariance, variance_arousal = record[f"{kind}_covariance"]
        return AffectState(
            mean=np.array(record[f"{kind}_mean"], dtype=float),
            covariance=np.array([[variance_valence, covariance], [covariance, variance_arousal]]),
            time=float(record["time"]),
        )
    except KeyError as error:
        raise UnreadableFile(f"the state recorded at {record['time']} s has no {error}") from None
    except (InvalidAffect, TypeError, ValueError) as error:
        raise UnreadableFile(f"the state recorded at {record['time']} s is not usable: {error}") from None
