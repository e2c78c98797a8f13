"""Gains of a steering told apart by who disagrees with whom."""

from __future__ import annotations

import numpy as np
import pytest
from run_folders import LABELS, clip_items, write_run

from affectlab.bench.results import read_run
from affectlab.bench.steering.by_kind import kind_rows

CLIPS = {
    "odd_T": {"T": "P", "A": "N", "V": "N", "M": "N"},
    "odd_V": {"T": "N", "A": "N", "V": "P", "M": "N"},
}


def follower(modality: str):
    """Answer what one modality says, and where it is not shown, the first label."""

    def scores(channels, shown, _rng) -> np.ndarray:
        said = channels[modality] if modality in shown else next(iter(LABELS))
        return np.log([0.8 if label == said else 0.05 for label in LABELS])

    return scores


def run(folder, modality: str, *, without: tuple[str, ...] = ()):
    rng = np.random.default_rng(0)
    items = [
        one
        for number in range(4)
        for kind, channels in CLIPS.items()
        for one in clip_items(f"{kind}-{number}", channels, follower(modality), rng)
        if one["id"] not in without
    ]
    return read_run(write_run(folder, items))


def found(unsteered, steered) -> dict:
    rows = kind_rows(unsteered, steered, resamples=50, seed=0)
    return {(row["subset"], row["metric"]): row for row in rows}


def test_looking_at_the_face_wins_where_words_are_odd_and_loses_where_the_face_is(tmp_path) -> None:
    rows = found(run(tmp_path / "a", "T"), run(tmp_path / "b", "V"))
    assert (rows["odd_T", "accuracy"]["value"], rows["odd_V", "accuracy"]["value"]) == (1.0, -1.0)
    assert (rows["odd_T", "accuracy"]["a"], rows["odd_T", "accuracy"]["b"]) == (0.0, 1.0)
    assert rows["odd_T", "accuracy"]["n"] == 4
    assert rows["odd_T", "log_probability"]["value"] == pytest.approx(np.log(0.8 / 0.05))
    assert rows["T_vs_V", "accuracy"]["value"] == 0.0
    # Where the face is not shown, whoever looks at it answers the first label, which is right.
    assert rows["T_vs_A", "accuracy"]["value"] == 1.0


def test_samples_that_one_run_lacks_are_left_out(tmp_path) -> None:
    whole = run(tmp_path / "a", "T")
    lacking = next(name for name in whole.samples.id if name.startswith("odd_T-0") and "TAV" in name)
    rows = found(whole, run(tmp_path / "b", "V", without=(lacking,)))
    assert rows["odd_T", "accuracy"]["n"] == 3
    assert rows["odd_V", "accuracy"]["n"] == 4
