"""Training: losses fall, the backbone stays frozen, a cut costs nothing, and what is exported is what was."""

import json
import threading

import numpy as np
import pytest
import torch
from tiny_composer import (
    CONTROLLER,
    NETWORK,
    PRETRAINING,
    STEERING,
    some_steer,
    stored,
    tiny_corpus,
    tiny_networks,
)

from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.music.learned.corpus.build import Interrupted
from affectlab.music.learned.net.checkpoint import WEIGHTS, Checkpoint, curve
from affectlab.music.learned.net.controller import Targets
from affectlab.music.learned.net.excerpts import Excerpts
from affectlab.music.learned.net.export import export_graphs
from affectlab.music.learned.net.job import ComposerTraining, train_composer
from affectlab.music.learned.net.pretraining import Pretraining, pretrain, schedule
from affectlab.music.learned.network import Word
from affectlab.music.learned.onnx_network import OnnxNetwork
from affectlab.music.learned.steer import UNSTEERED
from affectlab.music.learned.weights import FILES, SIDECAR, ComposerWeights, seal

pytest.importorskip("miditok")
pytest.importorskip("onnxscript")
# Exporting traces three graphs twice, slowly on a busy machine.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("songs"))


def nothing(_stage):
    return lambda _done, _of, _loss: None


def training(corpus, out, **changes):
    settings = {
        "corpus": corpus.folder,
        "out": out,
        "threads": 1,
        "backbone": NETWORK,
        "pretraining": PRETRAINING,
        "controller": CONTROLLER,
        "steering": STEERING,
    } | changes
    return ComposerTraining(**settings)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "composer"
    settings = training(corpus, out)
    return settings, train_composer(settings, stop=threading.Event(), stages=nothing)


def cut_after(steps):
    """Return a stop and stages that set it after so many steps of the first stage."""
    stop = threading.Event()

    def stages(_stage):
        return lambda done, _of, _loss: stop.set() if done == steps else None

    return stop, stages


def test_losses_fall(trained) -> None:
    settings, found = trained
    rows = curve(settings.stage("backbone"))
    assert [row["step"] for row in rows] == [4, 8]
    assert rows[-1]["valid"] < rows[0]["valid"] < np.log(206)
    assert {row["metric"] for row in found.rows if row["stage"] == "controller"} >= {
        "valid_none", "valid_global", "valid_local", "valid_full", "valid_exchanged"
    }  # fmt: skip


def test_the_backbone_is_not_touched_by_the_controllers_training(trained) -> None:
    settings, _ = trained
    last = curve(settings.stage("backbone"))[-1]["valid"]
    none = curve(settings.stage("controller"))[-1]["valid_none"]
    assert none == pytest.approx(last, abs=1e-5)


def test_a_training_that_was_cut_off_comes_to_the_same_weights(corpus, trained, tmp_path) -> None:
    settings, _ = trained
    again = training(corpus, tmp_path / "composer")
    for steps in (3, 7):
        stop, stages = cut_after(steps)
        with pytest.raises(Interrupted):
            train_composer(again, stop=stop, stages=stages)
    stop = threading.Event()
    with pytest.raises(Interrupted):
        train_composer(
            again,
            stop=stop,
            stages=lambda stage: (
                lambda done, _of, _loss: stop.set() if (stage, done) == ("controller", 2) else None
            ),
        )
    train_composer(again, stop=threading.Event(), stages=nothing)
    for stage in ("backbone", "controller"):
        one, other = (where.stage(stage) / WEIGHTS for where in (settings, again))
        assert one.read_bytes() == other.read_bytes()
        assert curve(settings.stage(stage)) == curve(again.stage(stage))


def test_another_training_does_not_go_on_in_the_same_folder(corpus, trained) -> None:
    settings, _ = trained
    other = Pretraining(corpus.folder, settings.stage("backbone"), NETWORK, PRETRAINING, seed=9)
    with pytest.raises(InvalidConfig, match="other settings, seed or data"):
        pretrain(other, stop=threading.Event(), progress=lambda *_: None)


@pytest.mark.parametrize("damage", [b"", b"not weights", None])
def test_a_damaged_checkpoint_is_named(tmp_path, damage) -> None:
    backbone, _ = tiny_networks(20, 0)
    optimiser = torch.optim.AdamW(backbone.parameters())
    backbone.token.weight.sum().backward()
    optimiser.step()
    checkpoint = Checkpoint(tmp_path, {"a": 1})
    checkpoint.save(backbone, optimiser, 5)
    path = tmp_path / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100] if damage is None else damage)
    with pytest.raises(UnreadableFile, match="no whole checkpoint"):
        checkpoint.load(backbone, optimiser)


def test_the_rate_rises_and_falls() -> None:
    shares = [schedule(step, 100, 10) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9] == 1
    assert np.all(np.diff(shares[10:]) < 0)
    assert shares[-1] == pytest.approx(0.05, abs=0.01)


def test_the_sidecar_says_what_the_weights_were_made_of(trained, corpus) -> None:
    settings, _ = trained
    facts = json.loads((settings.out / SIDECAR).read_text())
    assert facts["trained_on"]["pieces"] == 2
    assert facts["trained_on"]["licences"] == ["MIT"]
    assert set(facts["backbone"]["data"]) == set(facts["controller"]["data"])
    assert facts["sizes"] == {"layers": 3, "heads": 2, "width": 32, "places": 96}
    assert ComposerWeights(settings.out).vocabulary.names == corpus.vocabulary.names


@pytest.fixture(scope="module")
def exported(corpus, tmp_path_factory):
    """Return an excerpt, random networks of an exported composer, and its weights."""
    folder = tmp_path_factory.mktemp("exported")
    vocabulary = corpus.vocabulary
    backbone, controller = tiny_networks(len(vocabulary), vocabulary.pad)
    stored(backbone, controller)
    export_graphs(backbone, controller, folder)
    vocabulary.save(folder / "vocabulary.json")
    corpus.ngrams.save(folder / "ngrams.npz")
    seal(folder, {"layers": 3, "heads": 2, "width": 32, "places": 40}, [0.0, 2.0, 9.0], {})
    excerpt = Excerpts(corpus, "train", 39).draw(np.random.default_rng(0), 1, (0, 0))
    return excerpt, (backbone, controller), ComposerWeights(folder)


def heard(excerpt, number):
    """Return a word of the excerpt's only row."""
    ids = tuple(int(token) for token in excerpt.read.ids[0, number])
    return Word(
        ids, *(int(one[0, number]) for one in (excerpt.read.tick, excerpt.read.metre, excerpt.read.time))
    )


def expected(excerpt, networks, steer, chosen, last):
    """Return what torch expects after the first `last` words, the first of which was read unsteered."""
    backbone, controller = networks
    words = excerpt.read.ids.shape[1]
    used = torch.ones(1) if steer is not None else torch.zeros(1)
    steer = steer or some_steer()
    targets = Targets(
        torch.tensor(steer.globally)[None, None],
        torch.zeros(1, words, dtype=torch.int64),
        torch.tensor(steer.locally)[None, None].expand(1, words, -1, -1),
        used,
        used,
    )
    with torch.no_grad():
        steered = controller.steered(controller(targets, backbone), targets.segment)
        hidden, _, _ = backbone(excerpt.read, steered)
        word = torch.tensor([chosen], dtype=torch.int64).view(1, -1)
        return backbone.logits(hidden[:, last], word, len(chosen))[0].numpy()


@pytest.mark.parametrize("guidance", [1.0, 2.5])
def test_onnx_reads_as_torch_does(exported, guidance) -> None:
    excerpt, networks, weights = exported
    network, steer = OnnxNetwork(weights, guidance), some_steer()
    network.steer(steer)
    for number in range(30):
        network.read(heard(excerpt, number))
    following = tuple(int(token) for token in excerpt.next[0, 29])
    for chosen in ((), following[:1], following[:2]):
        steered = expected(excerpt, networks, steer, chosen, 29)
        plain = expected(excerpt, networks, None, chosen, 29)
        np.testing.assert_allclose(
            network.logits(chosen), plain + guidance * (steered - plain), atol=2e-4 * guidance
        )
    assert np.abs(steered - plain).max() > 0.01


def test_an_unsteered_network_is_the_backbone(exported) -> None:
    excerpt, networks, weights = exported
    network = OnnxNetwork(weights)
    network.steer(some_steer())
    network.steer(UNSTEERED)
    for number in range(10):
        network.read(heard(excerpt, number))
    np.testing.assert_allclose(network.logits(()), expected(excerpt, networks, None, (), 9), atol=2e-4)


def test_a_full_memory_begins_anew_with_the_later_half(exported) -> None:
    _, _, weights = exported
    network, vocabulary = OnnxNetwork(weights, 2.0), weights.vocabulary
    steers = [some_steer(seed) for seed in range(60)]
    bar = (vocabulary.names.index("Bar_None"), vocabulary.names.index("TimeSig_4/4"), vocabulary.pad)
    begin = Word((vocabulary.begin, vocabulary.pad, vocabulary.pad), 0, 0, 0)
    words = [begin, *(Word(bar, 0, 4, 48 * number) for number in range(59))]
    for steer, word in zip(steers, words, strict=True):
        network.steer(steer)
        network.read(word)
        assert len(network.remembered) <= weights.places
    kept = len(network.remembered) - 1
    assert weights.places // 4 < kept < 59
    assert network.remembered == (begin, *words[-kept:])
    fresh = OnnxNetwork(weights, 2.0)
    fresh.steer(steers[-kept])
    fresh.read(begin)
    for steer, word in zip(steers[-kept:], words[-kept:], strict=True):
        fresh.steer(steer)
        fresh.read(word)
    np.testing.assert_allclose(network.logits(()), fresh.logits(()), atol=1e-4)


@pytest.mark.parametrize("name", [*FILES, SIDECAR])
@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_damaged_weights_are_refused_in_one_line(exported, tmp_path, name, damage) -> None:
    _, _, weights = exported
    for path in weights.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    target = tmp_path / name
    target.unlink() if damage == "gone" else target.write_bytes(target.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match=name.replace(".", r"\.")) as caught:
        ComposerWeights(tmp_path)
    assert "\n" not in str(caught.value)
