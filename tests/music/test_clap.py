"""CLAP from a folder, with a tiny model of random weights."""

import threading

import numpy as np
import pytest
from played_music import Pulse, played

from affectlab.errors import UnreadableFile
from affectlab.music.evaluation.clap import ClapEar, Reference
from affectlab.music.evaluation.driver import Arm, Yardsticks, evaluate
from affectlab.music.evaluation.emopia import Clip
from affectlab.music.evaluation.plans import draw_plans
from affectlab.music.evaluation.sound import SFREQ_PIANO

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("clap")
    torch.manual_seed(0)
    text = {"vocab_size": 10, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    audio = {
        "spec_size": 256, "num_mel_bins": 64, "patch_embeds_hidden_size": 8, "hidden_size": 16,
        "depths": [1, 1], "num_attention_heads": [1, 2], "num_hidden_layers": 2, "patch_stride": [4, 4],
        "window_size": 8, "enable_fusion": False, "projection_dim": 8,
    }  # fmt: skip
    text |= {"intermediate_size": 8, "max_position_embeddings": 16}
    config = transformers.ClapConfig(text_config=text, audio_config=audio, projection_dim=8)
    transformers.ClapModel(config).save_pretrained(path)
    transformers.ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(path)
    return path


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * SFREQ_PIANO)).astype(np.float32)


def test_each_ten_seconds_have_an_embedding_of_length_one(folder) -> None:
    ear = ClapEar(folder)
    long, short = noise(25), noise(2, seed=1)
    found = ear.embed([long, short])
    assert found.shape == (3, 8)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))
    np.testing.assert_allclose(found[1:2], ear.embed([long[10 * SFREQ_PIANO : 20 * SFREQ_PIANO]]), atol=1e-6)


def test_the_reference_hears_clips_spread_over_all(folder) -> None:
    clips = [Clip(f"Q1_{i}_0", str(i), 1, 1, played([(0.0, 1.0, 50 + i, 80)])) for i in range(9)]
    ear = ClapEar(folder)
    reference = Reference.of(ear, clips, most=3)
    np.testing.assert_allclose(reference.embeddings, Reference.of(ear, clips[::3]).embeddings)
    assert reference.embeddings.shape == (3, 8)


def test_a_folder_without_a_model_is_told_in_one_line(folder, tmp_path) -> None:
    with pytest.raises(UnreadableFile, match=r"holds no CLAP model: no config\.json"):
        ClapEar(tmp_path)
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(UnreadableFile, match="holds no whole CLAP model"):
        ClapEar(tmp_path)


def test_with_a_reference_every_arm_has_its_distance(folder, tmp_path) -> None:

    ear = ClapEar(folder)
    reference = Reference(ear, ear.embed(noise(10, seed) for seed in range(4)))

    class Neutral:
        name = "neutral"

        def read(self, notes, centres, seconds):
            return np.zeros((len(centres), 2))

    found = evaluate(
        {"full": Arm(Pulse, "pulse")},
        draw_plans(4, bars=8),
        Yardsticks((Neutral(),), reference=reference),
        tmp_path,
        resamples=10,
        stop=threading.Event(),
    )
    (row,) = [row for row in found.rows if row["metric"] == "fad"]
    assert (row["arm"], row["n"], row["low"]) == ("full", 4, None)
    assert row["value"] > 0
    assert found.notes == ()
