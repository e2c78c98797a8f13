"""Publishing EEG as an LSL stream."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.signals import liblsl


class Outlet:
    """An LSL outlet of float32 microvolts with named channels.

    Parameters
    ----------
    name
        LSL stream name.
    source_id
        LSL source id; `unique_source_id` makes one.
    channels
        Channel names, length n_channels.
    sfreq
        Nominal samples per second.
    """

    def __init__(self, name: str, source_id: str, channels: Sequence[str], sfreq: float) -> None:
        lsl = liblsl.load()
        info = lsl.StreamInfo(name, "EEG", len(channels), sfreq, "float32", source_id)
        info.set_channel_names(list(channels))
        info.set_channel_types("eeg")
        info.set_channel_units("microvolts")
        self._outlet: Any = lsl.StreamOutlet(info)

    def push(self, data: NDArray[np.floating], times: NDArray[np.float64]) -> None:
        """Publish samples.

        Parameters
        ----------
        data
            Shape (n_samples, n_channels), microvolts; NaN where the device sent nothing.
        times
            Shape (n_samples,), seconds; never 0, which LSL reads as "now".
        """
        if len(data) == 1:
            self._outlet.push_sample(np.array(data[0], dtype=np.float32), float(times[0]))
        elif len(data):
            # A copy, because liblsl's binding wants a writable contiguous buffer.
            self._outlet.push_chunk(np.array(data, dtype=np.float32, order="C"), times)

    def close(self) -> None:
        """Withdraw the stream; safe to call twice."""
        self._outlet = None


def unique_source_id(kind: str) -> str:
    """Return a source id that no other process, session or machine uses."""
    return f"affectlab-{kind}-{uuid.uuid4().hex}"
