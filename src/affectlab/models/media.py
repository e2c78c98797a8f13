"""Media by path: hashed, decoded to arrays, and kept decoded within a budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from affectlab.manifest import sha256
from affectlab.models._container import require_content
from affectlab.models._decoding import Picture, Sound, VideoFrames, read_audio, read_image, read_video
from affectlab.models.protocol import Media, MediaKind

__all__ = ["MediaReader", "VideoFrames", "media_of", "read_audio", "read_image", "read_video"]

_Key = tuple[Any, ...]
_Decoded = TypeVar("_Decoded", Picture, Sound, VideoFrames)


def media_of(path: Path, kind: MediaKind) -> Media:
    """Describe a file by kind, path and content hash.

    Raises
    ------
    UnreadableFile
        If it is missing or empty; whether it can be decoded shows when it is.
    """
    require_content(path)
    return Media(kind, path, sha256(path))


class MediaReader:
    """Decodes media and keeps what was used last, from any number of threads.

    What several threads ask for at once is decoded once. The arrays are shared and therefore read-only. A
    file's content is not hashed again: its `Media.sha256` is taken at its word.

    Parameters
    ----------
    budget_bytes
        Decoded bytes to keep; an item larger than that is returned but not kept.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._held = 0
        self._kept: OrderedDict[_Key, tuple[Any, int]] = OrderedDict()
        self._under_way: dict[_Key, Future[Any]] = {}
        self._lock = Lock()

    @property
    def held_bytes(self) -> int:
        """Decoded bytes in memory now, never more than the budget."""
        return self._held

    def image(self, media: Media, longest_side: int | None = None) -> Picture:
        """Return what `read_image` does."""
        key = (media.sha256, "image", longest_side)
        return self._get(key, lambda: read_image(media, longest_side))

    def audio(self, media: Media, rate: int = 16000) -> Sound:
        """Return what `read_audio` does."""
        return self._get((media.sha256, "audio", rate), lambda: read_audio(media, rate))

    def video(self, media: Media, frames: int = 8, longest_side: int | None = None) -> VideoFrames:
        """Return what `read_video` does."""
        key = (media.sha256, "video", frames, longest_side)
        return self._get(key, lambda: read_video(media, frames, longest_side))

    def _get(self, key: _Key, decode: Callable[[], _Decoded]) -> _Decoded:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("_Decoded", self._kept[key][0])
            shared = self._under_way.get(key)
            if shared is None:
                mine = self._under_way[key] = Future()
        if shared is not None:
            return cast("_Decoded", shared.result())
        return self._decode(key, decode, mine)

    def _decode(self, key: _Key, decode: Callable[[], _Decoded], future: Future[Any]) -> _Decoded:
        try:
            item = decode()
        except BaseException as error:
            with self._lock:
                del self._under_way[key]
            future.set_exception(error)
            raise
        size = _freeze(item)
        with self._lock:
            self._keep(key, item, size)
            del self._under_way[key]
        future.set_result(item)
        return item

    def _keep(self, key: _Key, item: Any, size: int) -> None:
        if size > self._budget:
            return
        self._kept[key] = item, size
        self._held += size
        while self._held > self._budget:
            _, (_, freed) = self._kept.popitem(last=False)
            self._held -= freed


def _freeze(item: Picture | Sound | VideoFrames) -> int:
    """Make the arrays of `item` read-only and return their size in bytes."""
    arrays = (item.pictures, item.times) if isinstance(item, VideoFrames) else (item,)
    for array in arrays:
        array.setflags(write=False)
    return sum(array.nbytes for array in arrays)
