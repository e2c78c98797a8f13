"""Networks that need no weights, for tests of what writes around them."""

import time
from functools import lru_cache

import numpy as np

from affectlab.music.learned.piece import DURATIONS, METRES, PITCHES, TICKS
from affectlab.music.learned.vocabulary import Kind, Vocabulary


@lru_cache
def stand_in_vocabulary():
    """The corpus's vocabulary, without miditok."""
    durations = [f"Duration_{n // TICKS}.{n % TICKS}.{TICKS}" for n in DURATIONS]
    return Vocabulary(
        (
            *("PAD_None", "BOS_None", "EOS_None", "Bar_None"),
            *(f"Pitch_{pitch}" for pitch in PITCHES),
            *durations,
            *(f"Position_{tick}" for tick in range(METRES[-1] * TICKS)),
            *("Program_0", "Program_73", "Program_32", "Program_48"),
            *(f"TimeSig_{metre}/4" for metre in METRES),
        )
    )


class RandomNetwork:
    """Reproducible random logits that depend on everything read, and on the steer."""

    def __init__(self, seed=0, spread=3.0):
        self.vocabulary = stand_in_vocabulary()
        self.words, self.steers = [], []
        self._seed, self._spread = seed, spread

    def steer(self, steer):
        self.steers.append(steer)

    def restart(self):
        self.words.clear()

    def read(self, word):
        self.words.append(word)

    def logits(self, chosen):
        generator = np.random.default_rng([self._seed, len(self.words), *chosen])
        return generator.normal(0, self._spread, len(self.vocabulary)).astype(np.float32)


class FondNetwork(RandomNetwork):
    """Wants the same tokens again and again; `fond` is a list of (kind, value or None for any)."""

    def __init__(self, *fond, seed=0):
        super().__init__(seed, 0.1)
        kinds, values = self.vocabulary.kinds, self.vocabulary.values
        self._wish = np.zeros(len(self.vocabulary), np.float32)
        for kind, value in fond:
            self._wish[(kinds == kind) & ((values == value) | (value is None))] += 20

    def logits(self, chosen):
        return super().logits(chosen) + self._wish


def repeating(seed=0):
    return FondNetwork(
        (Kind.PART, 0), (Kind.PITCH, 72), (Kind.DURATION, 96), *((Kind.POSITION, n) for n in (0, 12, 24))
    )


def silent(seed=0):
    return FondNetwork((Kind.BAR, None), seed=seed)


def greedy(seed=0):
    return FondNetwork((Kind.PART, None), (Kind.DURATION, 96), seed=seed)


class SlowNetwork(RandomNetwork):
    def __init__(self, seed=0, seconds=0.2):
        super().__init__(seed)
        self._seconds = seconds

    def logits(self, chosen):
        time.sleep(self._seconds)
        return super().logits(chosen)


class StallingNetwork(RandomNetwork):
    """Stands still after some words until it is told to go on."""

    def __init__(self, going, at, seed=0):
        super().__init__(seed)
        self._going, self._at = going, at

    def logits(self, chosen):
        if len(self.words) >= self._at:
            self._going.wait(30)
        return super().logits(chosen)


class BrokenNetwork(RandomNetwork):
    """Raises, or answers NaN, while `broken` says so of the number of words read."""

    def __init__(self, seed=0, nan=False, broken=lambda asked: True):
        super().__init__(seed)
        self._nan, self._broken, self.asked = nan, broken, 0

    def logits(self, chosen):
        self.asked += 1
        if not self._broken(self.asked):
            return super().logits(chosen)
        if self._nan:
            return np.full(len(self.vocabulary), np.nan, np.float32)
        raise RuntimeError("out of weights")


class PoisonedNetwork(RandomNetwork):
    """Remembers something after which it answers NaN until it forgets."""

    def logits(self, chosen):
        return super().logits(chosen) * (np.nan if len(self.words) > 100 else 1)
