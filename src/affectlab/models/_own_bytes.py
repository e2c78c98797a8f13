"""Picture files that servers read as they are, so that nothing needs to be encoded a second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from affectlab.errors import MissingExtra, UnreadableFile

_TYPES: Mapping[str, str] = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_MODES = {"RGB", "L", "P"}
_ORIENTATION, _UPRIGHT = 0x0112, 1


@dataclass(frozen=True, slots=True)
class OwnBytes:
    """Content of a picture file.

    Parameters
    ----------
    content
        Every byte of the file.
    type
        Its media type, for example "image/png".
    """

    content: bytes
    type: str


def own_bytes(path: Path, longest_side: int | None = None) -> OwnBytes | None:
    """Return a picture file as it is, where every server shows it as `read_image` does; None elsewhere.

    That is so for still, upright and opaque JPEG, PNG and WebP of at most 8 bits a channel in grey or RGB (so
    not CMYK) that need no shrinking. The file must be one that `read_image` can decode.

    Parameters
    ----------
    path
        The file.
    longest_side
        Pixels that the longer side may have; None for any.

    Raises
    ------
    UnreadableFile
        If it went away.
    MissingExtra
        If Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra("pillow", "bench") from error
    try:
        with Image.open(path) as image:
            kind = _TYPES.get(image.format or "")
            plain = image.mode in _MODES and not image.has_transparency_data
            still = getattr(image, "n_frames", 1) == 1
            upright = image.getexif().get(_ORIENTATION, _UPRIGHT) == _UPRIGHT
            fits = longest_side is None or max(image.size) <= longest_side
        return OwnBytes(path.read_bytes(), kind) if kind and plain and still and upright and fits else None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error}); copy or download it again") from error
