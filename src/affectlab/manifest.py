"""What a run was made of, so that anyone can make it again."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from affectlab import __version__

_REPORTED_PACKAGES = (
    "numpy",
    "scipy",
    "mne",
    "mne-lsl",
    "brainflow",
    "pyfluidsynth",
    "nicegui",
    "torch",
    "transformers",
    "trl",
    "peft",
    "accelerate",
    "inspect-ai",
    "xllamacpp",
    "av",
    "ray",
    "miditok",
    "symusic",
    "music21",
)


def make_manifest(
    command: str,
    config: Mapping[str, Any],
    *,
    seeds: Mapping[str, int],
    data: tuple[Path, ...] = (),
    models: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Describe a run: versions, git revision, machine, seeds, configuration, data hashes and models.

    Parameters
    ----------
    command
        The affectlab command, for example ``"session run"``.
    config
        JSON-ready configuration as resolved from defaults, file, environment and flags.
    seeds
        Name to seed.
    data
        Files that were read; each is hashed with SHA-256.
    models
        Role to model id and revision.
    """
    return {
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "affectlab": __version__,
        "git": git_revision(Path(__file__).parent),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: found for name in _REPORTED_PACKAGES if (found := _version(name))},
        "seeds": dict(seeds),
        "config": dict(config),
        "data": {path.name: sha256(path) for path in data},
        "models": dict(models or {}),
    }


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_revision(folder: Path) -> str | None:
    """Return the revision of the checkout `folder` lies in, with ``+changes`` when it is not clean."""
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
        return None
    return revision + ("+changes" if _git(folder, "status", "--porcelain") else "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
