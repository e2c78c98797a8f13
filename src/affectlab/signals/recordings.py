"""EEG recordings as files: opened lazily, checked for damage, read in blocks of microvolts."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import InvalidData, MissingExtra, UnreadableFile
from affectlab.signals.conditioning import LOWEST_SFREQ
from affectlab.signals.montage import select
from affectlab.signals.units import microvolts_in


class Recording(Protocol):
    """A finished recording of scalp EEG."""

    sfreq: float
    channels: tuple[str, ...]
    n_samples: int

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples `start` to `stop`, shape (stop - start, n_channels), microvolts."""
        ...


def open_recording(path: Path, channels: Sequence[str] = ()) -> Recording:
    """Open a recording.

    Parameters
    ----------
    path
        Any file `mne.io.read_raw` reads, or XDF.
    channels
        Channels wanted, in any spelling; empty means all scalp electrodes in it.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, truncated, or not what its name says.
    UnknownChannels
        If a wanted channel is not in it, or none is a scalp electrode.
    InvalidData
        If its sampling rate is too low.
    """
    _check_there(path)
    recording = (
        _XdfRecording(path, channels) if path.suffix.lower() == ".xdf" else _MneRecording(path, channels)
    )
    if not recording.sfreq >= LOWEST_SFREQ:
        raise InvalidData(
            f"{path} has {recording.sfreq:g} Hz; expected at least {LOWEST_SFREQ:g} Hz: use a recording that "
            "was not downsampled so far"
        )
    return recording


class _MneRecording:
    """A recording read through MNE, block by block."""

    def __init__(self, path: Path, channels: Sequence[str]) -> None:
        self._path = path
        if path.suffix.lower() == ".edf":
            _check_edf_is_whole(path)
        self._raw = _read_raw(path)
        picks = select(channels, self._raw.ch_names)
        self._picks = list(picks.indices)
        self.channels, self.sfreq = picks.names, float(self._raw.info["sfreq"])
        self.n_samples = int(self._raw.n_times)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        with _readable(self._path):
            volts = self._raw.get_data(self._picks, start, stop)
        return np.ascontiguousarray(volts.T * 1e6, dtype=np.float32)


class _XdfRecording:
    """The first EEG stream of an XDF file, read whole: the format has no index."""

    def __init__(self, path: Path, channels: Sequence[str]) -> None:
        stream = _eeg_stream(path)
        info = stream["info"]
        self.sfreq = float(info["nominal_srate"][0])
        labels = [label or f"channel {index + 1}" for index, label in enumerate(_xdf_field(info, "label"))]
        picks, units = select(channels, labels), _xdf_field(info, "unit")
        self.channels = picks.names
        samples = np.asarray(stream["time_series"], dtype=np.float32).reshape(-1, len(labels))
        # Undeclared units are microvolts, as in LSL's recommendations for EEG.
        scale = np.array([microvolts_in(units[index]) or 1.0 for index in picks.indices], dtype=np.float32)
        self._samples = samples[:, list(picks.indices)] * scale
        self.n_samples = len(self._samples)

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return self._samples[start:stop]


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise UnreadableFile(f"{path} does not exist or is no file; expected an EEG recording")
    if path.stat().st_size == 0:
        raise UnreadableFile(f"{path} is empty (0 bytes); copy the recording again")


def _check_edf_is_whole(path: Path) -> None:
    """Compare the length that an EDF header promises with the file's.

    The header's layout is that of Kemp et al. (1992): 256 bytes, then 256 per signal, numbers as text.
    """
    with path.open("rb") as file:
        head = file.read(256)
        try:
            header_bytes, records = int(head[184:192]), int(head[236:244])
            seconds, signals = float(head[244:252]), int(head[252:256])
            file.seek(256 + 216 * signals)
            per_record = sum(int(file.read(8)) for _ in range(signals))
        except ValueError as error:
            raise UnreadableFile(
                f"{path} is no EDF file: its header is not one; check what it really is"
            ) from error
    if not seconds > 0 or records == 0:
        raise UnreadableFile(
            f"{path} tells no rate: its header has {records} records of {seconds:g} s; expected records "
            "longer than 0 s, write it again from the original"
        )
    there = (path.stat().st_size - header_bytes) / (2 * max(per_record, 1))
    if 0 <= there < records:
        raise UnreadableFile(
            f"{path} is truncated: its header promises {records * seconds:g} s of EEG and "
            f"{there * seconds:.1f} s are there; copy it again"
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn whatever a reader raises on a damaged file into one line."""
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())
        if not (reason.isascii() and reason.isprintable()):  # MNE may quote the damaged bytes
            reason = type(error).__name__
        raise UnreadableFile(
            f"{path} cannot be read as {path.suffix or 'EEG'} ({reason[:160]}); "
            "expected an EEG recording such as EDF, BDF, BrainVision, FIF or XDF"
        ) from error


def _read_raw(path: Path) -> Any:
    try:
        import mne
    except ImportError as error:
        raise MissingExtra("mne", "live") from error
    with _readable(path), warnings.catch_warnings():
        # MNE warns about header details (dates, filters, positions) that replaying does not use.
        warnings.simplefilter("ignore")
        return mne.io.read_raw(path, preload=False, verbose="error")


def _eeg_stream(path: Path) -> Any:
    try:
        import pyxdf
    except ImportError as error:
        raise MissingExtra("pyxdf", "live") from error
    with path.open("rb") as file:
        magic = file.read(4)
    if magic != b"XDF:":
        raise UnreadableFile(f"{path} is no XDF file: it does not begin with XDF:; check what it really is")
    logging.getLogger("pyxdf").setLevel(logging.ERROR)
    with _readable(path), path.open("rb") as file:
        streams, _ = pyxdf.load_xdf(file)
    eeg = [stream for stream in streams if stream["info"]["type"][0].lower() == "eeg"]
    if not eeg:
        found = ", ".join(stream["info"]["name"][0] for stream in streams) or "none"
        raise UnreadableFile(f"{path} holds no stream of type EEG (streams: {found})")
    return eeg[0]


def _xdf_field(info: Any, field: str) -> list[str | None]:
    """Return a field of each channel's description, None where there is none."""
    try:
        described = [channel[field][0] for channel in info["desc"][0]["channels"][0]["channel"]]
    except (KeyError, IndexError, TypeError):
        described = []
    return described if len(described) == (n := int(info["channel_count"][0])) else [None] * n
