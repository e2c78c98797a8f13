"""What eyes and muscle put into an EEG, alone and taken out: how much of a figure might be theirs.

Without recordings of eyes and muscle themselves both are read from the scalp, where they are largest: eyes
below 8 Hz at the electrodes above and beside them, muscle from 30 Hz at the edge of the scalp. Brain activity
there (frontal theta, gamma) counts as artefact too, so that "alone" is an upper bound of what artefacts tell
and "taken out" a lower bound of what the brain does.

References
----------
Gratton, Coles and Donchin (1983), A new method for off-line removal of ocular artifact,
Electroencephalography and Clinical Neurophysiology 55, 468-484.

Croft and Barry (2000), Removal of ocular artifact from the EEG: a review, Neurophysiologie Clinique 30, 5-19.

Goncharova, McFarland, Vaughan and Wolpaw (2003), EMG contamination of EEG: spectral and topographical
characteristics, Clinical Neurophysiology 114, 1580-1593.

Whitham et al. (2007), Scalp electrical recording during paralysis, Clinical Neurophysiology 118, 1877-1888.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectlab.decoding.epochs import Epochs, Floats
from affectlab.errors import DecodingError

EYES = ("Fp1", "Fp2", "AF7", "AF8", "F7", "F8")
MUSCLE = (*EYES, "T7", "T8", "FT7", "FT8", "TP9", "TP10", "F9", "F10")
EYES_BELOW = 8.0
"""Hz; blinks and saccades hold most of their power there."""

MUSCLE_FROM = 30.0
"""Hz; under paralysis the scalp signal loses most of its power above 20 to 30 Hz."""

_LEAST_LEFT = 4
_ORDER = 10
_FLOOR = 0.3
"""Microvolts of white noise that bury what the filters leave: log power sees what is faint as well."""


def eyes_and_muscle(epochs: Epochs) -> Epochs:
    """Keep what eyes and muscle put in, and nothing of 8 to 30 Hz.

    Raises
    ------
    DecodingError
        If the montage has none of the electrodes where they are largest.
    """
    picked = _places(epochs, MUSCLE, 2)
    names = tuple(epochs.info.channels[place] for place in picked)
    data = np.asarray(epochs.data[:, picked], dtype=float)
    kept = _filtered(data, MUSCLE_FROM, epochs.info.sfreq, "highpass")
    eyes = [number for number, name in enumerate(names) if name in EYES]
    kept[:, eyes] += _filtered(data[:, eyes], EYES_BELOW, epochs.info.sfreq, "lowpass")
    info = replace(epochs.info, channels=names)
    return Epochs(info, epochs.table, _on_floor(kept), epochs.quality[:, picked])


def without_eyes_and_muscle(epochs: Epochs) -> Epochs:
    """Take the electrodes of eyes and muscle away, what the eyes spread from there, and all from 30 Hz up.

    The eyes' vertical and horizontal movement (mean of the electrodes above them, left against right beside
    them) is subtracted from every other electrode by a factor that each person's slow signal gives, without
    looking at labels.

    Raises
    ------
    DecodingError
        If the montage has no electrode above both eyes, or fewer than four others.
    """
    gone = set(_places(epochs, MUSCLE, 2).tolist())
    left = np.array([place for place in range(len(epochs.info.channels)) if place not in gone], dtype=np.intp)
    if left.size < _LEAST_LEFT:
        raise DecodingError(
            f"only {left.size} electrodes are left without those of eyes and muscle; the control needs "
            f"{_LEAST_LEFT} or more"
        )
    sfreq = epochs.info.sfreq
    eyes = _eye_movement(epochs)
    data = np.asarray(epochs.data[:, left], dtype=float)
    slow, slow_eyes = (_filtered(one, EYES_BELOW, sfreq, "lowpass") for one in (data, eyes))
    for person in dict.fromkeys(epochs.table.subject.tolist()):
        rows = epochs.table.subject == person
        data[rows] -= _spread(slow[rows], slow_eyes[rows]) @ eyes[rows]
    kept = _on_floor(_filtered(data, MUSCLE_FROM, sfreq, "lowpass"))
    info = replace(epochs.info, channels=tuple(epochs.info.channels[place] for place in left))
    return Epochs(info, epochs.table, kept, epochs.quality[:, left])


def _eye_movement(epochs: Epochs) -> Floats:
    """Return vertical and, where it is recorded, horizontal movement, shape (n, 1 or 2, samples), µV."""
    place = {name: number for number, name in enumerate(epochs.info.channels)}
    pairs = [pair for pair in (("Fp1", "Fp2"), ("AF7", "AF8"), ("F7", "F8")) if set(pair) <= place.keys()]
    if not pairs or pairs[0] == ("F7", "F8"):
        raise DecodingError(
            "eye movement needs Fp1 and Fp2, or AF7 and AF8, which the data lack; "
            "leave out --control artefacts"
        )
    above = [np.asarray(epochs.data[:, place[name]], dtype=float) for name in pairs[0]]
    parts = [(above[0] + above[1]) / 2]
    if len(pairs) > 1:
        left, right = (np.asarray(epochs.data[:, place[name]], dtype=float) for name in pairs[-1])
        parts.append(left - right)
    return np.stack(parts, axis=1)


def _spread(slow: Floats, eyes: Floats) -> Floats:
    """Return how much of each movement reaches each electrode, shape (channels, movements)."""
    target = slow.transpose(1, 0, 2).reshape(slow.shape[1], -1)
    movement = eyes.transpose(1, 0, 2).reshape(eyes.shape[1], -1)
    return np.asarray(np.linalg.lstsq(movement.T, target.T, rcond=None)[0].T, dtype=float)


def _places(epochs: Epochs, names: tuple[str, ...], least: int) -> NDArray[np.intp]:
    found = [number for number, name in enumerate(epochs.info.channels) if name in names]
    if len(found) < least:
        raise DecodingError(
            f"the artefact control needs {least} of {', '.join(names)}; the data have "
            f"{', '.join(epochs.info.channels)}"
        )
    return np.array(found, dtype=np.intp)


def _on_floor(data: Floats) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).normal(0.0, _FLOOR, data.shape)
    return (data + noise).astype(np.float32)


def _filtered(data: Floats, edge: float, sfreq: float, kind: Literal["lowpass", "highpass"]) -> Floats:
    from scipy.signal import butter, sosfiltfilt

    filtered: Floats = sosfiltfilt(butter(_ORDER, edge, kind, fs=sfreq, output="sos"), data, axis=-1)
    return filtered
