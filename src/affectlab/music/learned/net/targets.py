"""What the controller is trained to obey: targets drawn from what music expresses.

The global target of a segment is the mean of its beats' labels, the trajectory the labels themselves. Scores
have no listener: what is felt lags behind the music's affect, is noisy, and often unknown.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from affectlab.music.learned.net.controller import Targets
from affectlab.music.learned.net.excerpts import TOLD, Batch
from affectlab.music.learned.net.settings import SteeringSettings
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.steer import AFTER, BEATS, BEFORE, LOCAL

_VALENCE, _ACTIVITY, _DYNAMICS, _DENSITY = map(TOLD.index, ("valence", "activity", "dynamics", "density"))
_AHEAD = slice(BEFORE + 1, None)
_FELT = slice(LOCAL.index("felt_valence"), None)


def targets_of(batch: Batch, settings: SteeringSettings, generator: np.random.Generator) -> Targets:
    """Draw targets that the excerpts of a batch fulfil."""
    beats = (batch.read.time // TICKS).numpy()
    drawn = [_segments(labels, settings, generator) for labels in batch.labels]
    most = max(len(means) for means, _ in drawn)
    globally = np.zeros((len(drawn), most, 3), np.float32)
    segment = np.zeros(beats.shape, np.int64)
    locally = np.zeros((*beats.shape, BEATS, len(LOCAL)), np.float32)
    for row, (means, numbers) in enumerate(drawn):
        globally[row, : len(means)] = means
        segment[row] = numbers[beats[row]]
        locally[row] = _trajectory(batch.labels[row], settings, generator)[beats[row]]
    branches = generator.random(len(drawn))
    return Targets(
        torch.from_numpy(globally),
        torch.from_numpy(segment),
        torch.from_numpy(locally),
        torch.from_numpy((branches >= settings.alone).astype(np.float32)),
        torch.from_numpy((branches < 1 - settings.alone).astype(np.float32)),
    )


def exchanged(targets: Targets) -> Targets:
    """Return targets that each excerpt's neighbour in the batch fulfils."""
    globally, segment, locally = (torch.roll(one, 1, dims=0) for one in targets[:3])
    return Targets(globally, segment, locally, targets.with_global, targets.with_local)


def _segments(
    labels: NDArray[np.float32], settings: SteeringSettings, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Cut beats into segments; return the target of each, and the segment of each beat."""
    shortest, longest = settings.segment
    lengths = generator.integers(shortest, longest + 1, len(labels) // shortest + 1)
    numbers = np.repeat(np.arange(len(lengths)), lengths)[: len(labels)]
    totals = np.zeros((int(numbers[-1]) + 1, labels.shape[1]))
    np.add.at(totals, numbers, labels)
    means = totals / np.bincount(numbers)[:, None]
    return means[:, [_VALENCE, _ACTIVITY, _DENSITY]].astype(np.float32), numbers


def _trajectory(
    labels: NDArray[np.float32], settings: SteeringSettings, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return what the local branch is told at each beat, shape (beats, BEATS, 6)."""
    rows = np.concatenate(
        [labels[:, [_VALENCE, _ACTIVITY, _DYNAMICS]], _felt(labels, settings, generator)], 1
    )
    padded = np.pad(rows, ((BEFORE, AFTER), (0, 0)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, BEATS, axis=0).transpose(0, 2, 1).copy()
    if generator.random() < settings.ahead:
        around[:, _AHEAD] = around[:, BEFORE : BEFORE + 1]
    around[:, _AHEAD, _FELT] = 0
    return around


def _felt(
    labels: NDArray[np.float32], settings: SteeringSettings, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return valence and activity felt by a listener of training, and 1; or zeros where nothing is known."""
    felt = np.zeros((len(labels), 3), np.float32)
    known = generator.random() >= settings.unfelt
    keep = 0.5 ** (1 / settings.lag)
    noise = generator.normal(0, settings.noise, (len(labels), 2))
    if known:
        state = np.zeros(2)
        for beat, heard in enumerate(labels[:, [_VALENCE, _ACTIVITY]]):
            state = keep * state + (1 - keep) * heard
            felt[beat, :2] = np.clip(state + noise[beat], -1, 1)
        felt[:, 2] = 1
    return felt
