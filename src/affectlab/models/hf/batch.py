"""Requests, decoded, rendered and padded, ready for one forward pass."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from affectlab.models.hf.encoding import Encoded, Encoder, special_ids
from affectlab.models.hf.processing import Processing
from affectlab.models.hf.prompt import Prompt, Shown
from affectlab.models.media import VideoFrames
from affectlab.models.protocol import MediaKind
from affectlab.models.spans import modality_codes

_LOG = logging.getLogger(__name__)
_MILLISECONDS = 1000
_SOUND_OF_ANY_LENGTH = {"qwen2_5_omni_thinker", "qwen3_omni_moe_thinker"}
"""Model types that mask padded sound before they encode it."""


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

    @property
    def filmed(self) -> bool:
        """Whether single pictures stand for a video."""
        return any(item.of_video for item in self.shown)

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
        Shape (rows, tokens): modality of each token, -1 for padding and in rows where it cannot be known.
    """

    requests: tuple[Ready, ...]
    inputs: dict[str, Any]
    codes: NDArray[np.int8]

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row without padding."""
        return [int(count) for count in self.inputs["attention_mask"].sum(dim=1)]


class Collator:
    """Joins requests into batches with the model's processor."""

    def __init__(self, processing: Processing, encoder: Encoder, config: Any) -> None:
        self._processing, self._encoder = processing, encoder
        self._media = processing.media_tokens(config)
        self._any_length = config.model_type in _SOUND_OF_ANY_LENGTH
        splitter = getattr(processing.processor, "image_processor", None)
        self._splits_pictures = hasattr(splitter, "do_image_splitting")
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
        if any(request.filmed for request in requests) and self._splits_pictures:
            # Looking at every frame tile by tile as well would fill the context.
            given["images_kwargs"] = {"do_image_splitting": False}
        if sounds:
            given["audio"] = sounds
            given["audio_kwargs"] = {"sampling_rate": self._processing.sound_rate} | self._sound_length(
                sounds
            )
        if videos:
            given |= _video_arguments(videos)
        inputs = dict(self._processing.processor(text=texts, **given))
        if "video_second_per_grid" in inputs:
            inputs["video_second_per_grid"] = self._seconds_per_grid(videos)
        return inputs

    def _sound_length(self, sounds: Sequence[NDArray[np.float32]]) -> dict[str, int]:
        """Pad sound to the longest of the batch where the model reads any length.

        The processor would pad each clip to its maximum, five minutes, and spend a hundred times as long on
        silence. Four more hops keep the last frame from seeing the border, so features stay the same.
        """
        if not self._any_length:
            return {}
        extractor = self._processing.processor.feature_extractor
        hops = max(len(sound) for sound in sounds) // extractor.hop_length + 4
        return {"max_length": min(hops * extractor.hop_length, extractor.n_samples)}

    def _seconds_per_grid(self, videos: Sequence[VideoFrames]) -> torch.Tensor:
        """Seconds that one temporal patch spans: the processor knows one rate for all videos, ours differ."""
        patch = self._processing.processor.video_processor.temporal_patch_size
        return torch.tensor([patch * video.duration / len(video.times) for video in videos])

    def _codes(self, requests: Sequence[Ready], inputs: dict[str, Any]) -> NDArray[np.int8]:
        ids, mask = inputs["input_ids"].numpy(), inputs["attention_mask"].numpy().astype(bool)
        codes = np.full(ids.shape, -1, dtype=np.int8)
        for row, request in enumerate(requests):
            found = self._row_codes(request.encoded, ids[row, mask[row]].tolist())
            if found is None:
                _LOG.info(
                    "the processor changed words beside a quotation; no attention shares for that request"
                )
            else:
                codes[row, mask[row]] = found
        return codes

    def _row_codes(self, encoded: Encoded, expanded: list[int]) -> NDArray[np.int8] | None:
        if encoded.quoted is None:
            return None
        return modality_codes(encoded.ids, expanded, encoded.quoted, self._media, self._marks)


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
    # Copies, since torch refuses arrays that cannot be written to.
    return {"videos": [video.pictures.copy() for video in videos], "videos_kwargs": settings}
