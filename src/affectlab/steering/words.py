"""Where words that are to be judged stand among the tokens of a prompt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from affectlab.errors import SteeringError
from affectlab.steering.spans import Span

_PIECE = "\N{REPLACEMENT CHARACTER}"


def word_spans(tokenizer: Any, ids: Sequence[int], words: str) -> list[Span]:
    """Return the tokens of `words` as spans of text, for `chase` and `steered` on one's own model.

    Plans are fitted with T meaning the words to be judged, such as a transcript, not the instructions around
    them.

    Parameters
    ----------
    tokenizer
        Of the model.
    ids
        The prompt's tokens, media placeholders among them, without padding.
    words
        As they stand in the prompt; the first place where they do counts.

    Raises
    ------
    SteeringError
        If they stand nowhere between two special tokens.
    """
    special = frozenset(tokenizer.all_special_ids) | frozenset(
        token for token, added in tokenizer.added_tokens_decoder.items() if added.special
    )
    for start, run in _runs(list(ids), special):
        text = _decoded(tokenizer, run)
        first = text.find(words)
        if words and first >= 0:
            # How many characters are there whole before each token, and when the run is over.
            whole = [len(_decoded(tokenizer, run[:end])) for end in range(len(run) + 1)]
            begins = bisect_left(whole, first + 1) - 1
            while begins > 0 and whole[begins - 1] == first:
                begins -= 1
            return [("T", start + begins, start + bisect_left(whole, first + len(words)))]
    raise SteeringError(
        f"the words {words[:40]!r} do not stand in the prompt; give them as the prompt has them, after its "
        "template"
    )


def _runs(ids: list[int], special: frozenset[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the stretches between special tokens, with where they begin."""
    start = 0
    for place, token in enumerate([*ids, None]):
        if token is None or token in special:
            if place > start:
                yield start, ids[start:place]
            start = place + 1


def _decoded(tokenizer: Any, ids: list[int]) -> str:
    """Return the text of tokens without a last character that is there in part."""
    text: str = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    return text.rstrip(_PIECE)
