"""The predictors' examples from EMOPIA, and how good the predictors are on songs they have not met."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from affectlab.affect import Interval, cluster_bootstrap
from affectlab.errors import InvalidData
from affectlab.files import writing
from affectlab.music.evaluation.emopia import Clip
from affectlab.music.evaluation.predictors import AXES, DESCRIBE, Examples, Predictor, inside
from affectlab.music.evaluation.progress import Interrupted, Progress, unseen

Matrix = NDArray[np.float64]
Truth = NDArray[np.bool_]
Indices = NDArray[np.intp]
Statistic = Callable[[Truth, Matrix], float]
FOLDS: Final = 5
# Counts up when the same clip is described otherwise.
FORMAT: Final = 1
# Seconds from one window of a clip to the next.
_HOP: Final = 4.0


def examples_of(
    clips: Sequence[Clip],
    folder: Path,
    *,
    names: Sequence[str] = tuple(DESCRIBE),
    stop: threading.Event,
    progress: Progress = unseen,
) -> dict[str, Examples]:
    """Describe the windows of every clip for predictors.

    Parameters
    ----------
    clips
        Of EMOPIA.
    folder
        Where features are kept, clip by clip; those there already are not made again.
    names
        Of the predictors.
    stop
        Set to end after the clip under way.
    progress
        Told (finished, of how many) clips.

    Raises
    ------
    Interrupted
        If `stop` was set before all was done.
    """
    described: list[dict[str, Matrix]] = []
    for number, clip in enumerate(clips):
        if stop.is_set():
            raise Interrupted
        described.append(_described(clip, names, folder / f"{clip.name}-{FORMAT}.npz"))
        progress(number + 1, len(clips))
    labels = np.array([(clip.valence, clip.arousal) for clip in clips])
    songs = tuple(clip.song for clip in clips)
    examples = {}
    for name in names:
        rows = [one[name] for one in described]
        numbers = np.repeat(np.arange(len(clips)), [len(one) for one in rows])
        examples[name] = Examples(np.concatenate(rows), numbers, labels, songs)
    return examples


def _described(clip: Clip, names: Sequence[str], path: Path) -> dict[str, Matrix]:
    found = _kept(names, path)
    if found is None:
        centres = inside(np.arange(_HOP, max(clip.seconds, 2 * _HOP), _HOP), clip.seconds)
        found = {name: DESCRIBE[name](clip.notes, centres) for name in names}
        with writing(path) as temporary:
            np.savez(temporary, **found)  # type: ignore[arg-type]
    return found


def _kept(names: Sequence[str], path: Path) -> dict[str, Matrix] | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            return {name: content[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        # Not there, or left damaged by a machine that stopped: it is made again.
        return None


def held_out(name: str, examples: Examples, *, seed: int = 0) -> Matrix:
    """Judge every clip by a predictor fitted on other songs.

    Returns
    -------
    NDArray
        Valence and arousal in [-1, 1], mean over the clip's windows, shape (clips, 2).

    Raises
    ------
    InvalidData
        If there are fewer songs than `FOLDS`.
    """
    songs = sorted(set(examples.songs))
    if len(songs) < FOLDS:
        raise InvalidData(f"need clips of at least {FOLDS} songs, got {len(songs)}; give the whole of EMOPIA")
    fold = dict(
        zip(np.random.default_rng(seed).permutation(songs), np.arange(len(songs)) % FOLDS, strict=True)
    )
    folds = np.array([fold[song] for song in examples.songs])
    judged = np.zeros((len(folds), len(AXES)))
    for number in range(FOLDS):
        predictor = Predictor(name)
        predictor.fit(examples, np.flatnonzero(folds != number))
        held = examples.of(np.flatnonzero(folds == number))
        np.add.at(judged, examples.clip[held], predictor.judge(examples.rows[held]))
    means: Matrix = judged / np.bincount(examples.clip)[:, None]
    return means


def held_out_rows(name: str, examples: Examples, *, resamples: int = 2000) -> list[dict[str, Any]]:
    """Return balanced accuracy and area under the curve per axis, with intervals over songs.

    The baseline that always says the commoner class has a balanced accuracy and an area of 0.5; its plain
    accuracy is given as `majority`.
    """
    judged = held_out(name, examples)
    rows = []
    for axis, label in enumerate(AXES):
        truth, values = examples.labels[:, axis] > 0, judged[:, axis]
        for metric, statistic in _STATISTICS.items():
            found = cluster_bootstrap(
                partial(_on, statistic, truth, values), examples.songs, resamples=resamples
            )
            rows.append(_row(name, f"{metric}_{label}", found, len(truth)))
    return rows


def _on(statistic: Statistic, truth: Truth, values: Matrix, at: Indices) -> float:
    return statistic(truth[at], values[at])


def _row(name: str, metric: str, found: Interval, n: int) -> dict[str, Any]:
    return {
        "arm": f"predictor {name}",
        "metric": metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": n,
        "groups": found.groups,
    }


def balanced_accuracy(truth: Truth, values: Matrix) -> float:
    """Mean of the two classes' recalls, a value above 0 saying true; NaN if a class does not occur."""
    if truth.all() or not truth.any():
        return float("nan")
    said = values > 0
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)


def auc(truth: Truth, values: Matrix) -> float:
    """Chance that a true item has the higher value, ties counting half; NaN if a class does not occur."""
    positive = int(truth.sum())
    if positive in {0, len(truth)}:
        return float("nan")
    rank_sum = float(rankdata(values)[truth].sum()) - positive * (positive + 1) / 2
    return rank_sum / (positive * (len(truth) - positive))


def majority(truth: Truth, _values: Matrix) -> float:
    """Share of the commoner class: the accuracy of always saying it."""
    return float(max(truth.mean(), 1 - truth.mean()))


_STATISTICS: Final[MappingProxyType[str, Statistic]] = MappingProxyType(
    {"balanced_accuracy": balanced_accuracy, "auc": auc, "majority": majority}
)
