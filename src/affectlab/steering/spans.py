"""Which modality each token of a prompt has, for models that are given tensors and no requests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import index
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from affectlab.errors import SteeringError
from affectlab.models import MODALITIES, Modality
from affectlab.models.hf.encoding import special_ids
from affectlab.models.hf.processing import Processing
from affectlab.models.spans import REST
from affectlab.steering.model import Codes

Span: TypeAlias = tuple[Modality, int, int]
"""Modality, first and past-the-end token; tokens are counted from the start of the prompt without padding."""

Spans: TypeAlias = Sequence[Span] | Sequence[Sequence[Span]]
"""Spans of every row, or a list of spans for each row."""

PADDING = -1
_NAMES_TOKENS = ("_token_id", "_token_index", "_token_ids")


class TokenReader:
    """Tells modalities by token ids: media placeholders are A and V, words are T, marks are the rest.

    Parameters
    ----------
    config, generation
        The model's configuration and generation configuration, which name media tokens and marks.
    processor
        Processor or tokenizer: its special tokens are marks as well, and it may know media tokens that the
        configuration does not. Without one the marks of a chat template that the configuration does not
        name count as words, as do the template's own words in any case.

    Raises
    ------
    SteeringError
        If no media token is known.
    """

    def __init__(self, config: Any, generation: Any, processor: Any) -> None:
        self._media = Processing(None, processor, None).media_tokens(config)
        if not self._media:
            raise SteeringError(
                f"{config.model_type} names no tokens that stand for pictures or sound; say where they lie: "
                'spans=[("V", 4, 260), ("T", 262, 280)]'
            )
        tokenizer = getattr(processor, "tokenizer", processor)
        special = frozenset() if tokenizer is None else special_ids(tokenizer)
        self._marks = special | _named_tokens(config, config.get_text_config(), generation)

    def codes(self, ids: NDArray[np.int64] | None, mask: NDArray[np.bool_]) -> Codes:
        """Return the modality of each token.

        Parameters
        ----------
        ids
            Shape (rows, tokens); None where the model is given embeddings.
        mask
            Shape (rows, tokens): False for padding.

        Raises
        ------
        SteeringError
            If there are no ids.
        """
        if ids is None:
            raise SteeringError(
                "inputs_embeds do not show which tokens are pictures, sound or words; say it: "
                'spans=[("V", 4, 260), ("T", 262, 280)]'
            )
        codes = np.where(np.isin(ids, list(self._marks)), REST, MODALITIES.index("T")).astype(np.int8)
        for token, modality in self._media.items():
            codes[ids == token] = MODALITIES.index(modality)
        codes[~mask] = PADDING
        return codes


class GivenSpans:
    """Takes modalities from spans; all other tokens are the rest.

    Raises
    ------
    SteeringError
        If a span is none, names no modality, or overlaps another.
    """

    def __init__(self, spans: Spans) -> None:
        by_row = bool(spans) and all(_is_list(one) and (not one or _is_list(one[0])) for one in spans)
        self._rows = [_checked(row) for row in (spans if by_row else [spans])]

    def codes(self, ids: NDArray[np.int64] | None, mask: NDArray[np.bool_]) -> Codes:
        """Return the modality of each token; see `TokenReader.codes`.

        Where ``generate`` repeats each prompt, for beams or several answers, its spans are repeated too.

        Raises
        ------
        SteeringError
            If a span ends behind the prompt, or the lists of spans are not for these rows.
        """
        codes = np.where(mask, REST, PADDING).astype(np.int8)
        for row, spans in enumerate(self._for_rows(ids, len(mask))):
            places = np.flatnonzero(mask[row])
            for modality, start, end in spans:
                if end > len(places):
                    raise SteeringError(
                        f"span {(modality, start, end)!r} ends behind prompt {row}, which has {len(places)} "
                        "tokens without padding"
                    )
                codes[row, places[start:end]] = MODALITIES.index(modality)
        return codes

    def _for_rows(self, ids: NDArray[np.int64] | None, rows: int) -> list[tuple[Span, ...]]:
        copies = rows // len(self._rows)
        if len(self._rows) > 1 and not self._repeats(ids, rows, copies):
            raise SteeringError(
                f"spans of {len(self._rows)} prompts were given for {rows}; give a list for each prompt, or "
                "one for all"
            )
        return [spans for spans in self._rows for _ in range(copies)]

    def _repeats(self, ids: NDArray[np.int64] | None, rows: int, copies: int) -> bool:
        """Whether `rows` are the prompts that spans were given for, each as often as any other."""
        if copies * len(self._rows) != rows:
            return False
        return ids is None or bool((ids == np.repeat(ids[:: max(1, copies)], copies, axis=0)).all())


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str)


def _checked(spans: Any) -> tuple[Span, ...]:
    found: list[Span] = sorted((_span(one) for one in spans), key=lambda one: one[1])
    for left, right in pairwise(found):
        if left[2] > right[1]:
            raise SteeringError(f"spans {left!r} and {right!r} overlap; a token has one modality")
    return tuple(found)


def _span(given: Any) -> Span:
    try:
        modality, start, end = given
        start, end = index(start), index(end)
    except (TypeError, ValueError):
        raise SteeringError(
            f"span {given!r} is not understood; expected (modality, first token, token after the last), such "
            'as ("V", 4, 260)'
        ) from None
    if modality not in get_args(Modality):
        raise SteeringError(f"span {given!r}: no modality {modality!r}; expected one of T, A, V")
    if not 0 <= start < end:
        raise SteeringError(f"span {given!r} is empty or begins before the prompt; expected 0 <= first < end")
    return modality, start, end


def _named_tokens(*configs: Any) -> frozenset[int]:
    """Return the ids of marks that configurations name: at the ends, around media, for padding."""
    values = [
        value
        for config in configs
        for name, value in (vars(config).items() if config is not None else ())
        if name.endswith(_NAMES_TOKENS)
    ]
    ids = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return frozenset(one for one in ids if isinstance(one, int))
