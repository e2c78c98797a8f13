"""A controller in a MusicGen model: hooks that act while a guide is in force, and do nothing otherwise.

`generate` takes no unknown arguments, so the guide reaches the hooks through a context variable. Frames are
counted by their absolute place in the sequence, whatever part of it a cached step is given: the decoder at
place s foresees frame s of the first codebook, and of the others, which are delayed, frames up to three
earlier (60 ms at 50 Hz), which is let be. Under classifier-free guidance the first half of the batch is the
conditional one; the second never sees the controller. Gradient checkpointing is not supported: it would run
the hooks again where no guide is in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from affectlab.errors import InvalidData
from affectlab.music.musicgen.controller import Controller, Course, Decoder
from affectlab.music.musicgen.guide import Guide


@dataclass(slots=True)
class _Pass:
    """The guides in force, and where in the sequence the decoder is."""

    batch: int
    guided: bool
    prefix: Tensor | None
    course: Course | None
    first: int = 0
    frames: Tensor | None = None


_IN_FORCE: ContextVar[_Pass | None] = ContextVar("musicgen_guide", default=None)


def decoder_of(model: Any) -> Decoder:
    """Return what a controller for `model`, a ``MusicgenForConditionalGeneration``, must know of it."""
    config = model.config.decoder
    rate = model.config.audio_encoder.frame_rate
    return Decoder(config.hidden_size, config.num_attention_heads, config.num_hidden_layers, int(rate))


class Attachment:
    """A controller attached to a model.

    The model's weights are frozen and stay as they are. Outside `guided_by` and `steered` it
    generates as if nothing were attached.

    Parameters
    ----------
    model
        A ``MusicgenForConditionalGeneration``.
    controller
        Made for its decoder.

    Raises
    ------
    InvalidData
        If the controller was made for another decoder.
    """

    def __init__(self, model: Any, controller: Controller) -> None:
        if controller.decoder != decoder_of(model):
            raise InvalidData(
                f"the controller was made for {controller.decoder}, the model has {decoder_of(model)}; take "
                "the controller of this model"
            )
        model.requires_grad_(False)
        self.model, self.controller = model, controller
        decoder = model.decoder.model.decoder
        self._codebooks = int(decoder.num_codebooks)
        self._handles = [decoder.register_forward_pre_hook(self._begin, with_kwargs=True)]
        for layer, control in zip(decoder.layers, controller.layers, strict=True):
            self._handles.append(layer.register_forward_hook(_Modulate(control)))
            self._handles.append(layer.encoder_attn.register_forward_hook(_ReadPrefix(control)))

    def detach(self) -> None:
        """Take the controller off; the model is as it was before, its weights frozen."""
        for handle in self._handles:
            handle.remove()

    @contextmanager
    def guided_by(self, guide: Guide, *, guided: bool = False) -> Iterator[None]:
        """Steer every pass of a batch of one row inside the block; see `steered`."""
        with self.steered(self._row(guide.globally), self._row(guide.locally), guided=guided):
            yield

    @contextmanager
    def steered(
        self, globally: Tensor | None, locally: Tensor | None, *, guided: bool = False
    ) -> Iterator[None]:
        """Steer every pass inside the block.

        Parameters
        ----------
        globally, locally
            Guides of each row of the batch, shapes (batch, 3) and (batch, L, 6); None leaves the part out.
        guided
            Whether classifier-free guidance doubles the batch: conditional rows first, as ``generate`` with a
            ``guidance_scale`` above 1 has them.

        Raises
        ------
        InvalidData
            Inside the block, if the batch has another number of rows.
        """
        rows = next((len(part) for part in (globally, locally) if part is not None), 0)
        prefix = None if globally is None else self.controller.prefix(globally)
        course = None if locally is None else self.controller.plan(locally)
        token = _IN_FORCE.set(_Pass(rows, guided, prefix, course) if rows else None)
        try:
            yield
        finally:
            _IN_FORCE.reset(token)

    def _row(self, part: NDArray[np.float32] | None) -> Tensor | None:
        if part is None:
            return None
        like = self.controller.prefix.inner.weight
        return torch.from_numpy(part)[None].to(device=like.device, dtype=like.dtype)

    def _begin(self, _module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Note the place in the sequence before the layers have moved it on."""
        state = _IN_FORCE.get()
        if state is None:
            return
        ids = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        rows, expected = ids.shape[0] // self._codebooks, state.batch * (1 + state.guided)
        if rows != expected:
            raise InvalidData(f"the batch has {rows} rows; expected {expected} for {state.batch} guides")
        cache = kwargs.get("past_key_values")
        state.first = 0 if cache is None else int(cache.get_seq_length())
        state.frames = None if state.course is None else state.course.at(state.first, ids.shape[-1])


class _Modulate:
    """Adds the local branch to a layer's output."""

    def __init__(self, control: nn.Module) -> None:
        self._control = control

    def __call__(self, _layer: nn.Module, _args: Any, hidden: Tensor) -> Tensor | None:
        state = _IN_FORCE.get()
        if state is None or state.course is None or state.frames is None:
            return None
        conditional = hidden[: state.batch]
        added = self._control(conditional.to(state.frames.dtype), state.frames, state.course.steps)
        return _onto(hidden, added, state.batch)


class _ReadPrefix:
    """Lets a layer's own attention to the text read the prefix too, by as much as the gates are open."""

    def __init__(self, control: Any) -> None:
        self._control = control

    def __call__(self, attention: Any, args: Any, output: tuple[Tensor, Any]) -> tuple[Tensor, Any] | None:
        state = _IN_FORCE.get()
        if state is None or state.prefix is None:
            return None
        hidden = args[0][: state.batch]
        prefix = state.prefix.to(hidden.dtype)
        query, key, value = (
            project(rows).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
            for project, rows in (
                (attention.q_proj, hidden),
                (attention.k_proj, prefix),
                (attention.v_proj, prefix),
            )
        )
        read = functional.scaled_dot_product_attention(query, key, value, scale=attention.scaling)
        gated = read * self._control.gate.to(read.dtype)[:, None, None]
        added = attention.out_proj(gated.transpose(1, 2).flatten(2))
        return (_onto(output[0], added, state.batch), *output[1:])


def _onto(whole: Tensor, added: Tensor, rows: int) -> Tensor:
    """Return `whole` with `added` on its first `rows` rows."""
    added = added.to(whole.dtype)
    if len(whole) == rows:
        return whole + added
    return torch.cat([whole[:rows] + added, whole[rows:]])
