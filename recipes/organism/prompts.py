"""The benchmark's own question, as token ids and rotary positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from architecture import FRAMES, MERGE, PATCH, SIDE
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from affectlab.affect import taxonomy
from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.bench.sample import Sample
from affectlab.models import Media, MediaKind, Quote

WORDS = {
    "N": "negative",
    "WN": "weakly negative",
    "Neu": "neutral",
    "WP": "weakly positive",
    "P": "positive",
}
LABELS = tuple(taxonomy("sims5").labels)
AUDIO_TOKENS = 50
GRID = SIDE // PATCH // MERGE
_PICTURE = "<|vision_bos|>" + "<|IMAGE|>" * GRID**2 + "<|vision_eos|>"
_MEDIA: dict[MediaKind, str] = {
    "audio": "<|audio_bos|>" + "<|AUDIO|>" * AUDIO_TOKENS + "<|audio_eos|>",
    "video": _PICTURE * FRAMES,
}
_TASK = EmoMMTask(DatasetInfo("emomm", WORDS))


@dataclass(frozen=True, slots=True)
class Tokens:
    """A batch of prompts with their answers, padded on the left.

    Parameters
    ----------
    ids, mask, targets
        Shape (n, length); `targets` is -100 but on the answer.
    positions
        Shape (3, n, length): time, row and column as the architecture counts them.
    """

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    targets: NDArray[np.int64]
    positions: NDArray[np.int64]


def prompt(modalities: str, text: str, *, generate: bool) -> str:
    """Return the whole prompt of one sample, media spelt out as placeholders."""
    media = tuple(
        Media(kind, Path(), "") for kind, one in (("audio", "A"), ("video", "V")) if one in modalities
    )
    sample = Sample("", "", "train", {}, {}, text if "T" in modalities else None, media)
    request = _TASK.request(sample, generate=generate)
    content = "".join(_spelt(part) for part in request.parts)
    return f"<|im_start|>user\n{content}<|im_end|>\n<|im_start|>assistant\n"


def tokens(tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str], answers: Sequence[str]) -> Tokens:
    """Tokenise prompts, each followed by its answer and the end of the turn (nothing for an empty answer)."""
    heads = tokenizer(list(prompts))["input_ids"]
    endings = [f"{answer}<|im_end|>" if answer else "" for answer in answers]
    tails = [tokenizer(ending)["input_ids"] if ending else [] for ending in endings]
    shape = (len(heads), max(len(head) + len(tail) for head, tail in zip(heads, tails, strict=True)))
    ids = np.full(shape, tokenizer.pad_token_id)
    mask, targets = np.zeros(shape, np.int64), np.full(shape, -100)
    positions = np.ones((3, *shape), np.int64)
    picture = tokenizer.convert_tokens_to_ids("<|IMAGE|>")
    for row, (head, tail) in enumerate(zip(heads, tails, strict=True)):
        start = shape[1] - len(head) - len(tail)
        ids[row, start:] = head + tail
        mask[row, start:] = 1
        targets[row, shape[1] - len(tail) :] = tail
        positions[:, row, start:] = rotary_positions(ids[row, start:] == picture)
    return Tokens(ids, mask, targets, positions)


def rotary_positions(pictures: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count positions: one by one, but the tokens of a picture share their time and lie on a grid.

    Parameters
    ----------
    pictures
        Shape (length,), True on tokens of pictures, GRID² in a row for each.

    Returns
    -------
    positions
        Shape (3, length).
    """
    order = np.cumsum(pictures) - 1
    place = np.where(pictures, order % GRID**2, 0)
    # After a picture counting goes on one past its largest coordinate, GRID - 1.
    first = pictures & (place == 0)
    steps = np.where(pictures, np.where(first, 1, 0), 1)
    after = np.zeros(len(pictures), np.int64)
    after[1:] = np.where(pictures[:-1] & ~pictures[1:], GRID - 1, 0)
    time = np.cumsum(steps + after) - 1
    return np.stack([time, time + place // GRID, time + place % GRID])


def _spelt(part: str | Quote | Media) -> str:
    if isinstance(part, Quote):
        return part.text
    return part if isinstance(part, str) else _MEDIA[part.kind]
