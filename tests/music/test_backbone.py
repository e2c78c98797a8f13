"""The backbone: it looks back only, reads the same in pieces, and learns."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tiny_composer import NETWORK, tiny_corpus, tiny_networks

from affectlab.music.learned.net.backbone import Cache, Reading
from affectlab.music.learned.net.excerpts import TOLD, Excerpts
from affectlab.music.learned.net.losses import surprise
from affectlab.music.learned.net.settings import BackboneSettings
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.vocabulary import Kind

pytest.importorskip("miditok")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("songs"))


@pytest.fixture(scope="module")
def excerpts(corpus):
    return Excerpts(corpus, "train", 96)


@pytest.fixture(scope="module")
def networks(corpus):
    return tiny_networks(len(corpus.vocabulary), corpus.vocabulary.pad)


def drawn(excerpts, seed=0, count=2, **options):
    return excerpts.draw(np.random.default_rng(seed), count, (0, 0), **options)


def part(read, words):
    return Reading(*(one[:, words] for one in read))


def test_a_word_is_not_known_before_it_is_read(excerpts, networks) -> None:
    backbone, _ = networks
    batch = drawn(excerpts)
    changed = batch.read._replace(ids=batch.read.ids.clone())
    changed.ids[:, 40:] = torch.roll(changed.ids[:, 40:], 1, dims=1)
    with torch.no_grad():
        before, _, _ = backbone(batch.read)
        after, _, _ = backbone(changed)
    torch.testing.assert_close(after[:, :40], before[:, :40])
    assert (after[:, 41:] - before[:, 41:]).abs().max() > 1e-3


@given(cut=st.integers(1, 80), empty=st.integers(0, 7))
@settings(max_examples=15, deadline=None)
def test_reading_in_two_parts_is_reading_at_once(excerpts, networks, cut, empty) -> None:
    backbone, _ = networks
    batch = drawn(excerpts)
    with torch.no_grad():
        whole, _, _ = backbone(batch.read)
        _, keys, values = backbone(part(batch.read, slice(0, cut)))
        room = torch.zeros(*keys.shape[:3], empty, keys.shape[-1])
        mask = torch.cat([torch.zeros(2, cut), torch.full((2, empty), -1e9)], dim=1)
        cache = Cache(torch.cat([keys, room], dim=3), torch.cat([values, room], dim=3), mask)
        rest, _, _ = backbone(part(batch.read, slice(cut, None)), cache=cache)
    torch.testing.assert_close(rest, whole[:, cut:], atol=1e-5, rtol=1e-4)


def test_places_and_times_count_only_relative_to_each_other(excerpts, networks) -> None:
    backbone, _ = networks
    read = drawn(excerpts).read
    with torch.no_grad():
        here, _, _ = backbone(read)
        there, _, _ = backbone(read._replace(place=read.place + 17, time=read.time + 48 * TICKS))
        slower, _, _ = backbone(read._replace(time=read.time * 2))
    torch.testing.assert_close(there, here, atol=1e-3, rtol=1e-3)
    assert (slower - here).abs().max() > 1e-2


def test_surprise_counts_the_tokens_of_each_slot(excerpts, networks) -> None:
    backbone, _ = networks
    batch, pad = drawn(excerpts), excerpts.vocabulary.pad
    with torch.no_grad():
        hidden, _, _ = backbone(batch.read)
        found = surprise(backbone, hidden, batch.next, pad)
    assert found.tokens.tolist() == (batch.next != pad).sum(dim=1).tolist()
    # An untrained network of this size expects about every token alike.
    assert float(found.per_token) == pytest.approx(np.log(len(excerpts.vocabulary)), rel=0.15)


def test_excerpts_begin_at_bar_lines_and_keep_their_labels(excerpts) -> None:
    vocab = excerpts.vocabulary
    batch = drawn(excerpts, count=8)
    assert (batch.read.ids[:, 0, 0] == vocab.begin).all()
    assert (vocab.kinds[batch.read.ids[:, 1, 0].numpy()] == Kind.BAR).all()
    assert (batch.read.time[:, :2] == 0).all()
    for row, labels in enumerate(batch.labels):
        assert labels.shape[1] == len(TOLD)
        assert len(labels) > int(batch.read.time[row].max()) // TICKS


def test_transposition_moves_pitches_and_nothing_else(excerpts) -> None:
    vocab = excerpts.vocabulary
    here = excerpts.draw(np.random.default_rng(3), 4, (0, 0)).read
    there = excerpts.draw(np.random.default_rng(3), 4, (2, 2)).read
    pitched = vocab.kinds[here.ids.numpy()] == Kind.PITCH
    moved = vocab.values[there.ids.numpy()][pitched] - vocab.values[here.ids.numpy()][pitched]
    assert set(moved.tolist()) == {2}
    assert np.array_equal(here.ids.numpy()[~pitched], there.ids.numpy()[~pitched])


def test_a_splice_goes_on_at_a_bar_line_with_the_labels_of_another_piece(excerpts) -> None:
    vocab = excerpts.vocabulary
    plain, spliced = drawn(excerpts, 5, 6), drawn(excerpts, 5, 6, splice=1.0)
    parted = 0
    for row in range(6):
        kinds = vocab.kinds[spliced.read.ids[row, :, 0].numpy()]
        differs = (spliced.read.ids[row] != plain.read.ids[row]).any(dim=1).numpy()
        times = spliced.read.time[row].numpy()
        assert (np.diff(times[: int((spliced.next[row, :, 0] != vocab.pad).sum())]) >= 0).all()
        if differs.any():
            first = int(differs.argmax())
            bar = int(np.flatnonzero(kinds[: first + 1] == Kind.BAR)[-1])
            beats = int(times[bar]) // TICKS
            assert beats % 4 == 0
            np.testing.assert_array_equal(spliced.labels[row][:beats], plain.labels[row][:beats])
            parted += 1
    assert parted >= 4


def test_every_word_of_the_pieces_is_seen_when_they_are_read_from_end_to_end(corpus) -> None:
    excerpts = Excerpts(corpus, "valid", 64)
    pad = excerpts.vocabulary.pad
    seen = sum(int((batch.next[:, :, 0] != pad).sum()) for batch in excerpts.every(3))
    assert seen >= sum(len(song.words) for song in excerpts.songs)


def test_heads_must_fit_the_width() -> None:
    with pytest.raises(ValidationError, match="width 48 and heads 5 do not fit"):
        BackboneSettings(width=48, heads=5)
    assert NETWORK.width % (2 * NETWORK.heads) == 0
