"""Trains a controller for a MusicGen model on rated recordings.

Usage: accelerate launch recipes/musicgen/train.py --config recipes/musicgen/settings.toml --data FOLDER
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from affectlab.config import load
from affectlab.errors import AffectlabError
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.musicgen.job import ControllerJob, run


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True, help="TOML file, see settings.toml")
    parser.add_argument("--data", help="folder with recordings and ratings.csv")
    parser.add_argument("--base", help="MusicGen model: a folder, or a name that was downloaded before")
    parser.add_argument("--out", help="folder of codes, checkpoints and the controller")
    arguments = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    flags = {name: getattr(arguments, name) for name in ("data", "base", "out")}
    try:
        path = run(load(ControllerJob, file=arguments.config, flags=flags), stop=stop, progress=show)
    except Interrupted:
        sys.exit("stopped; the same command goes on from here")
    except AffectlabError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{path}\n")


def show(done: int, count: int, what: str) -> None:
    """Say how far it is, on one line."""
    sys.stderr.write(f"\r{done}/{count} {what:<40}" + ("\n" if done == count else ""))


if __name__ == "__main__":
    main()
