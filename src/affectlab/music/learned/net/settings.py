"""Sizes and training of the backbone: everything that is a choice."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BackboneSettings(_Settings):
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

    width: PositiveInt = 256
    heads: PositiveInt = 8
    layers: PositiveInt = 6
    hidden: PositiveInt = 1024
    dropout: float = Field(default=0.1, ge=0, le=1)

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.heads % 2 or self.width % (2 * self.heads):
            raise ValueError(
                f"width {self.width} and heads {self.heads} do not fit; expected an even number of heads and "
                "a width that is a multiple of twice as many"
            )
        return self


class PretrainingSettings(_Settings):
    """How the backbone is trained; the controller's training has the same, with other defaults.

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

    steps: PositiveInt = 1800
    batch: PositiveInt = 16
    length: PositiveInt = 512
    rate: float = Field(default=1.5e-3, gt=0)
    decay: float = Field(default=0.1, ge=0)
    clip: float = Field(default=1.0, gt=0)
    warmup: PositiveInt = 150
    transpose: tuple[int, int] = (-6, 5)
    validate_every: PositiveInt = 200
    reduced: bool = True


class ControllerSettings(_Settings):
    """Size of the controller; the paper states none of these.

    Parameters
    ----------
    tokens
        K, the virtual words of the global prefix.
    hidden
        Width of the perceptron that makes them.
    local
        Numbers per beat of the local branch.
    heads
        Of its cross-attention.
    cross_every
        Every so many layers, beginning with the second, attend to the trajectory.
    """

    tokens: PositiveInt = 8
    hidden: PositiveInt = 128
    local: PositiveInt = 64
    heads: PositiveInt = 4
    cross_every: PositiveInt = 2

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.local % self.heads:
            raise ValueError(f"local is {self.local}; expected a multiple of heads, {self.heads}")
        return self


class SteeringSettings(PretrainingSettings):
    """How the controller is trained, the backbone frozen.

    Parameters
    ----------
    splice
        Share of excerpts that go over into another piece, so that a target that jumps is known.
    segment
        Beats, at least and at most, over which a global target stays.
    alone
        Share of excerpts without the global, and share without the local branch.
    lag, noise
        The listener of training: a leaky mean of the music's affect with this half-life in beats, and the
        standard deviation of what is added to it. There is no listener in a score.
    unfelt
        Share of excerpts in which nothing is known of the listener.
    ahead
        Share of excerpts in which the trajectory is not known beyond the beat being written.
    generation, contrast
        Weights of the losses: the next word; and telling the true target from another excerpt's, in nats per
        token at scale `sharpness`.
    sharpness
        Factor on the difference of log-likelihoods of an excerpt in `contrast`.
    """

    steps: PositiveInt = 600
    batch: PositiveInt = 32
    length: PositiveInt = 256
    rate: float = Field(default=2e-3, gt=0)
    decay: float = Field(default=0.01, ge=0)
    warmup: PositiveInt = 50
    splice: float = Field(default=0.3, ge=0, le=1)
    segment: tuple[int, int] = (8, 48)
    alone: float = Field(default=0.15, ge=0, le=1)
    lag: float = Field(default=8.0, gt=0)
    noise: float = Field(default=0.3, ge=0)
    unfelt: float = Field(default=0.5, ge=0, le=1)
    ahead: float = Field(default=0.5, ge=0, le=1)
    generation: float = Field(default=1.0, ge=0)
    contrast: float = Field(default=0.0, ge=0)
    sharpness: float = Field(default=100.0, ge=0)
