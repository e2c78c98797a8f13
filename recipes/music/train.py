"""Makes the shipped composer again and checks what came out.

Usage: python recipes/music/train.py --pop909 POP909.tar.gz --out build/composer
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from affectlab.music.learned.live import learned_composer
from affectlab.music.learned.weights import ComposerWeights
from affectlab.music.score import MusicControl

SETTINGS = Path(__file__).parent / "settings.toml"
MOST_NATS = 1.1
LARGEST_BYTES = 25e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pop909", type=Path, required=True, help="POP909.tar.gz or its folder")
    parser.add_argument("--out", type=Path, default=Path("build/composer"))
    arguments = parser.parse_args()
    corpus = arguments.out.with_name("music-corpus")
    run("corpus", "--pop909", arguments.pop909, "--out", corpus)
    run("train", "--config", SETTINGS, "--corpus", corpus, "--out", arguments.out)
    check(arguments.out)


def run(*arguments: object) -> None:
    """Run ``affectlab music …``; leave with its code if it fails."""
    command = [sys.executable, "-m", "affectlab", "music", *map(str, arguments)]
    done = subprocess.run(command, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def check(folder: Path) -> None:
    """Leave with a line about what is wrong, if anything is."""
    weights = ComposerWeights(folder)
    size = sum(path.stat().st_size for path in folder.glob("*.onnx"))
    if size > LARGEST_BYTES:
        sys.exit(f"the graphs have {size / 1e6:.1f} MB; expected {LARGEST_BYTES / 1e6:g} or less")
    found = {(row["stage"], row["metric"]): row["value"] for row in weights.facts["held_out"]}
    nats, full = found["backbone", "valid"], found["controller", "valid_full"]
    if nats > MOST_NATS:
        sys.exit(f"held-out nats per token are {nats}; expected {MOST_NATS} or less")
    if full >= found["controller", "valid_none"]:
        sys.exit(f"the controller does not help: {full} nats per token with it, as without")
    composer = learned_composer(folder=folder, live=False)
    notes = sum(len(composer.next_beat(MusicControl(0.5, 0.0)).notes) for _ in range(16))
    sys.stdout.write(f"{folder} is whole: {nats} nats per token, {full} steered; 16 beats, {notes} notes\n")


if __name__ == "__main__":
    main()
