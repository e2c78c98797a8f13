"""A request as the text the model reads, with the places of quoted words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jinja2 import TemplateError
from numpy.typing import NDArray

from affectlab.models.hf.processing import Processing
from affectlab.models.media import VideoFrames
from affectlab.models.protocol import MediaKind, Quote, Turn

_QUOTE = "\ue000{}\ue001"
_QUOTES = re.compile("\ue000(\\d+)\ue001")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One decoded medium in its place among the words.

    Parameters
    ----------
    kind
        How it is shown: a video that is shown as single pictures is several images.
    content
        Picture (height, width, 3), sound (samples,) or video.
    of_video
        Whether it is a picture taken from a video.
    """

    kind: MediaKind
    content: NDArray[np.uint8] | NDArray[np.float32] | VideoFrames
    of_video: bool = False


Piece = str | Quote | Shown


@dataclass(frozen=True, slots=True)
class Prompt:
    """A request as text.

    Parameters
    ----------
    text
        What the tokenizer is given, one placeholder for each medium.
    quotes
        First and past-the-end character of each quotation.
    """

    text: str
    quotes: tuple[tuple[int, int], ...]


class Renderer:
    """Writes requests with a model's chat template; plainly for a model without one.

    Quotations are rendered as marks and put in afterwards, so that their places are exact whatever the
    template does. Special tokens inside words are broken by an invisible word joiner: words are to be judged
    and must not end a turn or stand for a medium.
    """

    def __init__(self, processing: Processing) -> None:
        self._processing = processing
        self._template = processing.template
        special = sorted(_special_tokens(processing.tokenizer), key=len, reverse=True)
        self._special = re.compile("|".join([*map(re.escape, special), _QUOTES.pattern]))
        self._system_role = self._template is None or self._knows_system()

    def render(self, pieces: Sequence[Piece], system: str, earlier: Sequence[Turn] = ()) -> Prompt:
        """Write one user turn, with the system instruction and earlier turns before it.

        Raises
        ------
        jinja2.TemplateError
            If the model's template refuses the order of the turns.
        """
        quotes = [self._harmless(piece.text) for piece in pieces if isinstance(piece, Quote)]
        marked = self._marked(pieces)
        write = self._plain if self._template is None else self._chat
        return _put_in(write(marked, system, earlier), quotes)

    def _marked(self, pieces: Sequence[Piece]) -> list[str | Shown]:
        """Join neighbouring words, quotations as marks: templates may trim each text by itself."""
        joined: list[str | Shown] = []
        quotes = 0
        for piece in pieces:
            item: str | Shown
            if isinstance(piece, Quote):
                item, quotes = _QUOTE.format(quotes), quotes + 1
            else:
                item = self._harmless(piece) if isinstance(piece, str) else piece
            if isinstance(item, str) and joined and isinstance(joined[-1], str):
                joined[-1] += item
            else:
                joined.append(item)
        return joined

    def _harmless(self, words: str) -> str:
        return self._special.sub(lambda found: found[0][0] + _WORD_JOINER + found[0][1:], words)

    def _chat(self, parts: Sequence[str | Shown], system: str, earlier: Sequence[Turn]) -> str:
        words = self._harmless(system)
        said: list[tuple[str, Sequence[str | Shown]]] = [
            *((turn.role, [self._harmless(turn.text)]) for turn in earlier),
            ("user", parts),
        ]
        if not words:
            return self._apply(said)
        if self._system_role:
            return self._apply([("system", [words]), *said])
        role, first = said[0]
        return self._apply([(role, self._marked([words + "\n\n"]) + list(first)), *said[1:]])

    def _apply(self, turns: Sequence[tuple[str, Sequence[str | Shown]]]) -> str:
        holder = self._processing.processor or self._processing.tokenizer
        conversation = [{"role": role, "content": self._content(parts)} for role, parts in turns]
        settings: dict[str, Any] = {"enable_thinking": False} if self._processing.can_think else {}
        text = holder.apply_chat_template(
            conversation, tokenize=False, add_generation_prompt=True, **settings
        )
        return str(text)

    def _content(self, parts: Sequence[str | Shown]) -> Any:
        if self._processing.processor is None:
            return "".join(part for part in parts if isinstance(part, str))
        return [
            {"type": "text", "text": part} if isinstance(part, str) else {"type": part.kind} for part in parts
        ]

    def _plain(self, parts: Sequence[str | Shown], system: str, earlier: Sequence[Turn]) -> str:
        before = [system, *(turn.text for turn in earlier)]
        words = [f"{self._harmless(one)}\n\n" for one in before if one]
        return "".join(
            [*words, *(part if isinstance(part, str) else self._placeholder(part) for part in parts)]
        )

    def _placeholder(self, shown: Shown) -> str:
        return str(getattr(self._processing.processor, f"{shown.kind}_token"))

    def _knows_system(self) -> bool:
        try:
            return _WORD_JOINER in self._apply([("system", [_WORD_JOINER]), ("user", ["?"])])
        except TemplateError:
            return False


def _special_tokens(tokenizer: Any) -> set[str]:
    added = tokenizer.added_tokens_decoder.values()
    return {str(token.content) for token in added if token.special and len(str(token.content)) > 1}


def _put_in(text: str, quotes: Sequence[str]) -> Prompt:
    """Replace each mark by its quotation and remember where it went."""
    written, spans, last = "", [], 0
    for mark in _QUOTES.finditer(text):
        written += text[last : mark.start()]
        words = quotes[int(mark[1])]
        spans.append((len(written), len(written) + len(words)))
        written += words
        last = mark.end()
    return Prompt(written + text[last:], tuple(spans))
