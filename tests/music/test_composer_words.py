"""Words of tokens: nothing is lost, and every word knows where in the bar it is."""

import numpy as np
import pytest
from grid_pieces import made, pieces
from hypothesis import given, settings

from affectlab.music.learned.cursor import Cursor
from affectlab.music.learned.tokens import encode, vocabulary
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.words import SLOT, words_of

pytest.importorskip("miditok")


@given(pieces())
@settings(max_examples=40)
def test_words_hold_every_token_in_order(piece) -> None:
    tokens, vocab = encode(piece), vocabulary()
    words = words_of(tokens, vocab)
    flat = words.ids.ravel()
    assert flat[flat != vocab.pad].tolist() == tokens.tolist()
    for word in words.ids:
        kinds = [Kind(vocab.kinds[token]) for token in word if token != vocab.pad]
        assert [SLOT[kind] for kind in kinds] == list(range(len(kinds)))


@given(pieces())
@settings(max_examples=40)
def test_words_are_where_a_cursor_reads_them(piece) -> None:
    tokens, vocab = encode(piece), vocabulary()
    words = words_of(tokens, vocab)
    cursor, seen = Cursor(vocab), []
    for word in words.ids:
        for token in word[word != vocab.pad]:
            cursor = cursor.after(int(token))
        seen.append((cursor.tick, cursor.metre, cursor.beat))
    assert words.tick.tolist() == [tick for tick, _, _ in seen]
    assert words.metre.tolist() == [metre for _, metre, _ in seen]
    assert words.beat.tolist() == [beat for _, _, beat in seen]


def test_a_known_bar() -> None:
    piece = made([(0, 12, 60, 0), (0, 24, 48, 3), (42, 6, 64, 0)], metres=(4,))
    vocab = vocabulary()
    words = words_of(encode(piece), vocab)
    kinds = [Kind(vocab.kinds[token]).name for token in words.ids[:, 0]]
    assert kinds == ["SPECIAL", "BAR", "POSITION", "PART", "PART", "POSITION", "PART", "SPECIAL"]
    assert words.time.tolist() == [0, 0, 0, 0, 0, 42, 42, 42]
    assert words.metre.tolist() == [0, 4, 4, 4, 4, 4, 4, 4]
    assert (words.ids[2, 1:] == vocab.pad).all()
    assert np.array_equal(words[3:5].ids, words.ids[3:5])
