"""Prompting: nothing but words that ask for the modality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from pydantic import Field

from affectlab.models import Media, Modality, Quote, Request
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rivals.rival import Rival, RivalSettings, Site, described

SENTENCES: Mapping[Modality, str] = {
    "T": "Read the words of the transcript closely; they may disagree with the voice and the face.",
    "A": "Listen closely to the voice; it may disagree with the words and the face.",
    "V": "Look closely at the face in the video; it may disagree with the words and the voice.",
}


class PromptSettings(RivalSettings):
    """Settings of prompting.

    Parameters
    ----------
    sentence
        What is added; None for the sentence of the modality in `SENTENCES`.
    place
        Where: as (or after) the system instruction, before everything else that is shown, or before the
        question, that is, the last words of the request.
    """

    sentence: str | None = Field(default=None, min_length=1)
    place: Literal["system", "begin", "question"] = "question"


def prompt(settings: PromptSettings, site: Site) -> Steering:  # noqa: ARG001 - words suit any model
    """Make prompting."""

    def ask(request: Request) -> Request:
        return asked(request, settings)

    added = settings.sentence or SENTENCES[settings.modality]
    return Steering("prompt", described(settings, sentence=added), _nothing, ask=ask)


def asked(request: Request, settings: PromptSettings) -> Request:
    """Return `request` with the sentence added, where it shows the modality that the sentence is about."""
    if settings.modality not in modalities_of(request):
        return request
    sentence = settings.sentence or SENTENCES[settings.modality]
    if settings.place == "system":
        return replace(request, system=f"{request.system} {sentence}".strip())
    if settings.place == "begin":
        return replace(request, parts=(f"{sentence}\n", *request.parts))
    *before, last = request.parts
    if not isinstance(last, str):
        return replace(request, parts=(*request.parts, f"\n{sentence}"))
    return replace(request, parts=(*before, f"{sentence} {last}"))


def modalities_of(request: Request) -> set[Modality]:
    """Return the modalities that `request` shows."""
    of_kind: dict[str, Modality] = {"audio": "A", "video": "V", "image": "V"}
    media: set[Modality] = {of_kind[part.kind] for part in request.parts if isinstance(part, Media)}
    return media | ({"T"} if any(isinstance(part, Quote) for part in request.parts) else set())


def _nothing(_codes: Codes, _strengths: Strengths) -> None:
    return None


_SHORT = "Judge by the face."

PROMPT = Rival(
    "prompt",
    PromptSettings,
    (
        *(PromptSettings(place=place) for place in ("question", "begin", "system")),
        *(PromptSettings(place=place, sentence=_SHORT) for place in ("question", "begin", "system")),
    ),
    prompt,
)
