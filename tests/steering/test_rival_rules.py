"""Each rival's rule against attention matrices written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from affectlab.models.hf.attention import AttentionCall
from affectlab.steering.kinds import kinds_of
from affectlab.steering.rivals import Site
from affectlab.steering.rivals.adaptvis import Scale
from affectlab.steering.rivals.duplicate import Copies
from affectlab.steering.rivals.pai import Amplify
from affectlab.steering.rivals.pasta import LookAway, marked
from affectlab.steering.rivals.prune import Blind, PruneSettings, prune, without
from affectlab.steering.rivals.spotlight import AtLeast

HIDDEN = torch.finfo(torch.float32).min
CODES = np.array([[3, 0, 0, 1, 1, 2, 2, 2, 3, 3], [-1, -1, 3, 0, 2, 2, 1, 1, 3, 3]], dtype=np.int8)
TOKENS = CODES.shape[1]
VIDEO = torch.from_numpy(CODES == 2)


def logits_of(seed=0, heads=3, keys=TOKENS):
    """Logits of two prompts, shape (2, heads, TOKENS, keys): causal, padding hidden."""
    logits = torch.randn(2, heads, TOKENS, keys, generator=torch.Generator().manual_seed(seed)) * 2
    seen = torch.ones(TOKENS, keys).tril(keys - TOKENS).bool() & torch.ones(2, 1, 1, keys).bool()
    seen[1, ..., :2] = False
    return logits.masked_fill(~seen, HIDDEN), seen


def weigh(rule, logits, strength=(1.0, 1.0), codes=CODES):
    codes = marked(codes, "V") if isinstance(rule, LookAway) else codes
    kinds = kinds_of(codes, logits.shape[-1], torch.device("cpu"))
    return rule.weigh(logits, kinds, torch.tensor(strength))


def shares(probabilities):
    """Share of video at each query: shape (2, heads, queries)."""
    return (probabilities * VIDEO[:, None, None]).sum(-1)


def real(probabilities):
    """Queries that are not padding, and see something."""
    return torch.cat([probabilities[0].flatten(0, 1), probabilities[1][:, 2:].flatten(0, 1)])


RULES = {
    "pasta": LookAway(0.1),
    "spotlight": AtLeast("V", 0.6),
    "pai": Amplify("V", 0.7),
    "adaptvis": Scale("V"),
    "duplicate": Copies("V", 5),
    "prune": Blind(),
}


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1.0, 30.0]))
def test_rows_sum_to_one_and_hidden_tokens_stay_hidden(name, seed, scale):
    logits, seen = logits_of(seed)
    found = real(weigh(RULES[name], torch.where(seen, logits * scale, logits)))
    torch.testing.assert_close(found.sum(-1), torch.ones(len(found)))
    assert found.isfinite().all()
    assert (found[~real(seen.expand_as(logits))] == 0).all()


@pytest.mark.parametrize("name", RULES)
def test_masks_written_in_half_precision_hide_as_well(name):
    logits, seen = logits_of()
    written = torch.where(seen, logits, torch.full_like(logits, -65504.0))
    torch.testing.assert_close(real(weigh(RULES[name], written)), real(weigh(RULES[name], logits)))


@pytest.mark.parametrize(
    "rule",
    [LookAway(1.0), AtLeast("V", 0.0), Amplify("V", 0.0), Copies("V", 1), Blind()],
    ids=lambda rule: type(rule).__name__,
)
def test_settings_that_ask_for_nothing_change_nothing(rule):
    logits, _ = logits_of()
    torch.testing.assert_close(real(weigh(rule, logits)), real(logits.softmax(-1)), atol=1e-7, rtol=0)


@pytest.mark.parametrize("name", sorted(RULES.keys() - {"prune"}))
def test_no_strength_is_no_change(name):
    logits, _ = logits_of()
    found = weigh(RULES[name], logits, (1.0, 0.0))
    torch.testing.assert_close(found[1, :, 2:], logits.softmax(-1)[1, :, 2:])
    assert not torch.allclose(found[0], logits.softmax(-1)[0], atol=1e-3) or name == "adaptvis"


@pytest.mark.parametrize("name", ["pasta", "spotlight", "duplicate"])
def test_proportions_inside_and_outside_the_modality_stay(name):
    logits, _ = logits_of()
    found, stock = weigh(RULES[name], logits), logits.softmax(-1)
    for group in (VIDEO[0], ~VIDEO[0]):
        part, before = found[0, :, -1, group], stock[0, :, -1, group]
        torch.testing.assert_close(part / part.sum(-1, keepdim=True), before / before.sum(-1, keepdim=True))


@pytest.mark.parametrize("name", ["pai", "adaptvis"])
def test_proportions_outside_the_modality_stay(name):
    logits, _ = logits_of()
    found, stock = weigh(RULES[name], logits)[0, :, -1, ~VIDEO[0]], logits.softmax(-1)[0, :, -1, ~VIDEO[0]]
    torch.testing.assert_close(found / found.sum(-1, keepdim=True), stock / stock.sum(-1, keepdim=True))


def test_pasta_multiplies_what_is_not_highlighted_and_renormalises():
    logits, _ = logits_of()
    expected = logits.softmax(-1) * torch.where(VIDEO[:, None, None], 1.0, 0.01)
    found = weigh(LookAway(0.01), logits)
    torch.testing.assert_close(real(found), real(expected / expected.sum(-1, keepdim=True)))


def test_pasta_leaves_tokens_the_model_wrote_their_attention():
    logits, _ = logits_of(keys=TOKENS + 3)
    factor = torch.full((2, 1, 1, TOKENS + 3), 0.01)
    factor[..., :TOKENS][VIDEO[:, None, None]] = 1
    factor[..., TOKENS:] = 1
    expected = logits.softmax(-1) * factor
    found = weigh(LookAway(0.01), logits)
    torch.testing.assert_close(found, expected / expected.sum(-1, keepdim=True))


def test_pasta_leaves_prompts_without_the_modality_alone():
    logits, _ = logits_of(keys=TOKENS + 3)
    found = weigh(LookAway(0.01), logits, codes=np.where(CODES == 2, np.int8(3), CODES))
    torch.testing.assert_close(found, logits.softmax(-1))


def test_pasta_on_a_prompt_is_duplication_of_what_is_highlighted():
    logits, _ = logits_of()
    torch.testing.assert_close(real(weigh(LookAway(1 / 4), logits)), real(weigh(Copies("V", 4), logits)))


@given(seed=st.integers(0, 1000), target=st.floats(0.01, 1))
def test_spotlight_lifts_a_share_to_what_its_formula_says_and_no_share_above_the_target(seed, target):
    logits, seen = logits_of(seed)
    before = shares(logits.softmax(-1))
    after = shares(weigh(AtLeast("V", target), logits))
    sees = (seen & VIDEO[:, None, None]).any(-1).expand_as(before)
    lifted = sees & (before < target)
    torch.testing.assert_close(after[lifted], (target / (1 - before + target))[lifted])
    torch.testing.assert_close(after[sees & (before >= target)], before[sees & (before >= target)])


def test_spotlight_survives_a_share_too_small_for_the_number_format():
    logits = torch.zeros(2, 1, 1, TOKENS)
    logits[VIDEO[:, None, None]] = -200
    found = weigh(AtLeast("V", 0.5), logits)
    torch.testing.assert_close(found.sum(-1), torch.ones(2, 1, 1))


def test_pai_adds_a_share_of_the_size_of_each_logit():
    logits, seen = logits_of()
    grown = logits.clone()
    reached = (seen & VIDEO[:, None, None]).expand_as(logits)
    grown[reached] += 0.7 * logits[reached].abs()
    torch.testing.assert_close(real(weigh(Amplify("V", 0.7), logits)), real(grown.softmax(-1)))


def test_adaptvis_multiplies_each_logit_by_the_factor_of_its_prompt():
    logits, seen = logits_of()
    factor = torch.tensor([0.5, 1.5])[:, None, None, None]
    reached = seen & VIDEO[:, None, None]
    found = weigh(Scale("V"), logits, (-0.5, 0.5))
    expected = torch.where(reached, logits * factor, logits).softmax(-1)
    torch.testing.assert_close(real(found), real(expected))


def test_a_token_that_counts_n_times_is_n_tokens():
    random = torch.Generator().manual_seed(3)
    query = torch.randn(1, 2, 1, 4, generator=random)
    key, value = (torch.randn(1, 2, TOKENS, 4, generator=random) for _ in range(2))
    counts = torch.where(VIDEO[0], 3, 1)
    repeated = nn.functional.scaled_dot_product_attention(
        query, key.repeat_interleave(counts, 2), value.repeat_interleave(counts, 2)
    )
    kinds = kinds_of(CODES[:1], TOKENS, torch.device("cpu"))
    counted = Copies("V", 3).weigh(query @ key.transpose(-1, -2) / 2, kinds, torch.ones(1)) @ value
    torch.testing.assert_close(counted, repeated)


def test_pruning_keeps_what_is_evenly_spaced_or_looked_at_most():
    settings = PruneSettings(keep=0.5, modality="A")
    codes = np.array([[3, 1, 1, 1, 1, 1, 1, 0]], dtype=np.int8)
    assert without(codes, settings).tolist() == [[3, -1, 1, -1, 1, -1, 1, 0]]
    looks = np.array([[9, 0.1, 0.6, 0.2, 0.3, 0.5, 0.4, 9]], dtype=np.float32)
    assert without(codes, settings, looks).tolist() == [[3, -1, 1, -1, -1, 1, 1, 0]]


@given(keep=st.floats(0.001, 1), count=st.integers(0, 40), by=st.sampled_from(["time", "attention"]))
def test_pruning_keeps_the_share_it_says_but_never_nothing(keep, count, by):
    codes = np.array([[3, *[2] * count, 0]], dtype=np.int8)
    looks = np.linspace(0, 1, count + 2, dtype=np.float32)[None] if by == "attention" else None
    pruned = without(codes, PruneSettings(keep=keep, by=by), looks)
    assert (pruned == 2).sum() == (max(1, round(keep * count)) if count else 0)
    assert pruned[0, [0, -1]].tolist() == [3, 0]


def test_dropped_tokens_are_as_if_they_were_not_there():
    logits, seen = logits_of()
    pruned = without(CODES, PruneSettings(keep=0.4))
    found = Blind().weigh(logits, kinds_of(pruned, TOKENS, torch.device("cpu")), torch.ones(2))
    kept = (torch.from_numpy(pruned) >= 0)[:, None, None]
    expected = logits.masked_fill(~kept, HIDDEN).softmax(-1)
    queries = (seen & kept).any(-1).expand(2, 3, TOKENS)
    torch.testing.assert_close(found[queries], expected[queries])
    assert (
        found[queries][(torch.from_numpy(pruned) < 0)[:, None, None].expand_as(found)[queries]] == 0
    ).all()


def call_of(layer, seed):
    """A layer's attention over the prompts of `CODES`, with what stock attention would give."""
    random = torch.Generator().manual_seed(seed)
    query, key, value = (torch.randn(2, 2, TOKENS, 4, generator=random) for _ in range(3))
    seen = torch.ones(TOKENS, TOKENS).tril().bool().expand(2, 1, TOKENS, TOKENS).clone()
    seen[1, ..., :2] = False
    seen[1, :, [0, 1], [0, 1]] = True

    def stock():
        return nn.functional.scaled_dot_product_attention(query, key, value, seen).transpose(1, 2).clone()

    module = nn.Module()
    module.layer_idx = layer
    return AttentionCall(module, query, key, value, seen, 0.5, stock)


def test_pruning_by_attention_asks_the_layer_before_and_masks_from_its_start_on():
    steering = prune(PruneSettings(start=2, keep=0.34, by="attention"), Site(3, 2))
    plan = steering.plan(CODES, np.array([1.0, 0.0]))
    early = [call_of(layer, layer) for layer in (0, 1)]
    for call in early:
        assert torch.equal(plan.attend(call), call.stock())
    logits = (early[1].query @ early[1].key.transpose(-1, -2))[0, :, -1] * 0.5
    best = logits.softmax(-1).mean(0)[VIDEO[0]].argmax()
    late = call_of(2, 2)
    kept = ~VIDEO[0] | (torch.arange(TOKENS) == VIDEO[0].nonzero()[best])
    expected = nn.functional.scaled_dot_product_attention(
        late.query, late.key, late.value, late.mask & kept[None, None, None]
    ).transpose(1, 2)
    found = plan.attend(late)
    rows = [0, 1, 2, 3, 4, 8, 9]
    torch.testing.assert_close(found[0, rows], expected[0, rows])
    assert torch.equal(found[1], late.stock()[1])
