"""Steered models of many architectures against attention matrices that are written out and rescaled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import tiny_architectures as tiny
import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from affectlab.models.hf.attention import AttentionCall
from affectlab.steering.context import steered
from affectlab.steering.gates import Given
from affectlab.steering.model import Codes, Steering, Strengths
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, Phase, Rows, SteeredPlan

ETA = 0.7
TARGET = {"T": 0.2, "A": 0.3, "V": 0.5}
CHOSEN = {0: (0, 1, 2, 3), 1: (3, 1), 2: (0,)}
"""All heads of a layer, two that use different keys, and one."""
WRITTEN = 3


@cache
def stock(name: str) -> tiny.Tiny:
    return tiny.ARCHITECTURES[name]()


@pytest.fixture(params=tiny.ARCHITECTURES)
def made(request: pytest.FixtureRequest) -> tiny.Tiny:
    return stock(request.param)


def reallocation(eta: float = ETA, rows: Rows = "all", phase: Phase = "both") -> Steering:
    layers = {layer: LayerSteering(heads, Reallocation(eta, TARGET)) for layer, heads in CHOSEN.items()}

    def plan(codes: Codes, strengths: Strengths) -> SteeredPlan:
        return SteeredPlan(codes, layers, Given(strengths), rows=rows, phase=phase)

    return Steering("reallocation", {}, plan)


def kinds(ids: Tensor) -> np.ndarray:
    """T, A, V or a dash for each token of a prompt."""
    found = np.where((ids >= tiny.FIRST_WORD) & (ids < tiny.IMAGE), "T", "-")
    for token, modality in tiny.MEDIA.items():
        found[ids == token] = modality
    return found


def spans(made: tiny.Tiny, row: int) -> list[tuple[str, int, int]]:
    """Stretches of T, A and V in one prompt without padding."""
    shown = kinds(made.inputs["input_ids"][row, made.inputs["attention_mask"][row].bool()])
    edges = [0, *(np.flatnonzero(shown[1:] != shown[:-1]) + 1).tolist(), len(shown)]
    return [(str(shown[start]), start, end) for start, end in pairwise(edges) if shown[start] != "-"]


@contextmanager
def reallocated(made: tiny.Tiny, row: int | None = None, **settings: Any) -> Iterator[None]:
    of_rows = [spans(made, one) for one in (range(2) if row is None else [row])]
    with steered(made.model, reallocation(**settings), spans=of_rows):
        yield


def rescaled(probabilities: np.ndarray, modalities: np.ndarray) -> np.ndarray:
    """One query's attention, shape (keys,), with the shares that the definition asks for."""
    found = probabilities.copy()
    shares = {one: probabilities[modalities == one].sum() for one in "TAV"}
    seen = [one for one in "TAV" if shares[one] > 1e-6]
    held = sum(shares[one] for one in seen)
    for one in seen:
        wanted = TARGET[one] / sum(TARGET[other] for other in seen) * held
        found[modalities == one] *= ((1 - ETA) * shares[one] + ETA * wanted) / shares[one]
    return found


class WrittenOut:
    """Attention with the whole matrix in memory, rescaled for chosen heads and queries."""

    def __init__(self, modalities: np.ndarray, queries: np.ndarray) -> None:
        self.modalities, self.queries = modalities, queries

    def __call__(
        self, module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float, **_: Any
    ) -> tuple[Tensor, None]:
        repeats = query.shape[1] // key.shape[1]
        key, value = key.repeat_interleave(repeats, dim=1), value.repeat_interleave(repeats, dim=1)
        matrix = torch.softmax(query @ key.transpose(2, 3) * scaling + mask, dim=-1).numpy().copy()
        for head in CHOSEN[module.layer_idx]:
            for row, place in np.argwhere(self.queries):
                matrix[row, head, place] = rescaled(matrix[row, head, place], self.modalities[row])
        return (torch.from_numpy(matrix) @ value).transpose(1, 2), None


@contextmanager
def attending(model: Any, attention: WrittenOut) -> Iterator[None]:
    AttentionInterface.register("written_out", attention)
    AttentionMaskInterface.register("written_out", eager_mask)
    text = model.config.get_text_config()
    part = "" if text is model.config else "text_config"
    model.set_attn_implementation({part: "written_out"})
    try:
        yield
    finally:
        model.set_attn_implementation({part: "sdpa"})


def expected(made: tiny.Tiny, written: Tensor, rows: Rows, phase: Phase) -> Tensor:
    """Logits after the prompt and after each written token, of prompt and answer read in one go."""
    ids, mask = made.inputs["input_ids"], made.inputs["attention_mask"]
    tokens, more = ids.shape[1], written.shape[1]
    longer = {
        name: torch.cat([value, torch.zeros(len(value), more, dtype=value.dtype)], dim=1)
        for name, value in made.inputs.items()
        if value.shape == ids.shape
    }
    longer |= {
        "input_ids": torch.cat([ids, written], dim=1),
        "attention_mask": torch.cat([mask, torch.ones_like(written)], dim=1),
    }
    modalities = np.concatenate([kinds(ids), np.full(written.shape, "-")], axis=1)
    queries = longer["attention_mask"].numpy() > 0
    for row in range(len(ids)):
        begin = {"all": 0, "last": tokens - 1, "question": np.flatnonzero(modalities[row] != "-").max() + 1}
        queries[row, : min(begin[rows], tokens - 1)] = False
    queries[:, :tokens] &= phase != "decode"
    queries[:, tokens:] &= phase != "prefill"
    with torch.no_grad(), attending(made.model, WrittenOut(modalities, queries)):
        return made.model(**made.inputs | longer).logits[:, tokens - 1 : -1]


def answered(made: tiny.Tiny, inputs: dict[str, Tensor] | None = None, **how: Any) -> tuple[Tensor, Tensor]:
    """What the model writes, shape (rows, tokens), and its logits at each token."""
    inputs = inputs or made.inputs
    output = made.model.generate(
        **inputs,
        max_new_tokens=WRITTEN,
        do_sample=False,
        output_logits=True,
        return_dict_in_generate=True,
        **how,
    )
    return output.sequences[:, inputs["input_ids"].shape[1] :], torch.stack(output.logits, dim=1)


@pytest.mark.parametrize(
    ("rows", "phase"),
    [("all", "both"), ("question", "both"), ("last", "both"), ("all", "prefill"), ("question", "decode")],
)
def test_what_a_steered_model_writes_follows_from_rescaled_attention_matrices(made, rows, phase) -> None:
    """Read from a cache token by token, against one pass over prompt and answer with whole matrices."""
    _, plain = answered(made)
    with reallocated(made, rows=rows, phase=phase):
        written, found = answered(made)
    torch.testing.assert_close(found, expected(made, written, rows, phase), atol=1e-5, rtol=0)
    if phase != "decode":
        assert (found[:, 0] - plain[:, 0]).abs().max() > 1e-4


def test_a_target_that_is_not_sought_changes_nothing(made) -> None:
    shown = made.inputs["attention_mask"].bool()
    with torch.no_grad():
        plain = made.model(**made.inputs).logits
        with reallocated(made, eta=0):
            found = made.model(**made.inputs).logits
        after = made.model(**made.inputs).logits
    torch.testing.assert_close(found[shown], plain[shown], atol=5e-6, rtol=0)
    assert torch.equal(after, plain)


def test_a_prompt_is_answered_alike_alone_and_beside_a_longer_one(made) -> None:
    with reallocated(made):
        _, together = answered(made)
    for row in range(2):
        with reallocated(made, row):
            _, alone = answered(made, made.row(row))
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=0)


class Recorder:
    def __init__(self) -> None:
        self.calls: list[AttentionCall] = []

    def attend(self, call: AttentionCall) -> Tensor:
        self.calls.append(call)
        return call.stock()


def test_encoders_of_pictures_and_sound_are_not_steered(made) -> None:
    plan = Recorder()
    with torch.no_grad(), steered(made.model, Steering("record", {}, lambda codes, _: plan)):
        made.model(**made.inputs)
    decoder = set(made.model.get_decoder().layers.modules())
    assert [call.layer for call in plan.calls] == list(range(tiny.LAYERS))
    assert all(call.module in decoder for call in plan.calls)


@pytest.fixture
def uncompiled() -> Iterator[None]:
    """Compiling flex attention takes half a minute, and fails on some CPUs where shapes change."""
    torch.compiler.set_stance("force_eager")
    yield
    torch.compiler.set_stance("default")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:flex_attention called without")
@pytest.mark.parametrize("name", ["gemma3", "internvl"])
def test_flex_attention_is_steered_as_sdpa(name, uncompiled) -> None:
    """With masks given as a rule: padding, sliding windows, pictures seen both ways."""
    flex = tiny.ARCHITECTURES[name](attn_implementation={"text_config": "flex_attention"})
    outcomes = []
    for made in (stock(name), flex):
        with reallocated(made):
            outcomes.append(answered(made))
    assert torch.equal(outcomes[0][0], outcomes[1][0])
    torch.testing.assert_close(outcomes[0][1], outcomes[1][1], atol=1e-5, rtol=0)
    assert flex.model.config.get_text_config()._attn_implementation == "flex_attention"
