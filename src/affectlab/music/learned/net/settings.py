"""Sizes and training of the backbone: everything that is a choice."""

from __future__ import annotations

from dataclasses import dataclass

from affectlab.errors import InvalidConfig


@dataclass(frozen=True, slots=True)
class BackboneSettings:
    """Size of the backbone.

    Parameters
    ----------
    width
        Numbers per word.
    heads
        Of attention; half of them know how many words ago something was, half how many ticks ago.
    layers
        Blocks of attention and perceptron.
    hidden
        Width of each perceptron.
    dropout
        After each perceptron, in training.
    """

    width: int = 256
    heads: int = 8
    layers: int = 6
    hidden: int = 1024
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.heads % 2 or self.width % (2 * self.heads):
            raise InvalidConfig(
                f"width {self.width} and heads {self.heads} do not fit; expected an even number of heads and "
                "twice as many, or a multiple of that, as width"
            )


@dataclass(frozen=True, slots=True)
class PretrainingSettings:
    """How the backbone is trained.

    Parameters
    ----------
    steps
        Updates.
    batch, length
        Excerpts per update, and words in each.
    rate, decay, clip
        Of AdamW (Loshchilov and Hutter 2019): highest rate, weight decay, largest norm of the gradient.
    warmup
        Updates until the highest rate; from there it falls along a cosine to a twentieth.
    transpose
        Semitones down and up within which each excerpt is moved.
    validate_every
        Updates between two looks at the validation pieces, and between two checkpoints.
    reduced
        Whether matrices are multiplied in bfloat16.
    """

    steps: int = 1800
    batch: int = 16
    length: int = 512
    rate: float = 1.5e-3
    decay: float = 0.1
    clip: float = 1.0
    warmup: int = 150
    transpose: tuple[int, int] = (-6, 5)
    validate_every: int = 200
    reduced: bool = True

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "length", "validate_every"):
            if getattr(self, name) < 1:
                raise InvalidConfig(f"{name} is {getattr(self, name)}; expected 1 or more")
