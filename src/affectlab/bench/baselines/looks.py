"""What a baseline looks at: one modality of items and of requests, in the same numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.bench.baselines.material import Item
from affectlab.bench.baselines.picture_features import LONGEST_SIDE, picture_features
from affectlab.bench.baselines.sound_features import RATE, sound_features
from affectlab.errors import UnreadableFile
from affectlab.models import Media, Quote, Request
from affectlab.models.media import MediaReader

Content = str | Media

_DECODING_THREADS = 4


class Look(Protocol):
    """One modality: where it is in an item and in a request, and what a classifier is given of it."""

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the features, JSON-ready."""
        ...

    def of_item(self, item: Item) -> Content | None: ...

    def of_request(self, request: Request) -> Content | None: ...

    def prepare(self, contents: Iterable[Content]) -> None:
        """Make the features of many contents at once."""
        ...

    def features(self, content: Content) -> Any:
        """Return what the classifier of `classifier` takes.

        Raises
        ------
        UnreadableFile
            If it cannot be decoded.
        """
        ...

    def classifier(self) -> Any:
        """Return a new scikit-learn classifier."""
        ...


class WordsLook:
    """Transcripts, as characters and runs of characters, which serve Chinese and English alike."""

    settings: dict[str, Any] = {"text": "tf-idf of 1 to 4 characters"}  # noqa: RUF012 - never changed

    def of_item(self, item: Item) -> str | None:
        return item.text

    def of_request(self, request: Request) -> str | None:
        quotes = [part.text for part in request.parts if isinstance(part, Quote)]
        return "\n".join(quotes) if quotes else None

    def prepare(self, contents: Iterable[Content]) -> None:
        """Words need no preparation."""

    def features(self, content: Content) -> str:
        return str(content)

    def classifier(self) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        characters = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 4), sublinear_tf=True, max_features=50000
        )
        return make_pipeline(characters, LogisticRegression(C=10.0, max_iter=1000))


@dataclass(frozen=True, slots=True)
class _Made:
    """Features, or why there are none."""

    features: NDArray[np.float64] | None
    fault: str = ""


class _MediaLook(ABC):
    """A kind of media, decoded and described once for each file."""

    def __init__(self, reader: MediaReader) -> None:
        self._reader = reader
        self._made: dict[Hashable, _Made] = {}

    def prepare(self, contents: Iterable[Content]) -> None:
        files = {
            one.sha256: one for one in contents if isinstance(one, Media) and one.sha256 not in self._made
        }
        if not files:
            return
        with ThreadPoolExecutor(_DECODING_THREADS) as threads:
            self._made.update(zip(files, threads.map(self._make, files.values()), strict=True))

    def features(self, content: Content) -> NDArray[np.float64]:
        self.prepare([content])
        made = self._made[content.sha256 if isinstance(content, Media) else content]
        if made.features is None:
            raise UnreadableFile(made.fault)
        return made.features

    def classifier(self) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=2000))

    def _make(self, media: Media) -> _Made:
        try:
            return _Made(self._describe(media))
        except UnreadableFile as error:
            return _Made(None, str(error))

    @abstractmethod
    def _describe(self, media: Media) -> NDArray[np.float64]:
        """Return the features of one file."""


class SoundLook(_MediaLook):
    """Sound tracks."""

    settings: dict[str, Any] = {"audio": "log-mel and prosody"}  # noqa: RUF012 - never changed

    def of_item(self, item: Item) -> Media | None:
        return item.audio

    def of_request(self, request: Request) -> Media | None:
        return _first(request, "audio")

    def _describe(self, media: Media) -> NDArray[np.float64]:
        return sound_features(self._reader.audio(media, RATE))


class PicturesLook(_MediaLook):
    """Pictures of videos.

    Parameters
    ----------
    reader
        Decodes.
    frames
        Pictures of a video.
    """

    def __init__(self, reader: MediaReader, frames: int) -> None:
        super().__init__(reader)
        self._frames = frames

    @property
    def settings(self) -> dict[str, Any]:
        return {"video": "edges, lightness and change", "frames": self._frames}

    def of_item(self, item: Item) -> Media | None:
        return item.video

    def of_request(self, request: Request) -> Media | None:
        return _first(request, "video")

    def _describe(self, media: Media) -> NDArray[np.float64]:
        return picture_features(self._reader.video(media, self._frames, LONGEST_SIDE).pictures)


def _first(request: Request, kind: str) -> Media | None:
    return next((part for part in request.parts if isinstance(part, Media) and part.kind == kind), None)
