"""From requests to batches: decoding, rendering and processing, all that needs no forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from jinja2 import TemplateError

from affectlab.errors import UnreadableFile
from affectlab.models.hf.batch import Batch, Collator, Ready, grouped
from affectlab.models.hf.encoding import Encoder, LabelTokens
from affectlab.models.hf.processing import Processing
from affectlab.models.hf.prompt import Piece, Renderer, Shown
from affectlab.models.media import MediaReader
from affectlab.models.options import ModelOptions
from affectlab.models.protocol import Failure, Media, Request

_MIXING = {
    "qwen2_5_omni_thinker",
    "qwen2_5_vl",
    "qwen2_vl",
    "qwen3_omni_moe_thinker",
    "qwen3_vl",
    "qwen3_vl_moe",
}
"""Model types whose processors take requests with different media in one batch; others get them by kind."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a call will compute.

    Parameters
    ----------
    batches
        Requests that can be computed together.
    failures
        Requests that cannot be computed, by their place in the call.
    """

    batches: tuple[Batch, ...]
    failures: dict[int, Failure]


class Preparer:
    """Makes batches of requests, from any number of threads."""

    def __init__(self, processing: Processing, config: Any, options: ModelOptions) -> None:
        self._processing, self._options = processing, options
        self.encoder = Encoder(processing)
        self.renderer = Renderer(processing)
        self._collator = Collator(processing, self.encoder, config)
        self._reader = MediaReader(options.media_cache)
        self._mixes = config.model_type in _MIXING
        self._context: int | None = getattr(config.get_text_config(), "max_position_embeddings", None)
        # Fast tokenizers change their padding in place and refuse to be borrowed twice.
        self._lock = Lock()

    def prepare(self, requests: Sequence[Request], room: int) -> Prepared:
        """Decode, render and join `requests`, leaving `room` tokens of the context for the answer."""
        failures: dict[int, Failure] = {}
        ready: list[Ready] = []
        for index, request in enumerate(requests):
            outcome = self._ready(index, request)
            if isinstance(outcome, Failure):
                failures[index] = outcome
            else:
                ready.append(outcome)
        batches: list[Batch] = []
        for group in grouped(ready, self._group):
            batches += self._collated(group, room, failures)
        return Prepared(tuple(batches), failures)

    def labels(self, ready: Ready, labels: Sequence[str]) -> tuple[LabelTokens, ...]:
        """Tokenize `labels` as they follow a request."""
        with self._lock:
            return self.encoder.labels(ready.prompt, ready.encoded, labels)

    def longest(self, labels: Sequence[str]) -> int:
        """Return the most tokens that one of `labels` has by itself."""
        with self._lock:
            return max((len(self.encoder.alone(label)) for label in labels), default=0)

    def _group(self, ready: Ready) -> Any:
        special = self.encoder.adds_special(ready.prompt.text)
        counts = tuple(sum(item.kind == kind for item in ready.shown) for kind in ("image", "audio", "video"))
        return special if self._mixes else (special, counts, ready.filmed)

    def _ready(self, index: int, request: Request) -> Ready | Failure:
        missing = request.kinds - self._processing.kinds
        if missing:
            return Failure(
                "modality", f"the model takes no {' and no '.join(sorted(missing))}; leave such media out"
            )
        try:
            pieces = [piece for part in request.parts for piece in self._pieces(part)]
        except UnreadableFile as error:
            return Failure("media", str(error))
        try:
            with self._lock:
                prompt = self.renderer.render(pieces, request.system, request.earlier)
                encoded = self.encoder.prompt(prompt)
        except TemplateError as error:
            return Failure("endpoint", f"the model's chat template refuses the turns: {_line(error)}")
        return Ready(index, prompt, encoded, tuple(piece for piece in pieces if isinstance(piece, Shown)))

    def _pieces(self, part: Any) -> Iterator[Piece]:
        if not isinstance(part, Media):
            yield part
        elif part.kind == "audio":
            yield Shown("audio", self._reader.audio(part, self._processing.sound_rate))
        elif part.kind == "image":
            yield Shown("image", self._reader.image(part, self._options.longest_side))
        else:
            video = self._reader.video(part, self._options.frames, self._options.longest_side)
            if self._processing.video_as == "video":
                yield Shown("video", video)
            else:
                yield from (Shown("image", picture, of_video=True) for picture in video.pictures)

    def _collated(self, group: Sequence[Ready], room: int, failures: dict[int, Failure]) -> list[Batch]:
        """Join a group; what the processor refuses or the context cannot hold is taken out of it."""
        if not group:
            return []
        try:
            with self._lock:
                batch = self._collator.collate(group)
        except ValueError as error:
            if len(group) > 1:
                return [batch for one in group for batch in self._collated([one], room, failures)]
            failures[group[0].index] = Failure(
                "media", f"the model's processor refuses the request: {_line(error)}"
            )
            return []
        too_long = {
            ready.index: length
            for ready, length in zip(batch.requests, batch.lengths, strict=True)
            if self._context is not None and length + room > self._context
        }
        if not too_long:
            return [batch]
        failures.update({index: self._too_long(length, room) for index, length in too_long.items()})
        return self._collated([ready for ready in group if ready.index not in too_long], room, failures)

    def _too_long(self, length: int, room: int) -> Failure:
        return Failure(
            "length",
            f"the prompt has {length} tokens and its answer up to {room}, the model's context "
            f"{self._context}; give fewer frames or smaller pictures",
        )


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
