"""Exported decoders: parity, refusals, and the shipped one."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from test_net_graph import arguments

import affectlab.decoding
from affectlab.decoding.inputs import Inputs
from affectlab.decoding.net.export import export
from affectlab.decoding.net.graph_net import GraphNet
from affectlab.decoding.net.scaled import ScaledNet
from affectlab.decoding.net.settings import GraphSettings
from affectlab.decoding.weights import load_weights
from affectlab.errors import DecodingError, UnreadableFile

SHIPPED = Path(affectlab.decoding.__file__).parent / "shipped"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def decoder():
    torch.manual_seed(0)
    made = ScaledNet(GraphNet(GraphSettings(width=8, heads=2, anchors=5))).eval()
    made.trained[0] = 0
    return made


@pytest.fixture(scope="module")
def exported(decoder, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.onnx"
    export(decoder, path, axes=("arousal",), sfreq=125.0, facts={"note": "small"})
    return path


@pytest.mark.parametrize("channels", [4, 19, 64])
@pytest.mark.parametrize("windows", [1, 7])
def test_the_graph_says_what_torch_says(decoder, exported, channels, windows) -> None:
    given = arguments(windows, channels)
    with torch.no_grad():
        expected = decoder(*given)
    found = load_weights(exported).run(Inputs(*(one.numpy() for one in given)))
    for name, value in expected._asdict().items():
        np.testing.assert_allclose(getattr(found, name), value.numpy(), atol=1e-4, err_msg=name)


def test_a_graph_does_not_tell_which_files_made_it(exported) -> None:
    for path in (exported, SHIPPED / "decoder.onnx"):
        content = path.read_bytes()
        assert b".py" not in content
        assert b"site-packages" not in content


def test_what_the_sidecar_says(exported) -> None:
    weights = load_weights(exported.with_suffix(".json"))
    assert weights.axes == ("arousal",)
    assert weights.sfreq == 125
    assert weights.bands["alpha"] == (8, 13)
    assert weights.facts["note"] == "small"


def copied(exported, folder):
    for suffix in (".onnx", ".json"):
        (folder / f"copy{suffix}").write_bytes(exported.with_suffix(suffix).read_bytes())
    return folder / "copy.json"


def test_a_changed_graph_is_refused(exported, tmp_path) -> None:
    sidecar = copied(exported, tmp_path)
    graph = sidecar.with_suffix(".onnx")
    graph.write_bytes(graph.read_bytes()[:-9])
    with pytest.raises(UnreadableFile, match="was changed"):
        load_weights(sidecar)
    graph.unlink()
    with pytest.raises(UnreadableFile, match="is missing"):
        load_weights(sidecar)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"format": "other"}, "is not the sidecar"),
        ({"version": 99}, "is not the sidecar"),
        ({"axes": ["anger"]}, "axis 'anger' is not known"),
    ],
)
def test_a_foreign_sidecar_is_refused(exported, tmp_path, change, line) -> None:
    sidecar = copied(exported, tmp_path)
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), **change}))
    with pytest.raises(UnreadableFile, match=line):
        load_weights(sidecar)


def test_a_decoder_for_other_inputs_is_refused(exported, tmp_path) -> None:
    sidecar = copied(exported, tmp_path)
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "inputs": {"patches": 3}}))
    with pytest.raises(DecodingError, match="train it again"):
        load_weights(sidecar)


def test_no_file_and_no_json_are_one_line(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        load_weights(tmp_path / "absent.onnx")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(UnreadableFile, match="is not JSON"):
        load_weights(tmp_path / "broken.onnx")


def test_the_shipped_decoder_knows_arousal_and_says_that_it_does_not_know_valence() -> None:
    weights = load_weights()
    assert weights.axes == ("arousal",)
    assert weights.facts["trained_on"]["licence"] == "ODC-By 1.0"
    found = weights.run(Inputs(*(one.numpy() for one in arguments(2, 4))))
    assert (found.mean[:, 0] == 0).all()
    np.testing.assert_allclose(found.covariance[:, 0, 0], 0.25)
