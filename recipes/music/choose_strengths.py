"""What guidance and the pull of the key buy and cost, by labels that the controller was trained on.

Usage: python recipes/music/choose_strengths.py --corpus build/music-corpus --weights build/composer --of pull

The composer writes under constant targets spread over the square: for `guidance` in such a way that only the
network answers, for `pull` as it plays. The table says how the labels of what it wrote, and how much it is in
major, correlate with what was asked, and how far its notes are from those of the validation pieces, in
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
from affectlab.music.learned.features import FEATURES, beat_features
from affectlab.music.learned.labels import LABELS, Labeller
from affectlab.music.learned.live import learned_composer
from affectlab.music.learned.writing.arms import ARMS
from affectlab.music.learned.writing.beats import WritingSettings
from affectlab.music.learned.writing.composer import ComposerSettings
from affectlab.music.trajectory import Trajectory

Point = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

ROW = "{:>9}{:>11}{:>11}{:>11}{:>11}\n"
STRENGTHS = {"guidance": "1,1.5,2,3", "pull": "0,0.25,0.5,1,2"}
FIRST_SEED = {"guidance": 10_000, "pull": 20_000}
MODE = FEATURES.index("mode")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--of", choices=sorted(STRENGTHS), default="guidance")
    parser.add_argument("--strengths", help="comma-separated (a few)")
    parser.add_argument("--n", type=int, default=48, help="targets")
    parser.add_argument("--bars", type=int, default=16)
    arguments = parser.parse_args()
    corpus = Corpus.open(arguments.corpus)
    human = human_statistics(corpus, bars=arguments.bars, split="valid")
    targets = spread(arguments.n)
    sys.stdout.write(ROW.format(arguments.of, "r valence", "r activity", "r major", "distance"))
    for strength in (float(text) for text in (arguments.strengths or STRENGTHS[arguments.of]).split(",")):
        takes = [
            written(arguments.weights, arguments.of, strength, target, number, arguments.bars)
            for number, target in enumerate(targets)
        ]
        heard = np.array([labelled(corpus.labeller, take) for take in takes])
        asked = targets[:, [0, 1, 0]]
        found = [np.corrcoef(asked[:, column], heard[:, column])[0, 1] for column in range(3)]
        statistics = [take_statistics(take, None) for take in takes]
        far = [distance(np.array([one[name] for one in statistics]), human[name]) for name in STATISTICS]
        sys.stdout.write(ROW.format(f"{strength:g}", *(f"{value:.2f}" for value in (*found, np.mean(far)))))
        sys.stdout.flush()


def spread(count: int) -> Point:
    """Return targets spread evenly over the square, shape (count, 2)."""
    return np.asarray(1.8 * Halton(2, rng=0).random(count) - 0.9)


def written(weights: Path, of: str, strength: float, target: Point, number: int, bars: int) -> Take:
    """Have one target written, with one strength of guidance or pull."""
    seed = FIRST_SEED[of] + number
    if of == "guidance":
        composer = learned_composer(
            seed, live=False, folder=weights, settings=notes_alone(ARMS["full"]), guidance=strength
        )
    else:
        settings = ComposerSettings(writing=WritingSettings(pull=strength))
        composer = learned_composer(seed, live=False, folder=weights, settings=settings)
    controls = Trajectory.still(*target.tolist()).controls(4 * bars)
    return perform(composer, controls, name="still", arm="full", seed=seed)


def labelled(labeller: Labeller, take: Take) -> tuple[float, float, float]:
    """Return the mean valence and activity of what was written, and how much it is in major."""
    features = beat_features(piece_of_take(take))
    labels = labeller.label(features).mean(axis=0)
    return (
        float(labels[LABELS.index("valence")]),
        float(labels[LABELS.index("activity")]),
        float(np.nanmean(features[:, MODE])),
    )


if __name__ == "__main__":
    main()
