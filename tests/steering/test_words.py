import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from affectlab.errors import SteeringError
from affectlab.steering import word_spans


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Every byte is a token, so that most characters of Chinese are three."""
    vocabulary = {symbol: index for index, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=vocabulary | {" ĠthE": 256}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=made)
    fast.add_special_tokens({"additional_special_tokens": ["<im>", "<audio>"]})
    return fast


TOKENIZER = byte_tokenizer()


@given(st.text(alphabet="ab 今天é", min_size=1, max_size=8), st.text(alphabet="xy 高", max_size=8))
def test_words_are_found_token_by_token_whatever_stands_around_them(words, before):
    ids = TOKENIZER(f"<im>{before}<audio><audio>{before}")["input_ids"]
    own = TOKENIZER(words)["input_ids"]
    after = TOKENIZER("?<im>")["input_ids"]
    if words in before:
        return
    ((kind, first, end),) = word_spans(TOKENIZER, [*ids, *own, *after], words)
    assert kind == "T"
    assert TOKENIZER.decode([*ids, *own, *after][first:end]) == words
    assert end - first == len(own)


@pytest.mark.parametrize("words", ["elsewhere", ""])
def test_words_that_are_not_there_are_named(words):
    ids = TOKENIZER("<im>here<audio>")["input_ids"]
    with pytest.raises(SteeringError, match=f"the words '{words}' do not stand in the prompt"):
        word_spans(TOKENIZER, ids, words)


def test_the_room_is_entered_without_torch():
    code = (
        "import sys, affectlab.steering as room; assert 'torch' not in sys.modules; "
        "assert sorted(room.__all__) == list(room.__all__); "
        "assert all(callable(getattr(room, name)) for name in room.__all__); "
        "assert not hasattr(room, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
