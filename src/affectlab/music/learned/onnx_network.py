"""The learned composer's network in ONNX Runtime: one thread, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.graphs import GRAPHS, INFLUENCE
from affectlab.music.learned.network import Word
from affectlab.music.learned.steer import BEATS, GLOBAL, LOCAL, UNSTEERED, Steer
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.weights import ComposerWeights

# Added to the scores of places that hold no word.
_EMPTY: Final = -1e9

Singles = NDArray[np.float32]


class _Heard(NamedTuple):
    """A word and what it was read under."""

    word: Word
    influence: Mapping[str, Singles]


class OnnxNetwork:
    """Reads words under a steer that may change between them, and says what may come next.

    It remembers as many words as the backbone was trained on. When its memory is full it begins anew with the
    later half, from a bar line: the beginning of an excerpt is what training began with, too.

    Parameters
    ----------
    weights
        Of the backbone and its controller.
    guidance
        How far to go from what the unsteered backbone expects to what the steered one expects and beyond
        (classifier-free guidance, Ho and Salimans 2022, arXiv 2207.12598): 1 is the steered one, and costs
        half; 0 would be the unsteered one.
    """

    def __init__(self, weights: ComposerWeights, guidance: float = 1.0) -> None:
        self.vocabulary = weights.vocabulary
        self._weights = weights
        self._guidance = np.float32(guidance)
        self._lanes = 1 if guidance == 1 else 2
        shape = (weights.layers, self._lanes, weights.heads, weights.places, weights.head_width)
        self._keys, self._values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._mask = np.full((self._lanes, weights.places), _EMPTY, np.float32)
        self._influence = self._influenced(UNSTEERED)
        self._heard: list[_Heard] = []
        self._hidden: Singles = np.zeros((self._lanes, 1), np.float32)

    @property
    def remembered(self) -> tuple[Word, ...]:
        """The words that still count, the begin token first."""
        return tuple(one.word for one in self._heard)

    def steer(self, steer: Steer) -> None:
        """Read every word from now on under `steer`."""
        self._influence = self._influenced(steer)

    def restart(self) -> None:
        """Forget every word; the next one is the begin token again."""
        self._heard.clear()
        self._mask[:] = _EMPTY

    def read(self, word: Word) -> None:
        """Read the next word."""
        if len(self._heard) == self._weights.places:
            self._recall()
        self._take([_Heard(word, self._influence)])

    def logits(self, chosen: tuple[int, ...]) -> Singles:
        """Return the logits of the next word's next token, shape (tokens,)."""
        word = np.zeros((self._lanes, 2), np.int64)
        word[:, : len(chosen)] = chosen
        graph = GRAPHS["choose"]
        output = graph.outputs[len(chosen)]
        (found,) = self._weights.run("choose", [output], {"hidden": self._hidden, "word": word})
        if self._lanes == 1:
            only: Singles = found[0]
            return only
        guided: Singles = found[1] + self._guidance * (found[0] - found[1])
        return guided

    def _recall(self) -> None:
        """Forget the earlier half, to a bar line, and read the rest again after the begin token."""
        kinds = self.vocabulary.kinds
        later = self._heard[len(self._heard) // 2 :]
        bars = [at for at, one in enumerate(later) if kinds[one.word.ids[0]] == Kind.BAR]
        kept = later[bars[0] :] if bars else []
        begin = self._heard[0].word
        self.restart()
        self._take([_Heard(begin, kept[0].influence if kept else self._influence)])
        for _, group in groupby(kept, key=lambda one: id(one.influence)):
            self._take(list(group))

    def _take(self, new: list[_Heard]) -> None:
        """Read words that share their influence."""
        first, count = len(self._heard), len(new)
        self._heard += new
        begun = self._heard[1].word.time if len(self._heard) > 1 else 0
        words = [one.word for one in new]
        feed = {
            "ids": self._laned([word.ids for word in words]),
            "tick": self._laned([word.tick for word in words]),
            "metre": self._laned([word.metre for word in words]),
            "time": self._laned([max(word.time - begun, 0) for word in words]),
            "place": self._laned(list(range(first, first + count))),
            "keys": self._keys,
            "values": self._values,
            "mask": self._mask,
            **new[0].influence,
        }
        hidden, keys, values = self._weights.run("read", list(GRAPHS["read"].outputs), feed)
        places = slice(first, first + count)
        self._keys[:, :, :, places], self._values[:, :, :, places] = keys, values
        self._mask[:, places] = 0
        self._hidden = np.ascontiguousarray(hidden[:, -1])

    def _laned(self, values: list[Any]) -> NDArray[np.int64]:
        row = np.array(values, np.int64)
        return np.broadcast_to(row, (self._lanes, *row.shape)).copy()

    def _influenced(self, steer: Steer) -> Mapping[str, Singles]:
        """Return what `steer` does in the first lane; nothing in the second."""
        globally = np.zeros((self._lanes, 1, len(GLOBAL)), np.float32)
        locally = np.zeros((self._lanes, 1, BEATS, len(LOCAL)), np.float32)
        used = np.zeros((2, self._lanes), np.float32)
        if steer.globally is not None:
            globally[0, 0], used[0, 0] = steer.globally, 1
        if steer.locally is not None:
            locally[0, 0], used[1, 0] = steer.locally, 1
        graph = GRAPHS["steer"]
        feed = {"globally": globally, "locally": locally, "with_global": used[0], "with_local": used[1]}
        found = self._weights.run("steer", list(graph.outputs), feed)
        return dict(zip(INFLUENCE, found, strict=True))
