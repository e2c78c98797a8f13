"""Training on rated noise: the controller learns, the base does not move, and a broken training goes on."""

import threading
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from accelerate import Accelerator
from tiny_musicgen import tiny_controller, tiny_musicgen, tiny_words

from affectlab.errors import InvalidConfig, InvalidData, UnreadableFile
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.musicgen.attach import Attachment
from affectlab.music.musicgen.corpus import encode, read_ratings
from affectlab.music.musicgen.excerpts import Excerpts
from affectlab.music.musicgen.losses import Judges, LossWeights, expected_latents, foresee, total_loss
from affectlab.music.musicgen.loudness import dynamics_from, step_loudness
from affectlab.music.musicgen.settings import ControllerSettings
from affectlab.music.musicgen.training import ControllerPlan, ControllerTraining, train_controller

QUICK = ControllerTraining(steps=12, batch=4, seconds=0.5, rate=2e-2, save_every=4)
SMALL = ControllerSettings(tokens=3, width=8, rank=8)


@pytest.fixture
def folder(tmp_path):
    """Two recordings: a loud high one, rated happy, and a soft low one, rated sad."""
    where = tmp_path / "rated"
    where.mkdir()
    time = np.arange(2 * 32_000) / 32_000
    for name, pitch, loud in (("high", 2000, 0.5), ("low", 80, 0.02)):
        soundfile.write(where / f"{name}.wav", loud * np.sin(2 * np.pi * pitch * time), 32_000)
    table = "file,valence,arousal,felt_valence,felt_arousal,description\n"
    table += "high.wav,9,8,7,7,bright\nlow.wav,1,2,,,\n"
    (where / "ratings.csv").write_text(table, encoding="utf-8")
    return where


def recordings_of(model, folder):
    return encode(model, folder, folder.parent / "cache", 0.5, progress=lambda *_: None)


def learn(model, recordings, plan, *, stop=None, progress=lambda *_: None, judges=None):
    return train_controller(
        model,
        recordings,
        lambda _text: tiny_words(model),
        plan,
        accelerator=Accelerator(cpu=True),
        judges=judges,
        stop=stop or threading.Event(),
        progress=progress,
    )


def test_ratings_of_one_to_nine_are_placed_on_the_plane(folder) -> None:
    high, low = read_ratings(folder)
    assert (high.affect, high.felt, high.description) == ((1.0, 0.75), (0.5, 0.5), "bright")
    assert (low.affect, low.felt, low.density) == ((-1.0, -0.75), None, None)


def test_recordings_are_encoded_once_with_their_dynamics(folder, monkeypatch) -> None:
    model = tiny_musicgen()
    first = recordings_of(model, folder)
    monkeypatch.setattr(model.audio_encoder, "encode", None)
    again = recordings_of(model, folder)
    assert [one.codes.shape for one in first] == [(4, 100), (4, 100)]
    assert all(np.array_equal(a.codes, b.codes) for a, b in zip(first, again, strict=True))
    assert first[0].dynamics.min() > first[1].dynamics.max()


@pytest.mark.parametrize(
    ("table", "kind", "said"),
    [
        ("file,valence\nhigh.wav,1\n", InvalidData, "lacks a column"),
        ("file,valence,arousal\ngone.wav,1,1\n", InvalidData, r"'gone\.wav', which is not in its folder"),
        (
            "file,valence,arousal\nhigh.wav,11,1\n",
            InvalidData,
            "valence of high.wav is 11.0; expected 1 to 9",
        ),
        ("file,valence,arousal\nhigh.wav,x,1\n", InvalidData, "'x'; expected a number"),
        (None, UnreadableFile, "expected a table"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_name(folder, table, kind, said) -> None:
    (folder / "ratings.csv").unlink()
    if table is not None:
        (folder / "ratings.csv").write_text(table, encoding="utf-8")
    with pytest.raises(kind, match=said):
        read_ratings(folder)


def test_recordings_that_are_too_short_leave_nothing_to_learn_from(folder) -> None:
    with pytest.raises(InvalidData, match=r"no recording of 9\.0 s"):
        encode(tiny_musicgen(), folder, folder.parent / "cache", 9.0, progress=lambda *_: None)


def test_loudness_of_each_step_is_placed_among_the_recordings() -> None:
    time = np.arange(3 * 32_000) / 32_000
    rising = (10 ** (time / 3 * 2 - 2) * np.sin(2 * np.pi * 1000 * time))[None].astype(np.float32)
    loudness = step_loudness(rising, 32_000)
    assert len(loudness) == 6
    assert (np.diff(loudness)[1:] > 4).all()
    placed = dynamics_from(loudness, loudness)
    assert placed.min() == 0
    assert placed.max() == 1


def test_the_loss_falls_and_the_base_does_not_move(folder, tmp_path) -> None:
    model = tiny_musicgen()
    recordings = recordings_of(model, folder)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    controller = learn(model, recordings, ControllerPlan(tmp_path / "run", SMALL, replace(QUICK, steps=40)))
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    batch = Excerpts(recordings, model, lambda _text: tiny_words(model), 0.5).draw(
        np.random.default_rng(99), 16, 0.0
    )
    losses = []
    for one in (tiny_controller(model), controller):
        attachment = Attachment(model, one)
        with torch.no_grad(), attachment.steered(batch.globally, batch.locally):
            logits = foresee(model, batch)
        losses.append(float(total_loss(model, batch, logits, LossWeights(), Judges())[0]))
        attachment.detach()
    assert losses[1] < 0.9 * losses[0]


def test_a_training_that_was_cut_off_ends_as_if_it_had_not_been(folder, tmp_path) -> None:
    model = tiny_musicgen()
    recordings = recordings_of(model, folder)
    whole = learn(model, recordings, ControllerPlan(tmp_path / "whole", SMALL, QUICK))
    plan, stop = ControllerPlan(tmp_path / "cut", SMALL, QUICK), threading.Event()
    with pytest.raises(Interrupted):
        learn(model, recordings, plan, stop=stop, progress=lambda step, *_: step == 5 and stop.set())
    again = learn(model, recordings, plan)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value)
    with pytest.raises(InvalidConfig, match="another folder"):
        learn(model, recordings, replace(plan, seed=1))


def test_a_weighed_term_without_a_judge_is_refused(folder, tmp_path) -> None:
    model = tiny_musicgen()
    training = replace(QUICK, weights=LossWeights(emotion=0.1))
    with pytest.raises(InvalidConfig, match=r"emotion loss has weight 0\.1 and no judge of affect"):
        learn(model, recordings_of(model, folder), ControllerPlan(tmp_path / "run", SMALL, training))
    with pytest.raises(InvalidConfig, match="expected 0 or more"):
        LossWeights(eeg=-1.0)


def test_judges_are_asked_about_the_latents_that_are_foreseen(folder) -> None:
    model = tiny_musicgen()
    recordings = recordings_of(model, folder)
    attachment = Attachment(model, tiny_controller(model, trained=True))
    batch = Excerpts(recordings, model, lambda _text: tiny_words(model), 0.5).draw(
        np.random.default_rng(0), 6, 0.0
    )
    with attachment.steered(batch.globally, batch.locally):
        logits = foresee(model, batch)
    judges = Judges(
        affect=lambda latents: batch.globally[:, :2] + 0 * latents.sum(),
        likeness=lambda latents, said: latents.mean() * 0 + 0.25 + torch.zeros(len(said)),
        loudness=lambda latents: latents.mean(dim=2).sigmoid(),
    )
    weights = LossWeights(eeg=0.5, text_audio=2.0, emotion=1.0, control=1.0)
    total, terms = total_loss(model, batch, logits, weights, judges)
    assert terms["emotion"] == 0
    assert terms["text_audio"] == pytest.approx(0.75)
    felt = batch.locally[:, 0, 5] == 1
    distance = (batch.globally[felt, :2] - batch.locally[felt, 0, 3:5]).square().mean()
    assert terms["eeg"] == pytest.approx(float(distance))
    assert float(total.detach()) == pytest.approx(
        terms["gen"] + 0.5 * terms["eeg"] + 2 * terms["text_audio"] + terms["control"], rel=1e-5
    )
    total.backward()
    assert all(one.grad is not None for one in attachment.controller.parameters())
    assert all(one.grad is None for one in model.parameters())


def test_latents_foreseen_for_certain_are_those_of_the_codes() -> None:
    model = tiny_musicgen()
    codes = torch.randint(0, 16, (1, 4, 7))
    certain = 1e4 * torch.nn.functional.one_hot(codes, 16).float()
    truth = model.audio_encoder.quantizer.decode(codes.transpose(0, 1)).transpose(1, 2)
    torch.testing.assert_close(expected_latents(model, certain), truth)
