"""Finding an LSL stream and reading it whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import StreamNotFound
from affectlab.signals import liblsl
from affectlab.signals.source import StreamAddress

_LISTING_SECONDS = 1.0
_BLOCK = 1024
_SECONDS_BETWEEN_CORRECTIONS = 5.0


class Inlet:
    """An open LSL inlet.

    Parameters
    ----------
    address
        The stream.
    timeout
        Seconds to wait for the stream to appear and to answer.
    unique
        Refuse a name that several streams bear; finding out takes a second.

    Raises
    ------
    StreamNotFound
        If no such stream appears, several share the name, or it does not answer.

    Notes
    -----
    Opening takes 0.5 s longer than the network needs, because samples sent in that time would be lost
    (sccn/liblsl issue 176).
    """

    def __init__(self, address: StreamAddress, timeout: float, *, unique: bool = True) -> None:
        lsl = liblsl.load()
        found = _resolve(lsl, address, timeout, unique)
        self._inlet: Any = lsl.StreamInlet(found, recover=bool(found.source_id))
        try:
            self._inlet.open_stream(timeout)
            description = self._inlet.get_sinfo(timeout)
            self._correction = 0.0 if address.stamps_session_time else self._inlet.time_correction(timeout)
        except (TimeoutError, RuntimeError) as error:
            raise StreamNotFound(
                f"LSL stream {address.name!r} is announced but does not answer; restart the device's program"
            ) from error
        self._correction_due = time.monotonic() + _SECONDS_BETWEEN_CORRECTIONS
        self._corrects = not address.stamps_session_time
        self.uid: str = description.uid
        self.sfreq = float(description.sfreq)
        self.labels = _labels(description)
        self.units = _units(description)
        self.gone = False

    def read(self, expect: int, timeout: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Read everything that has arrived, waiting up to `timeout` seconds for `expect` samples.

        Returns
        -------
        data
            Shape (n_samples, n_channels), in the stream's units.
        times
            Shape (n_samples,), seconds on this machine's LSL clock, or as stamped by a session's source.
        """
        deadline = time.monotonic() + timeout
        blocks = list(self._arrived())
        count = sum(len(times) for _, times in blocks)
        while count < expect and not self.gone and (left := deadline - time.monotonic()) > 0:
            fresh = [*self._one(left), *self._arrived()]
            count += sum(len(times) for _, times in fresh)
            blocks += fresh
        if not blocks:
            return np.empty((0, len(self.labels)), dtype=np.float32), np.empty(0)
        data, times = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return data, times + self._offset()

    def close(self) -> None:
        """Stop reading."""
        self._inlet = None

    def _arrived(self) -> list[tuple[NDArray[np.float32], NDArray[np.float64]]]:
        blocks = []
        while not self.gone:
            data, times = self._call(self._inlet.pull_chunk, timeout=0.0, max_samples=_BLOCK)
            if not len(times):
                break
            # Copies, because the binding reads the next block into the same memory.
            blocks.append((np.array(data, dtype=np.float32), np.array(times)))
        return blocks

    def _one(self, timeout: float) -> list[tuple[NDArray[np.float32], NDArray[np.float64]]]:
        sample, stamp = self._call(self._inlet.pull_sample, timeout=timeout)
        return [] if stamp is None else [(np.array(sample, dtype=np.float32)[None], np.array([stamp]))]

    def _call(self, pull: Any, **arguments: float) -> Any:
        try:
            return pull(**arguments)
        except RuntimeError:
            # A stream without a source id cannot recover; whoever reads looks for it anew.
            self.gone = True
            return np.empty((0, len(self.labels)), dtype=np.float32), _NOTHING[pull.__name__]

    def _offset(self) -> float:
        """Seconds to add to the sender's clock, asked for anew now and then since clocks drift."""
        if self._corrects and time.monotonic() > self._correction_due:
            self._correction_due = time.monotonic() + _SECONDS_BETWEEN_CORRECTIONS
            try:
                self._correction = self._inlet.time_correction(0.0)
            except (TimeoutError, RuntimeError):
                # No new estimate yet, as after a reconnection: the last one is still the best known.
                return self._correction
        return self._correction


_NOTHING: dict[str, Any] = {"pull_chunk": np.empty(0), "pull_sample": None}


def _resolve(lsl: Any, address: StreamAddress, timeout: float, unique: bool) -> Any:
    if address.source_id is not None:
        found = lsl.resolve_streams(timeout, source_id=address.source_id)
    else:
        found = lsl.resolve_streams(timeout, name=address.name)
        if found and unique:
            found = lsl.resolve_streams(_LISTING_SECONDS, name=address.name, minimum=2) or found
    if not found:
        raise StreamNotFound(_not_found(address, timeout))
    if len(found) > 1 and unique:
        ids = ", ".join(sorted(repr(info.source_id) for info in found))
        raise StreamNotFound(
            f"{len(found)} LSL streams are named {address.name!r}; choose one by its source id ({ids}) with "
            f"--source 'lsl:{address.name}?id=...'"
        )
    return found[0]


def visible_streams() -> list[str]:
    """Return the LSL streams that can be seen now, each in words."""
    return sorted({_described(info) for info in liblsl.load().resolve_streams(_LISTING_SECONDS)})


def _not_found(address: StreamAddress, timeout: float) -> str:
    visible = visible_streams()
    which = address.name if address.source_id is None else f"{address.name} ({address.source_id})"
    others = f"visible streams: {'; '.join(visible)}" if visible else "no stream is visible at all"
    return f"no LSL stream {which!r} appeared within {timeout:g} s; {others}; start the device's LSL program"


def _described(info: Any) -> str:
    return f"{info.name} ({info.stype or 'untyped'}, {info.n_channels} channels, {info.sfreq:g} Hz)"


def _labels(description: Any) -> tuple[str, ...]:
    names: Sequence[str | None] = description.get_channel_names() or [None] * description.n_channels
    return tuple(name or f"channel {index + 1}" for index, name in enumerate(names))


def _units(description: Any) -> tuple[str | None, ...]:
    units: Sequence[str | None] = description.get_channel_units() or [None] * description.n_channels
    return tuple(units)
