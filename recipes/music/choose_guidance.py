"""What guidance buys and costs, by the labels the controller was trained on and nothing else.

Usage: python recipes/music/choose_guidance.py --corpus build/music-corpus --weights build/composer

For each strength of guidance the composer writes under constant targets spread over the square, in such a
way that only the network answers. The table says how the labels of what it
wrote correlate with what was asked, and how far its notes are from those of the validation pieces, in
standard deviations (Wasserstein distance, mean over four statistics). The predictors of
`affectlab music evaluate` are not asked: they must stay strangers.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.stats.qmc import Halton

from affectlab.music.evaluation.arms import notes_alone
from affectlab.music.evaluation.human import (
    STATISTICS,
    distance,
    human_statistics,
    piece_of_take,
    take_statistics,
)
from affectlab.music.evaluation.take import Take, perform
from affectlab.music.learned.corpus.shards import Corpus
from affectlab.music.learned.features import beat_features
from affectlab.music.learned.labels import LABELS, Labeller
from affectlab.music.learned.live import learned_composer
from affectlab.music.learned.writing.arms import ARMS
from affectlab.music.trajectory import Trajectory

ROW = "{:>9}{:>11}{:>11}{:>11}\n"
FIRST_SEED = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--strengths", default="1,1.5,2,3")
    parser.add_argument("--n", type=int, default=16, help="targets")
    parser.add_argument("--bars", type=int, default=16)
    arguments = parser.parse_args()
    corpus = Corpus.open(arguments.corpus)
    human = human_statistics(corpus, bars=arguments.bars, split="valid")
    targets = spread(arguments.n)
    sys.stdout.write(ROW.format("guidance", "r valence", "r activity", "distance"))
    for strength in (float(text) for text in arguments.strengths.split(",")):
        takes = [
            written(arguments.weights, strength, target, FIRST_SEED + number, arguments.bars)
            for number, target in enumerate(targets)
        ]
        labels = np.array([labelled(corpus.labeller, take) for take in takes])
        found = [np.corrcoef(targets[:, axis], labels[:, axis])[0, 1] for axis in range(2)]
        statistics = [take_statistics(take, None) for take in takes]
        far = [distance(np.array([one[name] for one in statistics]), human[name]) for name in STATISTICS]
        sys.stdout.write(ROW.format(f"{strength:g}", *(f"{value:.2f}" for value in (*found, np.mean(far)))))


def spread(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return targets spread evenly over the square, shape (count, 2)."""
    return np.asarray(1.8 * Halton(2, rng=0).random(count) - 0.9)


def written(
    weights: Path,
    strength: float,
    target: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    seed: int,
    bars: int,
) -> Take:
    """Have one target written."""
    settings = notes_alone(ARMS["full"])
    composer = learned_composer(seed, live=False, folder=weights, settings=settings, guidance=strength)
    controls = Trajectory.still(*target.tolist()).controls(4 * bars)
    return perform(composer, controls, name="still", arm="full", seed=seed)


def labelled(labeller: Labeller, take: Take) -> tuple[float, float]:
    """Return the mean valence and activity of what was written."""
    labels = labeller.label(beat_features(piece_of_take(take))).mean(axis=0)
    return float(labels[LABELS.index("valence")]), float(labels[LABELS.index("activity")])


if __name__ == "__main__":
    main()
