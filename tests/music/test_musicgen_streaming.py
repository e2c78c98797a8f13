"""Streaming: our loop writes what ``generate`` writes, and windows join without a seam."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly
from tiny_musicgen import CODES, tiny_controller, tiny_musicgen, tiny_words

from affectlab.music.musicgen.attach import Attachment
from affectlab.music.musicgen.codes import at_frames, delayed, undelayed
from affectlab.music.musicgen.joining import Joiner, Resampler
from affectlab.music.musicgen.sampling import write_on
from affectlab.music.musicgen.settings import StreamSettings
from affectlab.music.musicgen.streaming import MusicgenSource
from affectlab.music.score import MusicControl

CALM, LIVELY = MusicControl(0.4, -0.6), MusicControl(0.6, 0.8)
SHORT = StreamSettings(window=2.0, overlap=1.0, guidance=1.0)


@pytest.mark.parametrize(("channels", "scale"), [(1, 1.0), (1, 3.0), (2, 3.0)])
def test_greedy_codes_are_those_of_generate(monkeypatch, channels, scale) -> None:
    model = tiny_musicgen(channels=channels)
    words = tiny_words(model)
    decoded = []
    decode = model.audio_encoder.decode
    monkeypatch.setattr(
        model.audio_encoder, "decode", lambda codes, **rest: decoded.append(codes) or decode(codes, **rest)
    )
    ids = torch.randint(0, 40, (1, 5), generator=torch.Generator().manual_seed(1))
    model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_length=20 + 4,
        guidance_scale=scale,
    )
    settings = StreamSettings(guidance=scale, top_k=1)
    empty = torch.zeros((4 * channels, 0), dtype=torch.long)
    codes = write_on(model, words, empty, 20, settings, torch.Generator())
    assert [torch.equal(codes[side::channels], one[0, 0]) for side, one in enumerate(decoded)] == [
        True
    ] * channels


def test_a_continuation_goes_on_where_the_whole_would_have() -> None:
    model = tiny_musicgen()
    words, greedy = tiny_words(model), StreamSettings(top_k=1)
    empty = torch.zeros((4, 0), dtype=torch.long)
    whole = write_on(model, words, empty, 24, greedy, torch.Generator())
    half = write_on(model, words, whole[:, :10], 14, greedy, torch.Generator())
    assert torch.equal(whole, half)
    assert whole.min() >= 0
    assert whole.max() < CODES


@given(st.integers(1, 6), st.integers(1, 9), st.sampled_from([[0], [0, 1, 2, 3], [0, 0, 1, 1]]))
def test_the_delay_pattern_is_undone(batch, frames, late) -> None:
    codes = torch.arange(batch * len(late) * frames).reshape(batch, len(late), frames)
    laid = delayed(codes, late, -7)
    assert torch.equal(undelayed(laid, late, frames), codes)
    assert torch.equal(at_frames(laid[..., 1:], late, frames), codes)
    assert (laid == -7).sum() == laid.numel() - codes.numel()


def heard(model, controls, *, attachment=None, seed=0, play=SHORT):
    source = MusicgenSource(model, lambda _said: tiny_words(model), attachment, settings=play, seed=seed)
    return [source.next_chunk(control) for control in controls]


@pytest.mark.parametrize("channels", [1, 2])
def test_joins_are_as_smooth_as_the_sound_within_windows(channels) -> None:
    chunks = heard(tiny_musicgen(channels=channels), [CALM, LIVELY, CALM, LIVELY])
    lengths = [len(chunk) for chunk in chunks]
    fade = round((SHORT.fade + SHORT.guard) * 48_000)
    assert sum(lengths) == pytest.approx(48_000 * 5 - fade, abs=32)
    assert all(chunk.shape[1] == 2 and chunk.dtype == np.float32 for chunk in chunks)
    stream = np.vstack(chunks)
    jumps = np.abs(np.diff(stream, axis=0)).max(axis=1)
    ends = np.cumsum(lengths)[:-1]
    joins = np.concatenate([jumps[end - 32 : end + fade + 32] for end in ends])
    within = np.concatenate([jumps[end + fade + 1000 : end + 40_000] for end in ends])
    assert 0 < joins.max() <= within.max()
    assert (stream[:, 0] == stream[:, 1]).all() == (channels == 1)


def test_windows_join_to_what_decoding_all_their_codes_at_once_gives(monkeypatch) -> None:
    model = tiny_musicgen()
    decoded = []
    decode = model.audio_encoder.decode
    monkeypatch.setattr(
        model.audio_encoder,
        "decode",
        lambda codes, scales: decoded.append(codes[0, 0]) or decode(codes, scales),
    )
    stream = np.vstack(heard(model, [CALM, LIVELY, CALM]))[:, 0]
    overlap = round(SHORT.overlap * 50)
    codes = torch.cat([decoded[0], *(window[:, overlap:] for window in decoded[1:])], dim=1)
    with torch.no_grad():
        at_once = decode(codes[None, None], [None]).audio_values[0].numpy()
    truth = Resampler(32_000, 1).push(at_once)[0, : len(stream)]
    assert np.abs(stream - truth).max() < 1e-4 * np.abs(truth).max()
    later = np.abs(stream[4800:] - truth[:-4800])
    assert later.max() > 0.5 * np.abs(truth).max()


def test_the_same_seed_gives_the_same_stream_and_another_another() -> None:
    model = tiny_musicgen()
    first, again, other = (np.vstack(heard(model, [CALM, CALM], seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_targets_are_heard_through_a_trained_controller_and_not_through_an_untrained_one() -> None:
    for trained in (False, True):
        streams = []
        for ahead in (CALM, MusicControl(0.4, -0.6, felt=(-0.9, 0.9))):
            model = tiny_musicgen()
            attachment = Attachment(model, tiny_controller(model, trained=trained))
            streams.append(np.vstack(heard(model, [CALM, ahead], attachment=attachment)))
        assert np.array_equal(*streams) != trained


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=8), st.sampled_from([32_000, 24_000, 44_100, 48_000])
)
def test_resampling_does_not_depend_on_how_the_stream_is_cut(sizes, sfreq) -> None:
    samples = np.random.default_rng(0).normal(size=(2, sum(sizes) + 1)).astype(np.float32)
    whole = Resampler(sfreq, 2).push(samples)
    cut = Resampler(sfreq, 2)
    parts = [cut.push(part) for part in np.split(samples, np.cumsum(sizes), axis=1)]
    assert np.allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_resampling_keeps_a_tone_in_place() -> None:
    seconds = np.arange(16_000) / 32_000
    tone = np.sin(2 * np.pi * 1000 * seconds)[None].astype(np.float32)
    out = Resampler(32_000, 1).push(tone)[0]
    truth = np.sin(2 * np.pi * 1000 * np.arange(len(out)) / 48_000)
    assert np.abs(out - truth)[200:-200].max() < 1e-3
    assert np.allclose(out[200:-200], resample_poly(tone[0], 3, 2)[200 : len(out) - 200], atol=5e-3)


def test_the_joiner_gives_back_a_stream_that_was_cut_into_overlapping_windows() -> None:
    stream = np.random.default_rng(0).normal(size=(1, 100)).astype(np.float32)
    joiner = Joiner(fade=5, guard=3)
    out = [joiner.push(stream[:, first : first + 40], 10 if first else 0) for first in (0, 30, 60)]
    assert np.allclose(np.concatenate(out, axis=1), stream[:, :92], atol=1e-6)
