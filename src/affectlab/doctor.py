"""What is installed here, what is missing, and what to do about each lack."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from affectlab.errors import AffectlabError

EXTRAS = {
    "live": (
        "mne",
        "mne-lsl",
        "mne-bids",
        "pybv",
        "pyxdf",
        "nicegui",
        "soundfile",
        "pyfluidsynth",
        "onnxruntime",
        "mido",
    ),
    "devices": ("brainflow",),
    "bench": (
        "torch",
        "transformers",
        "accelerate",
        "peft",
        "gguf",
        "pillow",
        "av",
        "inspect-ai",
        "matplotlib",
        "openai",
        "polars",
        "pyarrow",
        "scikit-learn",
    ),
    "llm": ("xllamacpp",),
    "scale": ("ray",),
}
"""The packages that each extra brings, for telling which extras are complete."""

State = Literal["ok", "lack", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Parameters
    ----------
    what, found
        The thing and what was found, in words.
    state
        "ok"; "lack" when something optional is absent; "fault" when affectlab cannot do its main job.
    remedy
        What to do; empty when there is nothing to do.
    """

    what: str
    found: str
    state: State = "ok"
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def examine() -> list[Finding]:
    """Look at everything the live loop and the benchmarks may use."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _extras,
        _lsl,
        _sound,
        _composer,
        _gpu,
        _browser,
        _places,
    )
    return [finding for look in looks for finding in look()]


def _python() -> Iterator[Finding]:
    supported = sys.version_info >= (3, 11)
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    yield Finding(
        "Python", found, "ok" if supported else "fault", "" if supported else "use Python 3.11 or newer"
    )


def _extras() -> Iterator[Finding]:
    for extra, packages in EXTRAS.items():
        missing = [package for package in packages if _installed(package) is None]
        if missing:
            state: State = "fault" if extra == "live" else "lack"
            remedy = f"pip install 'affectlab[{extra}]'"
            yield Finding(f"extra [{extra}]", f"missing {', '.join(missing)}", state, remedy)
        else:
            found = ", ".join(f"{package} {_installed(package)}" for package in packages)
            yield Finding(f"extra [{extra}]", found)


def _lsl() -> Iterator[Finding]:
    if find_spec("mne_lsl") is None:
        return
    from affectlab.signals.inlet import visible_streams

    names = visible_streams()
    found = ", ".join(names) if names else "works; no stream on this network now"
    yield Finding("LSL", found)


def _sound() -> Iterator[Finding]:
    from affectlab.music import make_synthesiser

    try:
        synthesiser = make_synthesiser("soundfont")
    except AffectlabError as error:
        remedy = "richer sound: apt-get install libfluidsynth3 fluid-soundfont-gm, or set AFFECTLAB_SOUNDFONT"
        yield Finding("sound", f"the built-in synthesiser plays; no SoundFont: {error}", "lack", remedy)
    else:
        yield Finding("sound", synthesiser.name)


def _composer() -> Iterator[Finding]:
    from affectlab.music import make_composer

    try:
        composer = make_composer("learned", live=False)
    except AffectlabError as error:
        yield Finding("composer", str(error), "fault", "install affectlab again, or play --music rules")
    else:
        yield Finding("composer", f"{composer.name}: its weights are whole")


def _gpu() -> Iterator[Finding]:
    tool = shutil.which("nvidia-smi")
    found = "an NVIDIA driver is here" if tool else "none; the live loop needs none"
    yield Finding("GPU", found)


def _browser() -> Iterator[Finding]:
    found = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    remedy = "" if found else "only the browser tests need it: apt-get install chromium"
    yield Finding("Chromium", found or "not found", "ok" if found else "lack", remedy)


def _places() -> Iterator[Finding]:
    home = Path(os.environ.get("AFFECTLAB_HOME") or Path.home() / ".local/share/affectlab")
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(nearest).free / 1e9
    writable = os.access(nearest, os.W_OK)
    state: State = "ok" if writable and free > 1 else "fault"
    remedy = "" if state == "ok" else "set AFFECTLAB_HOME to a folder on a disk with room"
    yield Finding("sessions", f"{home / 'sessions'}, {free:.0f} GB free", state, remedy)
    data = os.environ.get("AFFECTLAB_DATA")
    if data is None:
        yield Finding("data", "AFFECTLAB_DATA is not set; tests on real data look in ../shared/data")
    else:
        there = Path(data).is_dir()
        remedy = "" if there else "set AFFECTLAB_DATA to the folder that holds the data sets"
        yield Finding("data", data if there else f"{data} does not exist", "ok" if there else "lack", remedy)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
