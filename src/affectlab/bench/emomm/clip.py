"""A clip as every EmoMM source delivers it, before it becomes samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from affectlab.models import Media

Channel = Literal["T", "A", "V", "M"]
"""Whose label: from text, audio or vision alone, or M, the multimodal reference."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recorded or made utterance with a label per channel.

    Parameters
    ----------
    id
        Unique over all corpora, for example ``sims_video_0001_0003``.
    corpus
        "sims", "mosi", "crema_d" or "synth".
    source
        What the clip was cut from (a video, an actor); clips of one source are dependent, so splits keep them
        together and intervals cluster by it.
    speaker
        Who is seen, empty where unknown.
    language
        "zh" or "en", of the words.
    text, audio, video
        What is said, heard and seen; audio and video may be one file.
    labels
        Channel to label.
    values
        Channel to the number the label was made from, in [-1, 1], where the source has numbers.
    details
        JSON-ready facts of the source's own.
    """

    id: str
    corpus: str
    source: str
    speaker: str
    language: Literal["zh", "en"]
    text: str
    audio: Media
    video: Media
    labels: Mapping[Channel, str]
    values: Mapping[Channel, float] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
