"""The composer that is shipped: small, honest about its making, obedient, and no copyist."""

import shutil

import numpy as np
import pytest

from affectlab.errors import InvalidConfig, UnreadableFile
from affectlab.music import (
    MusicControl,
    MusicEngine,
    check_music,
    make_composer,
    make_music,
    make_synthesiser,
)
from affectlab.music.evaluation.human import piece_of_take
from affectlab.music.evaluation.take import perform
from affectlab.music.learned.live import learned_composer
from affectlab.music.learned.weights import SHIPPED, load_composer
from affectlab.music.trajectory import Trajectory

pytest.importorskip("onnxruntime")


def take(valence, arousal, bars=8, seed=0):
    controls = Trajectory.still(valence, arousal).controls(4 * bars)
    return perform(make_composer("learned", seed, live=False), controls, name="x", arm="full", seed=seed)


def test_it_fits_into_the_package_and_says_what_it_was_made_of() -> None:
    weights = load_composer()
    assert sum(path.stat().st_size for path in SHIPPED.glob("*.onnx")) < 25e6
    facts = weights.facts
    assert facts["trained_on"]["pieces"] > 800
    # Only what may be shipped: MIT for POP909, and scores whose encodings are openly licensed.
    assert "MIT" in facts["trained_on"]["licences"]
    assert not any("NC" in licence for licence in facts["trained_on"]["licences"])
    curve = [row["valid"] for row in facts["curves"]["backbone"]]
    assert curve == sorted(curve, reverse=True)
    last = facts["curves"]["controller"][-1]
    assert last["valid_full"] < min(last["valid_none"], last["valid_exchanged"])


def test_arousal_and_valence_are_read_back_in_the_order_they_were_asked_for() -> None:
    arousal = [np.mean([beat.arousal for beat in take(0.0, asked).beats[8:]]) for asked in (-0.8, 0.0, 0.8)]
    valence = [np.mean([beat.valence for beat in take(asked, 0.0).beats[8:]]) for asked in (-0.8, 0.0, 0.8)]
    assert np.diff(arousal).min() > 0.3
    assert np.diff(valence).min() > 0.1


def test_it_recites_nothing_of_its_training_data() -> None:
    known = load_composer().known
    for seed in range(3):
        assert not known.overlap(piece_of_take(take(0.5, 0.3, bars=24, seed=seed))) > 0


def test_its_memory_begins_anew_without_a_break() -> None:
    beats = take(0.4, 0.8, bars=32).beats
    assert sum(len(beat.notes) for beat in beats) > 512, "more than the network remembers"
    assert [beat.bar for beat in beats] == [number // 4 for number in range(128)]
    assert all(any(beat.notes for beat in beats[at : at + 3]) for at in range(len(beats) - 3))


def test_it_sounds_through_the_engine_without_silence() -> None:
    composer, synthesiser = make_music("learned", "builtin", 3, live=False)
    engine = MusicEngine(composer, synthesiser, fade_in=0.0)
    engine.set_control(MusicControl(0.5, 0.0), at=0.0)
    sound = np.concatenate([engine.render(4800).samples for _ in range(150)])
    seconds = np.sqrt((sound[: 15 * 48_000].reshape(15, -1) ** 2).mean(axis=1))
    assert 20 * np.log10(seconds.min()) > -50
    assert np.abs(sound).max() < 1
    assert engine.counts()["fallback_beats"] == 0
    engine.close()


@pytest.mark.parametrize("damage", ["cut", "gone", "other"])
def test_damaged_weights_are_one_line_before_any_music(tmp_path, damage) -> None:
    folder = tmp_path / "composer"
    shutil.copytree(SHIPPED, folder)
    graph = folder / "read.onnx"
    if damage == "gone":
        graph.unlink()
    else:
        graph.write_bytes(graph.read_bytes()[:1000] if damage == "cut" else b"x" * graph.stat().st_size)
    with pytest.raises(UnreadableFile, match=r"read\.onnx .*copy the composer's folder again"):
        learned_composer(folder=folder)


@pytest.mark.parametrize(
    ("spec", "controller", "line"),
    [
        ("jazz", None, "music 'jazz' is not known; expected one of: learned, rules, musicgen:MODEL, magenta"),
        ("rules", "c.safetensors", "music 'rules' takes no controller; --controller goes with musicgen"),
    ],
)
def test_what_music_cannot_be_is_one_line(spec, controller, line) -> None:
    for ask in (
        lambda: check_music(spec, controller),
        lambda: make_music(spec, "builtin", controller=controller),
    ):
        with pytest.raises(InvalidConfig) as caught:
            ask()
        assert str(caught.value).startswith(line)
    with pytest.raises(InvalidConfig, match="composer 'lyria' is not known; expected one of: learned, rules"):
        make_composer("lyria")
    assert make_synthesiser("builtin").name == "builtin"
