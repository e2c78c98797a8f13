"""What the sampler needs of a network that writes music: read a word, say what may come next."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from affectlab.music.learned.steer import Steer
from affectlab.music.learned.vocabulary import Vocabulary


class Word(NamedTuple):
    """One word of the stream; see `words.Words`.

    Parameters
    ----------
    ids
        Token of each of the three slots, the pad token where there is none.
    tick
        Ticks since the bar line.
    metre
        Beats of the bar, 0 before the first.
    time
        Ticks since the first bar.
    """

    ids: tuple[int, int, int]
    tick: int
    metre: int
    time: int


class Network(Protocol):
    """A backbone, and possibly a controller, that has read a stream of words so far."""

    vocabulary: Vocabulary

    def steer(self, steer: Steer) -> None:
        """Read every word from now on under `steer`; what was read before stays read."""
        ...

    def restart(self) -> None:
        """Forget every word; the next one is the begin token again."""
        ...

    def read(self, word: Word) -> None:
        """Read the next word."""
        ...

    def logits(self, chosen: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the logits of the next word's next token, shape (tokens,).

        Parameters
        ----------
        chosen
            The tokens of that word chosen so far: none for slot 0, one for slot 1, two for slot 2.
        """
        ...
