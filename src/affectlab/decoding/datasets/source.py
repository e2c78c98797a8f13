"""What a loader tells of a data set: its files, and their recordings with labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.signals.montage import select
from affectlab.signals.recordings import Recording

if TYPE_CHECKING:
    from affectlab.decoding.datasets.settings import PrepareSettings

UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a data set before it is read.

    Parameters
    ----------
    name, title
        Name on the command line and in full.
    source, licence
        Citation with DOI or address, and what it may be used for.
    ships
        Whether weights trained on it may be shipped.
    layout
        The files it is published as, in one line.
    published
        What its publishers did to the EEG before.
    subjects
        How many were published; None where that depends.
    line
        Mains frequency in hertz where it was recorded.
    """

    name: str
    title: str
    source: str
    licence: str
    ships: bool
    layout: str
    published: str
    subjects: int | None
    line: float = 50.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a recording with one label.

    Parameters
    ----------
    start, stop
        Seconds of the recording.
    stimulus, state, valence, arousal, baseline
        See `EpochTable`.
    """

    start: float
    stop: float
    stimulus: str = ""
    state: str = ""
    valence: float = UNKNOWN
    arousal: float = UNKNOWN
    baseline: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """An unbroken recording of one person, with its labels.

    Parameters
    ----------
    subject, session, name
        Who, on which day, and a name unique in the data set.
    recording
        The EEG, channels chosen.
    stretches
        Parts with a label; windows that do not lie wholly in one of them are dropped.
    line
        Mains frequency in hertz, None for no notch.
    """

    subject: str
    session: str
    name: str
    recording: Recording
    stretches: tuple[Stretch, ...]
    line: float | None


@dataclass(frozen=True, slots=True)
class Unit:
    """What is prepared in one go: one file, or files that belong together.

    Parameters
    ----------
    name
        Unique in the data set and fit for a folder's name.
    subject, session
        Whose, and of which day.
    files
        What is read; the first holds the EEG.
    channels
        10-20 names of the channels it offers, of those that are wanted.
    """

    name: str
    subject: str
    session: str
    files: tuple[Path, ...]
    channels: tuple[str, ...]


class Loader(Protocol):
    """Reads one data set from its official layout."""

    about: About

    def units(self, path: Path, settings: PrepareSettings) -> list[Unit]:
        """Find the files in `path`, in order of subject and session.

        Raises
        ------
        UnreadableFile
            If there are none, or one that belongs to another is missing.
        """
        ...

    def takes(self, unit: Unit, settings: PrepareSettings) -> Iterator[Take]:
        """Read the recordings of a unit, one at a time.

        Raises
        ------
        InvalidData
            If a file is damaged, is not what its name says, or holds what the layout does not allow.
        """
        ...

    def parameters(self, settings: PrepareSettings) -> dict[str, Any]:
        """Say how labels are made, JSON-ready."""
        ...


class ArrayRecording:
    """EEG that lies in memory.

    Parameters
    ----------
    data
        Shape (n_channels, n_samples), microvolts.
    sfreq
        Samples per second.
    labels
        Of all channels.
    wanted
        Channels to keep, in any spelling; empty means all scalp electrodes.

    Raises
    ------
    UnknownChannels
        If a wanted channel is not among the labels.
    """

    def __init__(
        self, data: NDArray[Any], sfreq: float, labels: Sequence[str], wanted: Sequence[str] = ()
    ) -> None:
        picks = select(wanted, labels)
        self._data = np.asarray(data)[list(picks.indices)]
        self.channels, self.sfreq = picks.names, float(sfreq)
        self.n_samples = int(self._data.shape[1])

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        return np.ascontiguousarray(self._data[:, start:stop].T, dtype=np.float32)


def seconds_of(recording: Recording) -> float:
    """Return the length of a recording in seconds."""
    return recording.n_samples / recording.sfreq
