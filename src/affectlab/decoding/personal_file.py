"""The file a person's calibration is kept in.

It is JSON, to be read by people too: when and on which network it was made, with which electrodes, what the
correction gained where it was not fitted, and whether it is used. Arrays are float64 in base64. It holds no
name unless one was given, and no EEG; the resting baseline is a summary, but of one person, so the file is
health data like a recording.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import TARGETS, Target
from affectlab.decoding.inputs import RestingReference
from affectlab.decoding.personal import Array, AxisHead
from affectlab.decoding.personal_gain import Gain, Verdict
from affectlab.errors import DecodingError, UnreadableFile
from affectlab.files import write_json

FORMAT = "affectlab person 1"


@dataclass(frozen=True, slots=True, eq=False)
class PersonFile:
    """A person's calibration.

    Parameters
    ----------
    name
        What the person is called; "" unless given.
    created
        When, UTC, ISO 8601.
    weights
        SHA-256 of the network's weights.
    channels
        Electrodes it was made with.
    rest_seconds
        Usable rest that the baseline rests on.
    reference
        The baseline.
    heads
        Axis to correction; only what helped.
    verdicts
        What was measured of each axis the network was trained for, and what was decided; empty when only the
        baseline was recorded.
    steps
        Steps that were used beside the baseline.
    """

    name: str
    created: str
    weights: str
    channels: tuple[str, ...]
    rest_seconds: float
    reference: RestingReference
    heads: Mapping[Target, AxisHead]
    verdicts: tuple[Verdict, ...]
    steps: tuple[str, ...]

    def require_weights(self, weights: str) -> None:
        """Raise `DecodingError` unless the file was made on the weights of this SHA-256."""
        if self.weights != weights:
            raise DecodingError(
                f"the person's calibration was made on other weights ({self.weights[:8]}) than the decoder's "
                f"({weights[:8]}); calibrate again"
            )

    def require_channels(self, channels: Sequence[str]) -> None:
        """Raise `DecodingError` unless the file was made with these electrodes, in any order."""
        if sorted(channels) != sorted(self.channels):
            raise DecodingError(
                f"the person's calibration was made with {len(self.channels)} electrodes "
                f"({', '.join(self.channels)}), this session has {len(channels)} ({', '.join(channels)}); "
                "calibrate again with the electrodes of the session"
            )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        DiskFull, RecordingError
            If it cannot be written.
        """
        write_json(path, self.to_json())

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "created": self.created,
            "weights_sha256": self.weights,
            "channels": list(self.channels),
            "rest_seconds": round(self.rest_seconds, 3),
            "steps": list(self.steps),
            "verdicts": [_verdict_json(one) for one in self.verdicts],
            "heads": {axis: _head_json(head) for axis, head in self.heads.items()},
            "reference": _reference_json(self.reference),
        }


def read_person(path: Path) -> PersonFile:
    """Read a person's file.

    Raises
    ------
    UnreadableFile
        If it is missing, cut off, or not such a file.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise UnreadableFile(f"{path} is not whole JSON: {error}; calibrate again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UnreadableFile(f"{path} is not a person's calibration; expected a file of `decode calibrate`")
    try:
        return _person(content)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableFile(
            f"{path} is damaged ({type(error).__name__}: {error}); calibrate again"
        ) from error


def now_utc() -> str:
    """Return this moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _person(content: Mapping[str, Any]) -> PersonFile:
    return PersonFile(
        name=str(content["name"]),
        created=str(content["created"]),
        weights=str(content["weights_sha256"]),
        channels=tuple(str(name) for name in content["channels"]),
        rest_seconds=float(content["rest_seconds"]),
        reference=_reference(content["reference"], tuple(str(name) for name in content["channels"])),
        heads={_axis(axis): _head(head) for axis, head in content["heads"].items()},
        verdicts=tuple(_verdict(one) for one in content["verdicts"]),
        steps=tuple(str(step) for step in content["steps"]),
    )


def _axis(name: str) -> Target:
    """Return the axis of that name; `ValueError` for any other."""
    return TARGETS[TARGETS.index(name)]


def _head_json(head: AxisHead) -> dict[str, Any]:
    values = {one.name: getattr(head, one.name) for one in fields(head)}
    return {name: value if isinstance(value, float) else _packed(value) for name, value in values.items()}


def _head(content: Mapping[str, Any]) -> AxisHead:
    arrays = {name: _array(value) for name, value in content.items() if name != "spread"}
    head = AxisHead(**arrays, spread=float(content["spread"]))
    size = len(head.weights)
    fits = head.projection.shape == (len(head.centre), size - 2)
    if not fits or head.weights_covariance.shape != (size, size) or head.odds.shape != (size,):
        raise ValueError("the correction's arrays do not fit each other")
    if not head.spread > 0 or not all(np.all(np.isfinite(value)) for value in arrays.values()):
        raise ValueError("the correction is not finite")
    return head


def _reference_json(reference: RestingReference) -> dict[str, Any]:
    values = {name: getattr(reference, name) for name in _reference_fields()}
    packed = {name: _packed(value) for name, value in values.items() if isinstance(value, np.ndarray)}
    return {"channels": list(reference.channels), "windows": reference.windows, **packed}


def _reference(content: Mapping[str, Any], channels: tuple[str, ...]) -> RestingReference:
    if tuple(content["channels"]) != channels:
        raise ValueError("the baseline is of other electrodes than the file")
    values: dict[str, Any] = {"channels": channels, "windows": int(content["windows"])}
    for name in _reference_fields():
        if name not in values:
            values[name] = _array(content[name]).astype(np.bool_ if name == "known" else np.float32)
            if not np.all(np.isfinite(values[name])):
                raise ValueError(f"the baseline's {name} is not finite")
    count = len(channels)
    if values["covariances"].shape[1:] != (count, count) or values["known"].shape != (count,):
        raise ValueError(f"the baseline does not fit {count} electrodes")
    return RestingReference(**values)


def _reference_fields() -> tuple[str, ...]:
    return tuple(one.name for one in fields(RestingReference) if not one.name.startswith("_"))


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "axis": verdict.axis,
        "accepted": verdict.accepted,
        "reason": verdict.reason,
        "gains": [gain.to_json() for gain in verdict.gains],
        "reliability": [list(one) for one in verdict.reliability],
    }


def _verdict(content: Mapping[str, Any]) -> Verdict:
    return Verdict(
        _axis(content["axis"]),
        bool(content["accepted"]),
        str(content["reason"]),
        tuple(Gain(**gain) for gain in content["gains"]),
        tuple((float(said), float(was), int(count)) for said, was, count in content["reliability"]),
    )


def _packed(array: NDArray[Any]) -> dict[str, Any]:
    return {
        "shape": list(array.shape),
        "float64": base64.b64encode(array.astype("<f8").tobytes()).decode("ascii"),
    }


def _array(content: Mapping[str, Any]) -> Array:
    shape = tuple(int(size) for size in content["shape"])
    values = np.frombuffer(base64.b64decode(content["float64"], validate=True), dtype="<f8")
    return values.reshape(shape).astype(float)
