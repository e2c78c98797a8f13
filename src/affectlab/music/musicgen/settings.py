"""Sizes of the controller, and how it is played: everything that is a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from affectlab.errors import InvalidConfig

STEP: Final = 0.5
"""Seconds between two steps of the local branch."""


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """Size of the controller; the paper states none of it.

    Parameters
    ----------
    tokens
        K, virtual control tokens of the global prefix.
    width
        Numbers per step of the local branch; a multiple of 4.
    rank
        Width of the attention to the local steps, in each layer.
    """

    tokens: int = 8
    width: int = 64
    rank: int = 64

    def __post_init__(self) -> None:
        if min(self.tokens, self.width, self.rank) < 1 or self.width % 4:
            raise InvalidConfig(
                f"controller of {self.tokens} tokens, width {self.width}, rank {self.rank}; expected "
                "positive numbers and a width that 4 divides"
            )


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How a stream is generated.

    Parameters
    ----------
    window
        Seconds the decoder sees at once, the overlap included; MusicGen was trained on up to 30.
    overlap
        Seconds at the end of one window whose codes begin the next.
    fade
        Seconds over which two decoded windows are mixed.
    guard
        Seconds at the end of a decoded window that are left to the next, which knows what follows; the codec
        looks a few frames of 20 ms ahead.
    guidance
        Scale of classifier-free guidance; 1 leaves it out and halves the work.
    temperature, top_k
        Of sampling.
    """

    window: float = 10.0
    overlap: float = 4.0
    fade: float = 0.08
    guard: float = 0.16
    guidance: float = 3.0
    temperature: float = 1.0
    top_k: int = 250

    def __post_init__(self) -> None:
        if self.fade <= 0 or self.guard < 0 or not self.fade + self.guard <= self.overlap < self.window <= 30:
            raise InvalidConfig(
                f"window {self.window} s, overlap {self.overlap} s, fade {self.fade} s, guard {self.guard} s "
                "do not fit; expected 0 < fade, 0 <= guard, fade + guard <= overlap < window <= 30"
            )
        if self.window % STEP or self.overlap % STEP:
            raise InvalidConfig(
                f"window {self.window} s and overlap {self.overlap} s; expected multiples of {STEP} s"
            )
        if self.guidance < 1 or self.temperature <= 0 or self.top_k < 1:
            raise InvalidConfig(
                f"guidance {self.guidance}, temperature {self.temperature}, top_k {self.top_k}; expected "
                "1 or more, above 0, and 1 or more"
            )
