"""Requests, decoded, rendered and padded, ready for one forward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectlab.models.hf.encoding import Encoded, Encoder, special_ids
from affectlab.models.hf.processing import Processing
from affectlab.models.hf.prompt import Prompt, Shown
from affectlab.models.media import VideoFrames
from affectlab.models.protocol import MediaKind
from affectlab.models.spans import modality_codes

_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """One request, decoded and rendered.

    Parameters
    ----------
    index
        Its place among the requests of the call.
    """

    index: int
    prompt: Prompt
    encoded: Encoded
    shown: tuple[Shown, ...]

    def of(self, kind: MediaKind) -> list[Any]:
        """Return what is shown of one kind, in order."""
        return [item.content for item in self.shown if item.kind == kind]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Requests that are computed together.

    Parameters
    ----------
    requests
        One for each row.
    inputs
        Tensors for the model by name, padded on the left.
    codes
        Shape (rows, tokens): modality of each token, -1 for padding; None where it cannot be known.
    """

    requests: tuple[Ready, ...]
    inputs: dict[str, Any]
    codes: NDArray[np.int8] | None

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row without padding."""
        return [int(count) for count in self.inputs["attention_mask"].sum(dim=1)]


class Collator:
    """Joins requests into batches with the model's processor."""

    def __init__(self, processing: Processing, encoder: Encoder, config: Any) -> None:
        self._processing, self._encoder = processing, encoder
        self._media = processing.media_tokens(config)
        self._marks = special_ids(processing.tokenizer) | frozenset(self._media)

    def collate(self, requests: Sequence[Ready]) -> Batch:
        """Join `requests`, which must show the same kinds of media unless the model mixes them.

        Raises
        ------
        ValueError
            If the processor refuses one of them.
        """
        special = self._encoder.adds_special(requests[0].prompt.text)
        settings = {"padding": True, "return_tensors": "pt", "add_special_tokens": special}
        texts = [request.prompt.text for request in requests]
        if self._processing.processor is None:
            inputs = dict(self._processing.tokenizer(texts, **settings))
        else:
            inputs = self._multimodal(texts, requests, settings)
        return Batch(tuple(requests), inputs, self._codes(requests, inputs))

    def _multimodal(
        self, texts: list[str], requests: Sequence[Ready], settings: dict[str, Any]
    ) -> dict[str, Any]:
        given = dict(settings)
        pictures = [[Image.fromarray(array) for array in request.of("image")] for request in requests]
        sounds = [sound for request in requests for sound in request.of("audio")]
        videos = [video for request in requests for video in request.of("video")]
        if any(pictures):
            given["images"] = pictures if all(pictures) else [one for row in pictures for one in row]
        if sounds:
            given["audio"] = sounds
            given["audio_kwargs"] = {"sampling_rate": self._processing.sound_rate}
        if videos:
            given |= _video_arguments(videos)
        inputs = dict(self._processing.processor(text=texts, **given))
        if "video_second_per_grid" in inputs:
            inputs["video_second_per_grid"] = self._seconds_per_grid(videos)
        return inputs

    def _seconds_per_grid(self, videos: Sequence[VideoFrames]) -> list[float]:
        """Seconds that one temporal patch spans: the processor knows one rate for all videos, ours differ."""
        patch = self._processing.processor.video_processor.temporal_patch_size
        return [patch * video.duration / len(video.times) for video in videos]

    def _codes(self, requests: Sequence[Ready], inputs: dict[str, Any]) -> NDArray[np.int8] | None:
        ids, mask = inputs["input_ids"].numpy(), inputs["attention_mask"].numpy().astype(bool)
        codes = np.full(ids.shape, -1, dtype=np.int8)
        for row, request in enumerate(requests):
            if request.encoded.quoted is None:
                return None
            expanded = ids[row, mask[row]].tolist()
            found = modality_codes(
                request.encoded.ids, expanded, request.encoded.quoted, self._media, self._marks
            )
            if found is None:
                return None
            codes[row, mask[row]] = found
        return codes


def grouped(requests: Sequence[Ready], key: Callable[[Ready], Any]) -> list[list[Ready]]:
    """Return the requests in groups of equal `key`, in order of first appearance."""
    groups: dict[Any, list[Ready]] = {}
    for request in requests:
        groups.setdefault(key(request), []).append(request)
    return list(groups.values())


def _video_arguments(videos: Sequence[VideoFrames]) -> dict[str, Any]:
    """Hand over pictures that are already chosen, with their times on a clock of milliseconds."""
    metadata = [
        {
            "fps": float(_MILLISECONDS),
            "total_num_frames": max(1, round(video.duration * _MILLISECONDS)),
            "duration": video.duration,
            "frames_indices": [round(time * _MILLISECONDS) for time in video.times.tolist()],
        }
        for video in videos
    ]
    settings = {"do_sample_frames": False, "video_metadata": metadata}
    return {"videos": [video.pictures for video in videos], "videos_kwargs": settings}
