"""Opening pictures: whether they can be read, what they show, and remembering both between builds."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affectlab.bench.aica.picture_hash import picture_hash
from affectlab.errors import MissingExtra
from affectlab.files import translated

if TYPE_CHECKING:
    from PIL.Image import Image

_THREADS = 4
_AT_A_TIME = 64


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a file.

    Parameters
    ----------
    sha256
        Of its content; empty where it could not be read at all.
    fault
        Why it is no readable picture; empty where it is one.
    picture
        Hash of what it shows in hexadecimal, see `picture_hash`; empty for a single shade.
    width, height
        In pixels, as stored.
    mode, format
        Pillow's names, for example "CMYK" and "JPEG".
    frames
        Pictures in the file; more than 1 in an animation, of which the first counts.
    """

    sha256: str
    fault: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    frames: int = 1


class Looker:
    """Looks at pictures once: what was seen is kept in a file, so that a build that was cut off goes on.

    Parameters
    ----------
    memory
        File with one JSON object a line, made where there is none; lines that are damaged are passed over.
        A picture whose size or time of change differs is looked at again.
    told
        Called after each picture.
    """

    def __init__(self, memory: Path, told: Callable[[], None] = lambda: None) -> None:
        self._memory = memory
        self._told = told
        self._seen = dict(_remembered(memory))

    def look(self, paths: Sequence[Path]) -> list[Look]:
        """Look at pictures, some at a time.

        Raises
        ------
        MissingExtra
            If Pillow is not installed.
        """
        with _strict(), translated(self._memory), ThreadPoolExecutor(_THREADS) as threads:
            found: list[Look] = []
            for start in range(0, len(paths), _AT_A_TIME):
                some = paths[start : start + _AT_A_TIME]
                looks = threads.map(self._one, some)
                self._remember([self._noted(path, look) for path, look in zip(some, looks, strict=True)])
                found += [self._seen[str(path)][1] for path in some]
        return found

    def _one(self, path: Path) -> tuple[list[int], Look]:
        stamp = _stamp(path)
        known = self._seen.get(str(path))
        return known if known and known[0] == stamp else (stamp, look_at(path))

    def _noted(self, path: Path, seen: tuple[list[int], Look]) -> Path | None:
        self._told()
        is_new = self._seen.get(str(path)) != seen
        self._seen[str(path)] = seen
        return path if is_new else None

    def _remember(self, new: Sequence[Path | None]) -> None:
        lines = [
            json.dumps([str(path), self._seen[str(path)][0], asdict(self._seen[str(path)][1])])
            for path in new
            if path is not None
        ]
        if lines:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            with self._memory.open("a", encoding="utf-8") as file:
                file.write("\n" + "\n".join(lines) + "\n")


def look_at(path: Path) -> Look:
    """Read a file and see whether it is a whole picture; what is wrong with it is in `Look.fault`."""
    from PIL import Image, UnidentifiedImageError

    try:
        content = path.read_bytes()
    except OSError as error:
        return Look("", f"{path} cannot be read: {error.strerror or error}")
    sha256 = hashlib.sha256(content).hexdigest()
    if not content:
        return Look(sha256, f"{path} is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(content)) as image:
            return Look(sha256, **_seen_in(image))
    except UnidentifiedImageError:
        return Look(sha256, f"{path} is no picture")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        return Look(sha256, f"{path} unpacks to too many pixels ({_line(error)})")
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        return Look(sha256, f"{path} is damaged or cut off ({_line(error)})")


def _seen_in(image: Image) -> dict[str, Any]:
    from PIL import ImageOps

    facts = {
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "format": image.format or "",
        "frames": getattr(image, "n_frames", 1),
    }
    image.seek(0)
    # JPEG is unpacked at the smallest size that is enough; all of the file is read nevertheless.
    image.draft("RGB", (128, 128))
    shown = picture_hash(_opaque(ImageOps.exif_transpose(image)))
    return {**facts, "picture": "" if shown is None else f"{shown:064x}"}


def _opaque(image: Image) -> Image:
    from PIL import Image as Pillow

    if image.mode == "I" or image.mode.startswith("I;16"):
        # Pillow cuts 16 bits off at 255 when it converts them.
        levels = np.asarray(image).astype(float) / 256
        return Pillow.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    if not image.has_transparency_data:
        return image
    layers = image.convert("RGBA")
    return Pillow.alpha_composite(Pillow.new("RGBA", layers.size, "white"), layers)


@contextmanager
def _strict() -> Iterator[None]:
    """Make a picture that unpacks to too many pixels a fault; Pillow only warns below twice its limit."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra("pillow", "bench") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _remembered(memory: Path) -> Iterator[tuple[str, tuple[list[int], Look]]]:
    try:
        lines = memory.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            path, stamp, look = json.loads(line)
            yield path, (stamp, Look(**look))
        except (ValueError, TypeError):
            continue


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return [-1, -1]
    return [found.st_size, found.st_mtime_ns]


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


def facts_of(look: Look) -> Mapping[str, Any]:
    """Return what a data set says of a picture, JSON-ready."""
    facts = {"width": look.width, "height": look.height, "mode": look.mode}
    return facts | ({"frames": look.frames} if look.frames > 1 else {})
