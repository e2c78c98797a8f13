"""Does a personal correction help? Judged on stretches of the calibration that it was not fitted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectlab.affect import ccc, paired_cluster_bootstrap, uar
from affectlab.decoding.epochs import Target
from affectlab.decoding.personal import Array, AxisHead, AxisOutput

FOLDS = 3
"""Every stretch of the calibration is cut into this many blocks; each is held out once."""

LEAST_BLOCKS = 6
LEAST_INDEPENDENT = 8.0
"""Windows that do not overlap, below which nothing can be told: 32 s of known states (ours)."""

BINS = 10

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Windows of a calibration whose affect on one axis is known.

    Parameters
    ----------
    output
        What the network says of each.
    labels
        In [-1, 1], shape (n,).
    steps
        Name of the step each belongs to, length n.
    start, stop
        Seconds of its first and last sample, shape (n,).
    """

    output: AxisOutput
    labels: Array
    steps: Sequence[str]
    start: Array
    stop: Array

    @property
    def share(self) -> float:
        """What one window counts as, in (0, 1], by how far windows overlap."""
        gaps = np.diff(np.sort(self.stop))
        step = float(np.median(gaps)) if gaps.size else np.inf
        return float(np.clip(step / float(np.median(self.stop - self.start)), 1e-3, 1.0))


@dataclass(frozen=True, slots=True)
class Gain:
    """One figure before and after, on held-out blocks.

    Parameters
    ----------
    metric
        "nll" (mean negative log-likelihood of the label, nats), "ccc", "balanced_accuracy" or "ece".
    before, after
        Without and with the person's correction.
    gain, low, high
        How much better it became, positive for better, with its 95 % interval over blocks.
    n
        Windows judged.
    """

    metric: str
    before: float
    after: float
    gain: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the correction of one axis is used, and why.

    Parameters
    ----------
    axis
        "valence" or "arousal".
    accepted
        True when it is used.
    reason
        One line.
    gains
        What was measured; empty when there was too little to measure.
    reliability
        (mean probability, share that was high, windows) of each bin that holds any, after the correction.
    """

    axis: Target
    accepted: bool
    reason: str
    gains: tuple[Gain, ...] = ()
    reliability: tuple[tuple[float, float, int], ...] = ()


def judge(axis: Target, labelled: Labelled, *, seed: int = 0) -> Verdict:
    """Fit the correction without each block in turn, and compare it with no correction on that block.

    Blocks are thirds of each step in time; a window that shares samples with a held-out block teaches
    nothing. The correction is accepted when the 95 % interval of its gain in log-likelihood, over blocks,
    lies above zero and neither agreement (CCC) nor balanced accuracy falls. All blocks are from one
    sitting: the gain on another day is not known.
    """
    lacking = _lacking(labelled)
    if lacking:
        return Verdict(axis, False, lacking)
    blocks = _blocks(labelled)
    held_out = _held_out(labelled, blocks)
    gains = _gains(labelled, held_out, blocks, seed)
    reason = _refusal(gains)
    bins = _reliability(held_out.high, labelled.labels > 0)
    return Verdict(axis, not reason, reason or "it helps on stretches it was not fitted on", gains, bins)


def _lacking(labelled: Labelled) -> str:
    high = labelled.labels > 0
    if not labelled.labels.size:
        return "no usable window has a label"
    if high.all() or not high.any():
        return f"all labels are {'high' if high.all() else 'low'}: there is nothing to tell apart"
    if len(np.unique(_blocks(labelled))) < LEAST_BLOCKS:
        return f"too little was recorded: fewer than {LEAST_BLOCKS} stretches with usable windows"
    if labelled.share * len(labelled.labels) < LEAST_INDEPENDENT:
        return f"too little was recorded: fewer than {LEAST_INDEPENDENT:.0f} windows that do not overlap"
    return ""


def _blocks(labelled: Labelled) -> Rows:
    """Return the block of each window: thirds, in time, of every step; block % FOLDS is its fold."""
    blocks = np.zeros(len(labelled.labels), dtype=np.intp)
    names = np.array(labelled.steps, dtype=object)
    for number, step in enumerate(dict.fromkeys(labelled.steps)):
        rows = np.flatnonzero(names == step)
        begin, end = labelled.start[rows].min(), labelled.stop[rows].max()
        middle = (labelled.start[rows] + labelled.stop[rows]) / 2
        third = np.floor(FOLDS * (middle - begin) / max(end - begin, 1e-9))
        blocks[rows] = number * FOLDS + np.minimum(third, FOLDS - 1).astype(np.intp)
    return blocks


def _held_out(labelled: Labelled, blocks: Rows) -> AxisOutput:
    """Return the corrected output of every window, corrected without its own block."""
    corrected = labelled.output.take(np.arange(len(blocks)))
    for fold in range(FOLDS):
        test = blocks % FOLDS == fold
        train = ~test & ~_touches(labelled, test)
        if not test.any() or not train.any():
            continue
        head = AxisHead.fit(labelled.output.take(train), labelled.labels[train], share=labelled.share)
        done = head.apply(labelled.output.take(test))
        for name in ("mean", "sd", "high"):
            getattr(corrected, name)[test] = getattr(done, name)
    return corrected


def _touches(labelled: Labelled, test: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which windows share samples with a held-out one, shape (n,)."""
    begins_before = labelled.start[:, None] < labelled.stop[test]
    ends_after = labelled.stop[:, None] > labelled.start[test]
    return np.atleast_1d((begins_before & ends_after).any(axis=1))


def _gains(labelled: Labelled, after: AxisOutput, blocks: Rows, seed: int) -> tuple[Gain, ...]:
    truth, high = labelled.labels, labelled.labels > 0
    before = labelled.output
    measures: dict[str, tuple[Callable[[AxisOutput, Rows], float], int]] = {
        "nll": (lambda out, i: _nll(out, truth, i), -1),
        "ccc": (lambda out, i: ccc(truth[i], out.mean[i]), 1),
        "balanced_accuracy": (lambda out, i: uar(high[i], out.high[i] >= 0.5), 1),
        "ece": (lambda out, i: ece(out.high[i], high[i]), -1),
    }
    return tuple(
        _gain(name, measure, sign, before, after, blocks, seed) for name, (measure, sign) in measures.items()
    )


def _gain(
    name: str,
    measure: Callable[[AxisOutput, Rows], float],
    sign: int,
    before: AxisOutput,
    after: AxisOutput,
    blocks: Rows,
    seed: int,
) -> Gain:
    groups = blocks.tolist()
    found = paired_cluster_bootstrap(
        lambda i: sign * measure(before, i), lambda i: sign * measure(after, i), groups, seed=seed
    )
    everything = np.arange(len(blocks))
    return Gain(
        name,
        measure(before, everything),
        measure(after, everything),
        found.value,
        found.low,
        found.high,
        len(blocks),
    )


def _refusal(gains: Sequence[Gain]) -> str:
    """Return why the correction is not used, "" when it is."""
    by_name = {gain.metric: gain for gain in gains}
    nll = by_name["nll"]
    if not nll.low > 0:
        return (
            f"it does not surely help: log-likelihood gains {nll.gain:+.3f} nats a window "
            f"[{nll.low:+.3f}, {nll.high:+.3f}] where it was not fitted"
        )
    for name in ("ccc", "balanced_accuracy"):
        if by_name[name].gain < 0:
            return f"{name.replace('_', ' ')} falls by {-by_name[name].gain:.3f} where it was not fitted"
    return ""


def ece(probability: Array, high: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width (Naeini et al. 2015)."""
    bins = _reliability(probability, high)
    total = sum(count for _, _, count in bins)
    return float(sum(count * abs(said - was) for said, was, count in bins) / total)


def _reliability(probability: Array, high: NDArray[np.bool_]) -> tuple[tuple[float, float, int], ...]:
    places = np.minimum((probability * BINS).astype(int), BINS - 1)
    return tuple(
        (float(probability[rows].mean()), float(high[rows].mean()), len(rows))
        for place in range(BINS)
        if (rows := np.flatnonzero(places == place)).size
    )


def _nll(output: AxisOutput, truth: Array, rows: Rows) -> float:
    """Return the mean negative log-likelihood of the labels under the Gaussian beliefs, nats."""
    mean, sd = output.mean[rows], output.sd[rows]
    return float(np.mean(0.5 * ((truth[rows] - mean) / sd) ** 2 + np.log(sd) + 0.5 * np.log(2 * np.pi)))
