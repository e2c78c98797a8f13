import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.steering.kinds import kinds_of
from affectlab.steering.rules import FLOOR, Reallocation, factors

NEVER = torch.finfo(torch.float32).min


@st.composite
def attention(draw):
    """Logits of a few heads and queries, some places hidden, and what kind each token is of."""
    seed, keys = draw(st.integers(0, 2**32 - 1)), draw(st.integers(2, 24))
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (2, keys)).astype(np.int8)
    codes[0, : draw(st.integers(0, keys - 1))] = -1
    kinds = kinds_of(codes, keys, torch.device("cpu"))
    logits = torch.from_numpy(random.normal(0, draw(st.floats(0, 4)), (2, 3, 5, keys))).float()
    hidden = torch.from_numpy(random.random((2, 3, 5, keys)) < 0.3) | (kinds.sum(-1) == 0)[:, None, None]
    hidden[..., -1] = False
    return logits.masked_fill(hidden, NEVER), kinds


def shares_of(probabilities, kinds):
    return torch.einsum("bhqk,bkj->bhqj", probabilities, kinds)


@settings(deadline=None)
@given(attention(), st.floats(0, 1), st.tuples(*[st.floats(0, 1)] * 3))
def test_reallocation_conserves_what_modalities_hold_together_and_the_rest(given_attention, eta, target):
    logits, kinds = given_attention
    rule = Reallocation(eta, dict(zip("TAV", target, strict=True)))
    before = shares_of(torch.softmax(logits, -1), kinds)
    probabilities = rule.weigh(logits, kinds, torch.ones(2))
    after = shares_of(probabilities, kinds)
    torch.testing.assert_close(after[..., :3].sum(-1), before[..., :3].sum(-1), atol=2e-6, rtol=1e-5)
    torch.testing.assert_close(after[..., 3], before[..., 3], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(probabilities.sum(-1), torch.ones(2, 3, 5), atol=2e-6, rtol=1e-5)
    assert (probabilities >= 0).all()
    assert (probabilities[logits == NEVER] == 0).all()


@settings(deadline=None)
@given(attention(), st.floats(0, 1))
def test_shares_become_a_mixture_of_their_own_and_the_target(given_attention, eta):
    logits, kinds = given_attention
    target = torch.tensor([0.2, 0.3, 0.5])
    own = shares_of(torch.softmax(logits, -1), kinds)[..., :3]
    probabilities = Reallocation(eta, {"T": 0.2, "A": 0.3, "V": 0.5}).weigh(logits, kinds, torch.ones(2))
    seen = own > FLOOR
    wanted = target * seen / (target * seen).sum(-1, keepdim=True).clamp_min(1e-9)
    budget = (own * seen).sum(-1, keepdim=True)
    expected = torch.where(seen, (1 - eta) * own + eta * wanted * budget, own)
    torch.testing.assert_close(shares_of(probabilities, kinds)[..., :3], expected, atol=2e-6, rtol=1e-4)


@settings(deadline=None)
@given(attention())
def test_inside_a_modality_proportions_stay(given_attention):
    logits, kinds = given_attention
    stock = torch.softmax(logits, -1)
    moved = Reallocation(0.8).weigh(logits, kinds, torch.ones(2))
    for kind in range(4):
        member = kinds[..., kind][:, None, None]
        of_kind = (stock * member).sum(-1, keepdim=True)
        if not (of_kind > 1e-3).any():
            continue
        inside = stock * member / of_kind.clamp_min(1e-9)
        inside_after = moved * member / (moved * member).sum(-1, keepdim=True).clamp_min(1e-9)
        rows = (of_kind > 1e-3).expand_as(inside)
        torch.testing.assert_close(inside[rows], inside_after[rows], atol=1e-5, rtol=1e-4)


@given(attention())
@settings(deadline=None)
def test_no_strength_and_no_eta_change_nothing(given_attention):
    logits, kinds = given_attention
    stock = torch.softmax(logits, -1)
    assert torch.equal(Reallocation(0).weigh(logits, kinds, torch.ones(2)), stock)
    strength = torch.tensor([0.0, 1.0])
    assert torch.equal(Reallocation(0.7).weigh(logits, kinds, strength)[0], stock[0])


def test_only_the_proportions_of_a_target_count():
    logits = torch.arange(4.0)[None, None, None]
    kinds = kinds_of(np.array([[0, 1, 2, 3]], dtype=np.int8), 4, torch.device("cpu"))
    found = [
        Reallocation(0.8, {"T": size, "A": size, "V": 2 * size}).weigh(logits, kinds, torch.ones(1))
        for size in (1.0, 1e-30, 1e30)
    ]
    torch.testing.assert_close(found[0], found[1])
    torch.testing.assert_close(found[0], found[2])


def test_a_modality_that_is_not_seen_gets_nothing():
    found = factors(torch.tensor([0.3, 0.0, 0.1, 0.6]), torch.tensor([1 / 3] * 3), torch.tensor(1.0))
    torch.testing.assert_close(found, torch.tensor([0.2 / 0.3, 1.0, 2.0, 1.0]))


@pytest.mark.parametrize("target", [{"T": 1.0}, {}, {"T": 1.0, "A": 1e-40}])
def test_a_target_that_speaks_of_no_visible_modality_changes_nothing(target):
    logits = torch.zeros(1, 1, 1, 2)
    kinds = kinds_of(np.array([[1, 2]], dtype=np.int8), 2, torch.device("cpu"))
    found = Reallocation(1.0, target).weigh(logits, kinds, torch.ones(1))
    assert torch.equal(found, torch.full((1, 1, 1, 2), 0.5))


def test_a_single_modality_keeps_its_share():
    own = torch.tensor([0.0, 0.4, 0.0, 0.6])
    torch.testing.assert_close(factors(own, torch.tensor([0.1, 0.8, 0.1]), torch.tensor(0.9)), torch.ones(4))


def test_tokens_the_model_wrote_are_of_the_rest():
    codes = np.array([[-1, 0, 2], [1, 2, 3]], dtype=np.int8)
    kinds = kinds_of(codes, 5, torch.device("cpu"))
    assert kinds[0, 0].sum() == 0
    assert kinds.argmax(-1)[0, 1:].tolist() == [0, 2, 3, 3]
    assert kinds[:, 3:, 3].min() == 1
    assert kinds_of(codes, 2, torch.device("cpu")).shape == (2, 2, 4)
