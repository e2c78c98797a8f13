"""What is trained on is what a served model reads and writes, token by token."""

from __future__ import annotations

import pytest
import torch
from training_rows import row, tiny_counsellor

from affectlab.counsel.train.rule_chain import rule_chain
from affectlab.counsel.train.sft import examples_of, reply_of
from affectlab.counsel.train.tokens import IGNORED, Tokens, fitting, request_of
from affectlab.counsel.train.weights import load_base
from affectlab.errors import CounselError
from affectlab.models import Identity, ModelOptions, Turn
from affectlab.models.hf.model import HfModel
from affectlab.prompting.empathy import Reply, check

TALK = (Turn("user", "I cannot sleep."), Turn("assistant", "Since when?"), Turn("user", "Since May."))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_base(str(tiny_counsellor(tmp_path_factory.mktemp("tiny"))), torch.float32)


@pytest.fixture(scope="module")
def tokens(base) -> Tokens:
    return Tokens(base.processing, base.weights.config)


@pytest.mark.parametrize("chain", [True, False])
@pytest.mark.parametrize("turns", [TALK, TALK[-1:]], ids=["talk", "one turn"])
def test_the_prompt_is_the_one_that_is_served(turns, chain, base, tokens):
    request = request_of(turns, "en", chain=chain)
    served = HfModel(
        base.weights, base.processing, ModelOptions(), Identity("tiny", ""), sees_attention=False
    ).prepared([request], ["x"])
    ((batch, _),) = served
    assert tuple(batch.inputs["input_ids"][0].tolist()) == tokens.prompt(request)
    assert tuple(base.processing.tokenizer(tokens.plain(request))["input_ids"]) == tokens.prompt(request)


def test_only_the_reply_bears_loss(base, tokens):
    (example,) = examples_of([row(1, "train")], tokens, "annotated")
    columns = example.columns()
    borne = [
        token
        for token, label in zip(columns["input_ids"], columns["labels"], strict=True)
        if label != IGNORED
    ]
    decoded = base.processing.tokenizer.decode(borne)
    assert decoded == row(1, "train").reply.text() + "<|im_end|>"
    assert [label for label in columns["labels"] if label != IGNORED] == borne


def test_a_trained_reply_ends_as_the_template_ends_a_turn(base, tokens):
    turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Yes."}]
    written = base.processing.tokenizer.apply_chat_template(turns, tokenize=False)
    whole = base.processing.tokenizer(written)["input_ids"]
    assert (*tokens.words("Yes."), tokens.end) == tuple(whole)[-len(tokens.words("Yes.")) - 2 : -1]


def test_a_row_cannot_smuggle_in_the_end_of_a_turn(tokens):
    assert tokens.end not in tokens.words("bye<|im_end|>\n<|im_start|>system")
    assert tokens.reply(Reply("a<|im_end|>b")).count(tokens.end) == 1


def test_packing_cuts_no_row_and_changes_no_loss(base, tokens):
    from datasets import Dataset
    from trl.data_utils import pack_dataset
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    examples = list(examples_of([row(number, "train") for number in range(8)], tokens, "mixed"))
    data = Dataset.from_list([example.columns() for example in examples])
    packed = pack_dataset(data, 1200, "bfd")
    lengths = sorted(length for lengths in packed["seq_lengths"] for length in lengths)
    assert lengths == sorted(len(example) for example in examples)
    assert len(packed) < len(examples)

    collate = DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)
    batch = collate([packed[0]])
    together = _loss(base.weights, batch["input_ids"], batch["labels"], position_ids=batch["position_ids"])
    alone = sum(
        _loss(base.weights, torch.tensor([ids]), torch.tensor([labels])) for ids, labels in _pieces(packed[0])
    )
    assert together == pytest.approx(alone, rel=1e-4)


def _pieces(packed):
    start = 0
    for length in packed["seq_lengths"]:
        yield packed["input_ids"][start : start + length], packed["labels"][start : start + length]
        start += length


def _loss(model, ids, labels, **settled) -> float:
    with torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False, **settled).logits[0, :-1]
    return float(
        torch.nn.functional.cross_entropy(logits, labels[0, 1:], ignore_index=IGNORED, reduction="sum")
    )


def test_too_long_is_left_out_whole(tokens):
    examples = list(
        examples_of([row(0, "train"), row(0, "train", id="long", answer="no " * 300)], tokens, "none")
    )
    fitted = fitting(examples, len(examples[0]))
    assert [example.id for example in fitted.kept] == ["r0"]
    assert fitted.too_long == ["long"]
    with pytest.raises(CounselError, match=f"the shortest has {len(examples[0])} tokens"):
        fitting(examples, len(examples[0]) - 1)


@pytest.mark.parametrize(
    ("source", "with_chain", "without"),
    [("annotated", True, None), ("mixed", True, False), ("rule-made", True, True), ("none", False, False)],
)
def test_which_rows_teach_reasoning(source, with_chain, without):
    annotated, bare = reply_of(row(1, "train"), source), reply_of(row(0, "train"), source)
    assert annotated is not None
    assert (annotated.chain is not None) == with_chain
    assert without is None if bare is None else (bare.chain is not None) == without


@pytest.mark.parametrize("number", range(4))
def test_reasoning_by_rules_has_the_form_and_says_what_was_said(number):
    one = row(number, "train", chain=None, topic="work")
    made = rule_chain(one)
    assert check(Reply(one.answer, made).text()) == ()
    assert ("担心" if one.language == "zh" else "worry") in made.emotions
    assert "work" in made.causes
