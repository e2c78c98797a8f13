"""Prompts and labels as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from affectlab.models.hf.processing import Processing
from affectlab.models.hf.prompt import Prompt
from affectlab.models.spans import quoted_tokens

LabelTokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as tokens, media placeholders not yet replaced.

    Parameters
    ----------
    ids
        Token ids.
    quoted
        Positions in `ids` of tokens that hold quoted characters; None where the tokenizer cannot say.
    """

    ids: tuple[int, ...]
    quoted: tuple[int, ...] | None


class Encoder:
    """Turns rendered prompts, and labels that follow them, into tokens."""

    def __init__(self, processing: Processing) -> None:
        self._tokenizer = processing.tokenizer
        self._own_start = processing.template is not None and processing.processor is None
        self.gives_offsets = bool(self._tokenizer.is_fast)

    def adds_special(self, text: str) -> bool:
        """Whether the tokenizer is to add its first token: not where the template has written it."""
        start = self._tokenizer.bos_token
        return not (self._own_start or (start is not None and text.startswith(start)))

    def prompt(self, prompt: Prompt) -> Encoded:
        """Tokenize a rendered prompt."""
        found = self._tokenizer(
            prompt.text,
            add_special_tokens=self.adds_special(prompt.text),
            return_offsets_mapping=self.gives_offsets,
        )
        quoted = quoted_tokens(found["offset_mapping"], prompt.quotes) if self.gives_offsets else None
        return Encoded(tuple(found["input_ids"]), None if quoted is None else tuple(quoted))

    def labels(self, prompt: Prompt, encoded: Encoded, labels: Sequence[str]) -> tuple[LabelTokens, ...]:
        """Tokenize each label as it follows the prompt.

        Prompt and label are tokenized together and the prompt's own tokens taken off. Where they would join
        across the border, which no answer typed token by token can do, the label is tokenized by itself.
        """
        return tuple(self._label(prompt.text, encoded.ids, label) for label in labels)

    def alone(self, label: str) -> LabelTokens:
        """Tokenize a label without anything before it."""
        return tuple(self._tokenizer(label, add_special_tokens=False)["input_ids"])

    def _label(self, text: str, ids: tuple[int, ...], label: str) -> LabelTokens:
        special = self.adds_special(text)
        both = tuple(self._tokenizer(text + label, add_special_tokens=special)["input_ids"])
        if both[: len(ids)] == ids and len(both) > len(ids):
            return both[len(ids) :]
        return self.alone(label)


def special_ids(tokenizer: Any) -> frozenset[int]:
    """Return the ids of all special tokens."""
    return frozenset(token for token, added in tokenizer.added_tokens_decoder.items() if added.special)
