"""Makes the shipped decoder again and checks what came out.

Usage: python recipes/decoder/train.py --path EEGMAT --out build/decoder/decoder.onnx
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from affectlab.decoding.weights import load_weights

SETTINGS = Path(__file__).parent / "settings.toml"
LEAST_AUC = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--path", type=Path, required=True, help="folder with EEGMAT's EDF files")
    parser.add_argument("--out", type=Path, default=Path("build/decoder/decoder.onnx"))
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "affectlab", "decode", "train", "--config", str(SETTINGS)]
    done = subprocess.run(  # noqa: S603
        [*command, "--path", str(arguments.path), "--out", str(arguments.out)], check=False
    )
    if done.returncode:
        sys.exit(done.returncode)
    check(arguments.out)


def check(path: Path) -> None:
    """Leave with a line about what is wrong, if anything is."""
    weights = load_weights(path)
    if weights.axes != ("arousal",):
        sys.exit(f"trained axes are {weights.axes}; expected arousal alone")
    found = {row["metric"]: row["value"] for row in weights.facts["held_out"]}
    if found["auc"] < LEAST_AUC:
        sys.exit(f"AUC of held-out people is {found['auc']}; expected {LEAST_AUC} or more")
    sys.stdout.write(f"{path} is whole; AUC of held-out people {found['auc']}\n")


if __name__ == "__main__":
    main()
