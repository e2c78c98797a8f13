"""The Transformer-GNN as a function: shapes, symmetries, masks."""

import numpy as np
import pytest
import torch
from mne.channels import make_standard_montage

from affectlab.decoding.inputs import FEATURES, PATCHES, RELATIONS
from affectlab.decoding.net.electrodes import Edges, RelationReadout
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.losses import agreement, gaussian_nll, smoothness
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.net.settings import GraphSettings, TrainingSettings, from_json, to_json
from affectlab.errors import InvalidConfig
from affectlab.signals.montage import TEN_TWENTY, positions, scalp_names

SMALL = GraphSettings(width=8, heads=2, anchors=5, embedding=6)


def arguments(windows, channels, seed=0):
    generator = torch.Generator().manual_seed(seed)
    related = torch.randn(windows, RELATIONS, channels, channels, generator=generator)
    return (
        torch.randn(windows, channels, PATCHES, FEATURES, generator=generator),
        related + related.transpose(-1, -2),
        torch.nn.functional.normalize(torch.randn(channels, 3, generator=generator), dim=1),
        torch.rand(windows, channels, generator=generator) * 0.5 + 0.5,
    )


@pytest.fixture
def network():
    torch.manual_seed(0)
    return GraphNet(SMALL).eval()


@pytest.mark.parametrize("channels", [1, 4, 19, 64])
@torch.no_grad()
def test_any_montage_gives_beliefs_in_range(network, channels) -> None:
    found = network(*arguments(3, channels))
    assert found.mean.shape == (3, 2)
    assert found.trajectory.shape == (3, PATCHES, 2)
    assert (found.mean.abs() <= 1).all()
    assert (found.trajectory.abs() <= 1).all()
    assert (torch.linalg.eigvalsh(found.factor @ found.factor.mT) > 0).all()


@torch.no_grad()
def test_the_order_of_electrodes_makes_no_difference(network) -> None:
    patches, relations, positions, weight = arguments(2, 7)
    turn = torch.randperm(7, generator=torch.Generator().manual_seed(3))
    one = network(patches, relations, positions, weight)
    other = network(patches[:, turn], relations[:, :, turn][:, :, :, turn], positions[turn], weight[:, turn])
    for before, after in zip(one, other, strict=True):
        torch.testing.assert_close(before, after, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_channel_without_weight_is_as_if_it_were_not_there(network) -> None:
    patches, relations, positions, weight = arguments(2, 6)
    weight[:, 5] = 0
    relations[:, :, 5] = relations[:, :, :, 5] = 0
    masked = network(patches, relations, positions, weight)
    absent = network(patches[:, :5], relations[:, :, :5, :5], positions[:5], weight[:, :5])
    for one, other in zip(masked, absent, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_no_usable_channel_is_still_a_finite_answer(network) -> None:
    patches, relations, positions, weight = arguments(2, 4)
    assert all(torch.isfinite(one).all() for one in network(patches, 0 * relations, positions, 0 * weight))


@torch.no_grad()
def test_edges_leave_each_electrode_one_unit_of_attention() -> None:
    _, relations, positions, weight = arguments(2, 6)
    edges = Edges(RELATIONS, 0.5)(relations, positions, weight)
    torch.testing.assert_close(edges.sum(dim=-1), torch.ones(2, 6), atol=1e-4, rtol=0)


@torch.no_grad()
def test_what_is_read_of_relations_keeps_its_scale_on_dense_montages() -> None:
    readout = RelationReadout(19, 0.25)
    sizes = []
    for names in (TEN_TWENTY, scalp_names(make_standard_montage("biosemi64").ch_names)):
        places = torch.from_numpy(positions(names).astype(np.float32))
        relations = torch.eye(len(names)).repeat(1, RELATIONS, 1, 1)
        sizes.append(float(readout(relations, places, torch.ones(1, len(names))).norm()))
    assert sizes[1] / sizes[0] == pytest.approx(1, abs=0.5)


def test_likelihood_of_a_known_gaussian() -> None:
    mean, factor = torch.zeros(1, 2), torch.diag(torch.tensor([1.0, 2.0]))[None]
    joint = gaussian_nll(mean, factor, torch.tensor([[1.0, 2.0]]))
    assert float(joint) == pytest.approx(0.5 * (1 + 1) + np.log(2))
    single = gaussian_nll(mean, factor, torch.tensor([[np.nan, 2.0]]))
    assert float(single) == pytest.approx(0.5 * (1 + np.log(4)))


def test_unknown_labels_count_for_nothing_and_leave_gradients_whole(network) -> None:
    beliefs = network(*arguments(2, 4))
    labels = torch.tensor([[np.nan, 0.4], [np.nan, -0.4]])
    loss = agreement(beliefs, labels) + gaussian_nll(beliefs.mean, beliefs.factor, labels)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(one.grad).all() for one in network.parameters() if one.grad is not None)


def test_smoothness_is_the_squared_step() -> None:
    assert float(smoothness(torch.tensor([[[0.0, 0.0], [1.0, 1.0]]]))) == 1
    assert float(smoothness(torch.zeros(1, 1, 2))) == 0


@torch.no_grad()
def test_an_untrained_axis_is_the_prior() -> None:
    torch.manual_seed(0)
    decoder = ScaledNet(GraphNet(SMALL)).eval()
    decoder.trained[0] = 0
    found = decoder(*arguments(3, 5))
    assert (found.mean[:, 0] == 0).all()
    assert (found.high[:, 0] == 0.5).all()
    assert (found.covariance[:, 0, 0] == 0.25).all()
    assert (found.covariance[:, 0, 1] == 0).all()
    assert (found.trajectory[..., 0] == 0).all()
    assert (found.mean[:, 1] != 0).all()


@torch.no_grad()
def test_sparse_and_dense_montages_have_their_own_scaling(network) -> None:
    decoder = ScaledNet(network).eval()
    before = {channels: decoder(*arguments(3, channels)) for channels in (3, 64)}
    decoder.slope[1] = decoder.intercept[1] = 0
    decoder.spread[1] = 3
    after = {channels: decoder(*arguments(3, channels)) for channels in (3, 64)}
    torch.testing.assert_close(after[3].high, torch.full((3, 2), 0.5), atol=0.02, rtol=0)
    torch.testing.assert_close(after[3].covariance, 9 * before[3].covariance, rtol=0.05, atol=0)
    torch.testing.assert_close(after[64].high, before[64].high, atol=0.01, rtol=0)


@torch.no_grad()
def test_a_trajectory_averages_to_the_mean(network) -> None:
    decoder = ScaledNet(network).eval()
    decoder.gain[:] = 0.3
    found = decoder(*arguments(3, 9))
    torch.testing.assert_close(found.trajectory.mean(dim=1), found.mean, atol=1e-5, rtol=0)


def test_settings_survive_json_and_refuse_what_cannot_be() -> None:
    for settings in (GraphSettings(width=16), TrainingSettings(folds=3)):
        assert from_json(type(settings), to_json(settings)) == settings
    with pytest.raises(InvalidConfig, match="'depth' is not known"):
        from_json(GraphSettings, {"depth": 3})
    with pytest.raises(InvalidConfig, match="multiple of heads"):
        GraphSettings(width=9, heads=2)
    with pytest.raises(InvalidConfig, match="trajectory is 9"):
        GraphSettings(trajectory=9)
