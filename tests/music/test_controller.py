"""The controller: untrained it changes nothing, branches can be left out, targets reach their words."""

import numpy as np
import pytest
import torch
from tiny_composer import CONTROLLER, STEERING, tiny_corpus, tiny_networks

from affectlab.music.learned.net.controller import Controller, Targets
from affectlab.music.learned.net.excerpts import TOLD, Excerpts
from affectlab.music.learned.net.targets import exchanged, targets_of
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.steer import AFTER, BEFORE, LOCAL

pytest.importorskip("miditok")


@pytest.fixture(scope="module")
def excerpts(tmp_path_factory):
    return Excerpts(tiny_corpus(tmp_path_factory.mktemp("songs")), "train", 96)


@pytest.fixture(scope="module")
def batch(excerpts):
    return excerpts.draw(np.random.default_rng(0), 3, (0, 0))


@pytest.fixture(scope="module")
def networks(excerpts):
    return tiny_networks(len(excerpts.vocabulary), excerpts.vocabulary.pad)


def targets(batch, with_global=1.0, with_local=1.0, seed=0, **settings):
    asked = targets_of(batch, STEERING.model_copy(update=settings), np.random.default_rng(seed))
    whole = torch.ones_like(asked.with_global)
    return asked._replace(with_global=whole * with_global, with_local=whole * with_local)


def read(networks, batch, asked: Targets | None):
    backbone, controller = networks
    with torch.no_grad():
        if asked is None:
            return backbone(batch.read)[0]
        steered = controller.steered(controller(asked, backbone), asked.segment)
        return backbone(batch.read, steered)[0]


def test_an_untrained_controller_changes_nothing(excerpts, batch) -> None:
    backbone, controller = tiny_networks(len(excerpts.vocabulary), excerpts.vocabulary.pad, steered=False)
    found = read((backbone, controller), batch, targets(batch))
    assert torch.equal(found, read((backbone, controller), batch, None))


def test_a_controller_without_its_branches_changes_nothing(networks, batch) -> None:
    plain = read(networks, batch, None)
    assert torch.equal(read(networks, batch, targets(batch, 0, 0)), plain)
    for with_global, with_local in ((1, 0), (0, 1)):
        assert (read(networks, batch, targets(batch, with_global, with_local)) - plain).abs().max() > 1e-2


def test_a_global_target_reaches_the_words_of_its_segment(networks, batch) -> None:
    asked = targets(batch, 1, 0)
    assert asked.globally.shape[1] > 1
    moved = asked._replace(globally=asked.globally.clone())
    moved.globally[:, 1] *= -1
    difference = (read(networks, batch, moved) - read(networks, batch, asked)).abs().amax(dim=2)
    first = [int((asked.segment[row] == 1).int().argmax()) for row in range(3)]
    for row in range(3):
        assert difference[row, : first[row]].max() == 0
        assert difference[row, first[row]] > 1e-4


def test_a_trajectory_reaches_the_words_of_its_beats(networks, batch) -> None:
    asked = targets(batch, 0, 1)
    moved = asked._replace(locally=asked.locally.clone())
    moved.locally[:, 50:] *= -1
    difference = (read(networks, batch, moved) - read(networks, batch, asked)).abs().amax(dim=2)
    assert difference[:, :50].max() == 0
    assert difference[:, 50].min() > 1e-4


def test_targets_are_what_the_music_does(batch) -> None:
    asked = targets(batch, ahead=0.0, unfelt=1.0)
    beats = (batch.read.time // TICKS).numpy()
    for row, labels in enumerate(batch.labels):
        for word in (0, 30, 94):
            beat = beats[row, word]
            window = asked.locally[row, word].numpy()
            order = [TOLD.index(name) for name in ("valence", "activity", "dynamics")]
            np.testing.assert_array_equal(window[BEFORE, :3], labels[beat, order])
            np.testing.assert_array_equal(
                window[BEFORE + AFTER, :3], labels[min(beat + AFTER, len(labels) - 1), order]
            )
            assert not window[:, 3:].any()
            segment = int(asked.segment[row, word])
            inside = asked.segment[row].numpy() == segment
            low, high = beats[row][inside].min(), beats[row][inside].max()
            wide = labels[max(low - 6, 0) : high + 7, TOLD.index("valence")]
            assert wide.min() - 1e-6 <= float(asked.globally[row, segment, 0]) <= wide.max() + 1e-6


def test_the_listener_of_training_lags_behind_the_music(batch) -> None:
    asked = targets(batch, unfelt=0.0, noise=0.0, lag=4.0)
    felt = asked.locally[:, :, BEFORE, LOCAL.index("felt_valence")]
    assert (asked.locally[:, :, : BEFORE + 1, LOCAL.index("felt")] == 1).all()
    assert not asked.locally[:, :, BEFORE + 1 :, LOCAL.index("felt_valence") :].any()
    first = batch.labels[0][0, TOLD.index("valence")]
    assert float(felt[0, 0]) == pytest.approx(first * (1 - 0.5**0.25), abs=1e-5)


def test_exchanged_targets_are_those_of_the_neighbour(batch) -> None:
    asked = targets(batch)
    assert torch.equal(exchanged(asked).globally[1], asked.globally[0])
    assert torch.equal(exchanged(asked).with_global, asked.with_global)


def test_gradients_reach_every_part_of_a_controller_that_has_moved(networks, batch) -> None:
    backbone, controller = networks
    asked = targets(batch)
    controller.zero_grad()
    hidden, _, _ = backbone(batch.read, controller.steered(controller(asked, backbone), asked.segment))
    hidden.square().sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in controller.parameters())
    assert isinstance(controller, Controller)
    assert len(controller.cross) == len(range(1, 3, CONTROLLER.cross_every))
