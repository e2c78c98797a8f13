import numpy as np
import pytest
import torch

from affectlab.models.hf.attention import AttentionCall
from affectlab.steering import engine
from affectlab.steering.engine import weighed_attention
from affectlab.steering.gates import Given
from affectlab.steering.kinds import kinds_of
from affectlab.steering.rules import Reallocation
from affectlab.steering.steered_plan import LayerSteering, SteeredPlan

HEADS, GROUPS, WIDTH = 6, 3, 8


class Layer(torch.nn.Module):
    def __init__(self, layer=0):
        super().__init__()
        self.layer_idx = layer


def materialised(call, probabilities=None):
    """Return the output and the whole attention matrix, by definition."""
    repeat = HEADS // GROUPS
    key, value = call.key.repeat_interleave(repeat, 1), call.value.repeat_interleave(repeat, 1)
    logits = call.query @ key.transpose(-1, -2) * call.scaling
    queries, keys = logits.shape[-2:]
    if call.mask is None and queries > 1:
        logits = logits.masked_fill(~torch.ones(queries, keys).tril(keys - queries).bool(), float("-inf"))
    elif call.mask is not None:
        logits = logits.masked_fill(~call.mask, float("-inf"))
    if probabilities is None:
        probabilities = torch.softmax(logits, -1).nan_to_num()
    return (probabilities @ value).transpose(1, 2), probabilities


def called(seed=0, batch=3, queries=11, keys=11, mask=None, rows=None, layer=0):
    random = torch.Generator().manual_seed(seed)
    query = torch.randn(batch, HEADS, queries, WIDTH, generator=random)
    key, value = (torch.randn(batch, GROUPS, keys, WIDTH, generator=random) for _ in range(2))

    def stock():
        return materialised(call)[0].contiguous()

    call = AttentionCall(Layer(layer), query, key, value, mask, WIDTH**-0.5, stock, rows)
    return call


def codes_of(batch=3, tokens=11, padded=0):
    codes = np.tile(np.array([3, 0, 0, 3, 1, 1, 1, 2, 2, 2, 3], dtype=np.int8)[:tokens], (batch, 1))
    codes[0, :padded] = -1
    return codes


def expected(call, codes, rule, heads, rows):
    """Return the output with the given heads of the given rows reallocated, by definition."""
    probabilities = materialised(call)[1].clone()
    kinds = kinds_of(codes, call.key.shape[2], torch.device("cpu"))
    for row in rows:
        for head in heads:
            for query in probabilities[row, head]:
                own = torch.stack([query[kinds[row, :, kind] > 0].sum() for kind in range(3)])
                seen = own > 0
                for kind in range(3):
                    if seen[kind]:
                        new = (1 - rule.eta) * own[kind] + rule.eta * own.sum() / seen.sum()
                        query[kinds[row, :, kind] > 0] *= new / own[kind]
    return materialised(call, probabilities)[0]


@pytest.fixture(params=[1 << 22, 40])
def block(request, monkeypatch):
    monkeypatch.setitem(engine._BLOCK, "cpu", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("masked", [False, True])
def test_chosen_heads_of_chosen_prompts_are_reallocated_and_no_others(masked):
    mask = torch.ones(11, 11).tril().bool().expand(3, 1, 11, 11).clone()
    mask[0, :, :, :2] = False
    call = called(mask=mask if masked else None)
    codes = codes_of(padded=2 if masked else 0)
    rule = Reallocation(0.7)
    plan = SteeredPlan(codes, {0: LayerSteering((1, 4), rule)}, Given(np.array([1.0, 0.0, 1.0])))
    found = plan.attend(call)
    wanted = expected(call, codes, rule, (1, 4), (0, 2))
    first = 2 if masked else 0  # rows of padding say nothing
    torch.testing.assert_close(found[:, first:], wanted[:, first:], atol=1e-6, rtol=1e-5)
    untouched = materialised(call)[0]
    assert torch.equal(found[:, :, [0, 2, 3, 5]], untouched[:, :, [0, 2, 3, 5]])
    assert torch.equal(found[1], untouched[1])
    assert not torch.allclose(found[0, -1, 1], untouched[0, -1, 1], atol=1e-3)


@pytest.mark.usefixtures("block")
def test_the_last_row_is_told_as_it_was_steered():
    call, codes = called(), codes_of()
    rule = Reallocation(1.0)
    kinds = kinds_of(codes, 11, torch.device("cpu"))
    everyone = torch.arange(3)
    _, last = weighed_attention(
        call, rule, kinds, rows=everyone, heads=torch.tensor([2]), strength=torch.ones(3)
    )
    shares = (last.probabilities @ kinds)[:, 0]
    stock = materialised(call)[1][:, 2, -1] @ kinds[0]
    torch.testing.assert_close(shares[:, 3], stock[:, 3])
    torch.testing.assert_close(shares[:, :3], stock[:, :3].sum(-1, keepdim=True).expand(3, 3) / 3)


@pytest.mark.parametrize(("rows", "first"), [("all", 0), ("question", 10), ("last", 10)])
def test_which_queries_are_steered_while_the_prompt_is_read(rows, first):
    call, codes = called(), codes_of()
    rule = Reallocation(0.9)
    found = SteeredPlan(codes, {0: LayerSteering((0,), rule)}, Given(np.ones(3)), rows=rows).attend(call)
    stock, steered = materialised(call)[0], expected(call, codes, rule, (0,), range(3))
    torch.testing.assert_close(found[:, first:], steered[:, first:], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found[:, :first], stock[:, :first])


def test_the_question_begins_in_each_prompt_after_its_own_last_modality():
    codes = codes_of()
    codes[1, 7:] = 3
    call, rule = called(), Reallocation(0.9)
    found = SteeredPlan(codes, {0: LayerSteering((0,), rule)}, Given(np.ones(3)), rows="question").attend(
        call
    )
    stock, steered = materialised(call)[0], expected(call, codes, rule, (0,), range(3))
    torch.testing.assert_close(found[1, 7:], steered[1, 7:], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found[0, :10], stock[0, :10])


def test_continuations_are_steered_as_the_prompts_they_continue():
    codes, rule = codes_of(), Reallocation(0.8)
    plan = SteeredPlan(codes, {0: LayerSteering((3,), rule)}, Given(np.array([0.0, 1.0, 1.0])))
    plan.attend(called())
    rows = torch.tensor([1, 0, 1, 2])
    call = called(seed=1, batch=4, queries=2, keys=13, rows=rows)
    found = plan.attend(call)
    wanted = expected(call, codes[rows.numpy()], rule, (3,), (0, 2, 3))
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("phase", "while_reading", "while_writing"), [("prefill", 1, 0), ("decode", 0, 1)])
def test_steering_can_be_kept_to_reading_or_writing(phase, while_reading, while_writing):
    codes, rule = codes_of(), Reallocation(0.8)
    plan = SteeredPlan(codes, {0: LayerSteering((3,), rule)}, Given(np.ones(3)), phase=phase)
    reading = called()
    assert (not torch.equal(plan.attend(reading), reading.stock())) == while_reading
    writing = called(seed=1, queries=1, keys=12)
    assert (not torch.equal(plan.attend(writing), writing.stock())) == while_writing


def test_other_layers_and_prompts_without_spans_are_left_alone():
    codes = codes_of()
    codes[1] = -1
    plan = SteeredPlan(codes, {2: LayerSteering((0, 1), Reallocation(0.9))}, Given(np.ones(3)))
    other = called(layer=1)
    assert torch.equal(plan.attend(other), other.stock())
    call = called(layer=2)
    found = plan.attend(call)
    assert torch.equal(found[1], call.stock()[1])
    assert not torch.equal(found[0], call.stock()[0])
