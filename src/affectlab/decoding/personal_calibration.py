"""Collects a person's calibration while it happens: first the resting baseline, then known states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from affectlab.decoding.epochs import TARGETS, Target
from affectlab.decoding.inputs import RestingReference, make_inputs
from affectlab.decoding.personal import AxisHead, AxisOutput
from affectlab.decoding.personal_file import PersonFile, now_utc
from affectlab.decoding.personal_gain import Labelled, judge
from affectlab.decoding.usable import LiveRest, usable
from affectlab.decoding.weights import DecoderWeights, Output
from affectlab.errors import DecodingError
from affectlab.signals.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """What the network said of one window."""

    step: str
    start: float
    stop: float
    output: Output


class PersonalCalibration:
    """One person's calibration on one network.

    Parameters
    ----------
    weights
        The network that is calibrated.
    """

    def __init__(self, weights: DecoderWeights) -> None:
        self.weights = weights
        self.reference: RestingReference | None = None
        self._rest = LiveRest()
        self._rows: list[_Row] = []
        self._channels: tuple[str, ...] = ()

    @property
    def rest_seconds(self) -> float:
        """Seconds of usable rest seen so far."""
        return self._rest.seconds

    def begin(self, channels: tuple[str, ...]) -> None:
        """Expect windows of these channels, and forget what came before."""
        self._channels, self.reference, self._rows, self._rest = channels, None, [], LiveRest()

    def rest(self, window: Window) -> None:
        """Learn from a window at rest."""
        self._rest.add(window)

    def set_reference(self) -> bool:
        """Take what was seen at rest for this person's baseline; False when it is too little."""
        self.reference = self._rest.reference()
        return self.reference is not None

    def observe(self, step: str, window: Window) -> None:
        """Decode a window in which the person did `step`; one without usable channels is passed over."""
        if self.reference is None:
            raise AssertionError("windows are decoded against a baseline")
        if not usable(window):
            return
        inputs = make_inputs(
            window.data[None],
            window.usable[None],
            sfreq=window.sfreq,
            channels=window.channels,
            reference=self.reference,
        )
        begin = window.time - window.data.shape[1] / window.sfreq
        self._rows.append(_Row(step, begin, window.time, self.weights.run(inputs)))

    def forget(self, step: str) -> None:
        """Drop what was seen of a step that was broken off."""
        self._rows = [row for row in self._rows if row.step != step]

    def finish(
        self, labels: Mapping[str, tuple[float, float]], *, name: str = "", seed: int = 0
    ) -> PersonFile:
        """Return the person's file: the baseline, and the corrections that help.

        Parameters
        ----------
        labels
            Step to (valence, arousal), NaN where unknown; windows of other steps are not used.
        name
            What to call the person; nothing unless given.
        seed
            Of the intervals.

        Raises
        ------
        DecodingError
            If there is no resting baseline.
        """
        if self.reference is None:
            raise DecodingError("there is no resting baseline; begin the calibration with eyes-open")
        verdicts, heads = [], {}
        for axis in self.weights.axes if self._rows else ():
            labelled = self._labelled(axis, labels)
            verdict = judge(axis, labelled, seed=seed)
            verdicts.append(verdict)
            if verdict.accepted:
                heads[axis] = AxisHead.fit(labelled.output, labelled.labels, share=labelled.share)
        return PersonFile(
            name=name,
            created=now_utc(),
            weights=self.weights.sha256,
            channels=self._channels,
            rest_seconds=self._rest.seconds,
            reference=self.reference,
            heads=heads,
            verdicts=tuple(verdicts),
            steps=tuple(dict.fromkeys(row.step for row in self._rows)),
        )

    def _labelled(self, axis: Target, labels: Mapping[str, tuple[float, float]]) -> Labelled:
        place = TARGETS.index(axis)
        rows = [row for row in self._rows if not math.isnan(labels.get(row.step, (math.nan,) * 2)[place])]
        return Labelled(
            axis_output([row.output for row in rows], place),
            np.array([labels[row.step][place] for row in rows]),
            [row.step for row in rows],
            np.array([row.start for row in rows]),
            np.array([row.stop for row in rows]),
        )


def axis_output(outputs: Sequence[Output], place: int) -> AxisOutput:
    """Return what the network says of one axis, 0 for valence and 1 for arousal, over all outputs."""
    if not outputs:
        nothing = np.zeros(0)
        return AxisOutput(nothing, nothing, nothing, np.zeros((0, 1)))
    return AxisOutput(
        np.concatenate([one.mean[:, place] for one in outputs]).astype(float),
        np.sqrt(np.concatenate([one.covariance[:, place, place] for one in outputs]).astype(float)),
        np.concatenate([one.high[:, place] for one in outputs]).astype(float),
        np.concatenate([one.embedding for one in outputs]).astype(float),
    )
