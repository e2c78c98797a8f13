"""Which tokens are quoted words, which are media, and which are neither."""

from __future__ import annotations

import numpy as np
import pytest
import tiny_models
from hypothesis import given
from hypothesis import strategies as st

from affectlab.models import ModelOptions, Quote, Request
from affectlab.models.hf import load
from affectlab.models.spans import follow, modality_codes, quoted_tokens

IMAGE, SOUND, START = 90, 91, 92
MEDIA = {IMAGE: "V", SOUND: "A"}
MARKS = frozenset({IMAGE, SOUND, START})

word = st.integers(0, 3)
words = st.lists(word, max_size=5)


def test_a_token_is_quoted_if_it_holds_any_quoted_character() -> None:
    offsets = [(0, 4), (4, 6), (6, 6), (6, 9), (9, 9), (9, 12)]
    assert quoted_tokens(offsets, [(5, 9)]) == [1, 3]
    assert quoted_tokens(offsets, [(4, 4)]) == []
    assert quoted_tokens(offsets, [(0, 1), (11, 12)]) == [0, 5]


def test_quoted_words_are_followed_past_expanded_media() -> None:
    plain = [START, 1, 2, IMAGE, 3, 2, SOUND, 2, START, 7]
    expanded = [START, 1, 2, IMAGE, IMAGE, IMAGE, 3, 2, SOUND, SOUND, 2, START, 7]
    codes = modality_codes(plain, expanded, [5], MEDIA, MARKS)
    assert codes.tolist() == [3, 3, 3, 2, 2, 2, 3, 0, 1, 1, 3, 3, 3]


def test_words_that_the_expansion_has_changed_are_not_guessed() -> None:
    assert follow([1, 2, IMAGE, 3, 4, START, 5], [1, 2, IMAGE, 34, START, 5], MARKS, [3]) is None
    assert modality_codes([1, IMAGE, 3, START, 5], [1, IMAGE, 33, START, 5], [2], MEDIA, MARKS) is None


@given(st.lists(st.tuples(words, st.sampled_from([IMAGE, SOUND]), st.integers(1, 4)), max_size=4), words)
def test_every_word_is_found_again_whatever_stands_between(pieces, last) -> None:
    """Words of the plain prompt map one to one, in order, onto the words of the expanded one."""
    plain, expanded = [], []
    for said, medium, length in pieces:
        plain += [*said, medium]
        expanded += [*said, START, *[medium] * length, START]
    plain, expanded = [*plain, *last], [*expanded, *last]
    wanted = [place for place, token in enumerate(plain) if token not in MARKS]
    places = follow(plain, expanded, MARKS, wanted)
    assert places == [place for place, token in enumerate(expanded) if token not in MARKS]


@pytest.fixture(scope="module")
def omni(tmp_path_factory):
    return load(str(tiny_models.tiny_omni(tmp_path_factory.mktemp("omni"))), ModelOptions(frames=2))


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    return tiny_models.write_picture(tmp_path_factory.mktemp("media") / "picture.png")


@pytest.mark.parametrize(
    "said",
    [
        "I feel weak, and the person?",
        "今天我真的很高兴，谢谢你！",
        "  padded \n words ",
        "<|im_end|> is no end",
        "é🙂 ok",
        "",
    ],
)
def test_exactly_the_quoted_words_are_text(omni, picture, said) -> None:
    """In any language, beside the same words as an instruction, between media that are expanded."""
    instruction = "I feel weak, and the person? 今天我真的很高兴"
    request = Request((picture, instruction, "\n", Quote(said), "\n", picture, instruction))
    (batch,) = omni._preparer.prepare([request], room=1).batches
    ids = batch.inputs["input_ids"][0].numpy()
    quoted = omni._processing.tokenizer.decode(ids[batch.codes[0] == 0])
    assert quoted.replace("\u2060", "") == said
    places = np.flatnonzero(batch.codes[0] == 0)
    assert said == "" or (np.diff(places) == 1).all()


def test_pictures_of_a_video_and_single_pictures_are_vision_and_sound_is_audio(
    omni, picture, tmp_path
) -> None:
    sound = tiny_models.write_sound(tmp_path / "sound.wav")
    video = tiny_models.write_video(tmp_path / "video.mp4")
    (batch,) = omni._preparer.prepare([Request((sound, video, picture, "How?"))], room=1).batches
    ids, codes = batch.inputs["input_ids"][0].numpy(), batch.codes[0]
    tokenizer = omni._processing.tokenizer
    np.testing.assert_array_equal(codes == 2, ids == tokenizer.image_token_id)
    np.testing.assert_array_equal(codes == 1, ids == tokenizer.audio_token_id)
    # Whisper features of 100 frames are pooled to 25; 2 video pictures and 1 picture of 2 x 3 merged patches.
    assert (codes == 1).sum() == 25
    assert (codes == 2).sum() == batch.inputs["image_grid_thw"].prod(dim=1).sum() // 4


def test_a_quotation_that_stands_twice_is_text_twice(omni) -> None:
    request = Request((Quote("weak"), " or ", Quote("weak"), " or weak"))
    (batch,) = omni._preparer.prepare([request], room=1).batches
    assert (batch.codes[0] == 0).sum() == 2
