"""Rows as tokens: prompts exactly as a served model reads them, replies exactly as it would write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.counsel.rows import Language
from affectlab.errors import CounselError
from affectlab.models import ModelOptions, Request, Turn
from affectlab.models.hf.batch import Ready
from affectlab.models.hf.preparing import Preparer
from affectlab.models.hf.processing import Processing
from affectlab.prompting.empathy import Reply, conversation

IGNORED = -100
"""Label of a token that bears no loss."""

_MARK = "\u2060mark\u2060"


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt and the reply to it, as token ids.

    Parameters
    ----------
    id, group
        Of the row.
    prompt, reply
        The reply ends with the token that ends a turn.
    """

    id: str
    group: str
    prompt: tuple[int, ...]
    reply: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.reply)

    def columns(self) -> dict[str, list[int]]:
        """Return the example as the trainer takes it: only the reply's tokens bear loss."""
        return {
            "input_ids": [*self.prompt, *self.reply],
            "labels": [IGNORED] * len(self.prompt) + list(self.reply),
        }


def request_of(turns: Sequence[Turn], language: Language, *, chain: bool) -> Request:
    """Return what a served model is asked for the next reply of a conversation."""
    return conversation(turns, language, chain).request()


class Tokens:
    """Turns conversations and replies into tokens with the very code that serves the model."""

    def __init__(self, processing: Processing, config: Any) -> None:
        self._preparer = Preparer(processing, config, ModelOptions())
        self._tokenizer = processing.tokenizer
        self.end = _turn_end(processing)

    def prompt(self, request: Request) -> tuple[int, ...]:
        """Return the tokens of a request."""
        return self._ready(request).encoded.ids

    def plain(self, request: Request) -> str:
        """Return a request as text that the tokenizer, left to its habits, turns into `prompt`.

        Raises
        ------
        CounselError
            If it does not.
        """
        ready = self._ready(request)
        start = self._tokenizer.bos_token or ""
        for text in (ready.prompt.text, ready.prompt.text.removeprefix(start)):
            if tuple(self._tokenizer(text)["input_ids"]) == ready.encoded.ids:
                return text
        raise CounselError(
            "this model's tokenizer reads a prompt of its own chat template differently; use another"
        )

    def reply(self, reply: Reply) -> tuple[int, ...]:
        """Return the tokens of a reply and the end of the turn."""
        return (*self.words(reply.text()), self.end)

    def words(self, text: str) -> tuple[int, ...]:
        """Return the tokens of `text` alone; what looks like a special token is spelt out."""
        found = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return tuple(found["input_ids"])

    def _ready(self, request: Request) -> Ready:
        prepared = self._preparer.prepare([request], 0)
        for failure in prepared.failures.values():
            raise CounselError(f"a conversation cannot be put to the model: {failure.message}")
        return prepared.batches[0].requests[0]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Examples that fit, and the ids of the rows that do not."""

    kept: list[Example]
    too_long: list[str]


def fitting(examples: Iterable[Example], most: int) -> Fitted:
    """Leave out examples of more than `most` tokens.

    Raises
    ------
    CounselError
        If none fits.
    """
    kept: list[Example] = []
    too_long: list[str] = []
    shortest = 0
    for example in examples:
        if len(example) <= most:
            kept.append(example)
        else:
            too_long.append(example.id)
            shortest = min(shortest or len(example), len(example))
    if not kept:
        raise CounselError(
            f"no row fits into max_length {most}; the shortest has {shortest} tokens: raise max_length"
        )
    return Fitted(kept, too_long)


def _turn_end(processing: Processing) -> int:
    """Return the token that a turn of the model ends with, as the chat template writes it."""
    tokenizer = processing.tokenizer
    if processing.template is None:
        return int(tokenizer.eos_token_id)
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": _MARK}]
    written = str(tokenizer.apply_chat_template(turns, tokenize=False))
    after = tokenizer(written.rpartition(_MARK)[2], add_special_tokens=False)["input_ids"]
    special = set(tokenizer.all_special_ids)
    return int(next((token for token in after if token in special), tokenizer.eos_token_id))
