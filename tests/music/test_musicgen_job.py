"""A model on disk: trained on by the job, loaded, and played by its name."""

import logging
import threading

import numpy as np
import pytest
import soundfile
from tiny_musicgen import tiny_controller, tiny_musicgen
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from affectlab.config import load
from affectlab.errors import InvalidConfig, InvalidData, ModelError, UnknownModel
from affectlab.music.musicgen.adapter import save_adapter
from affectlab.music.musicgen.job import ControllerJob, load_judges, run
from affectlab.music.musicgen.loading import load_musicgen
from affectlab.music.musicgen.losses import Judges
from affectlab.music.musicgen.settings import ControllerSettings
from affectlab.music.musicgen.training import ControllerTraining
from affectlab.music.score import MusicControl
from affectlab.music.sounding.making import make
from affectlab.music.synth import BuiltinSynth


@pytest.fixture
def model_folder(tmp_path):
    folder = tmp_path / "tiny"
    tiny_musicgen().save_pretrained(folder)
    words = Tokenizer(models.WordLevel({"music": 1, "[UNK]": 0}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]").save_pretrained(folder)
    return folder


def test_a_job_trains_a_controller_that_its_model_plays(model_folder, tmp_path) -> None:
    rated = tmp_path / "rated"
    rated.mkdir()
    soundfile.write(rated / "noise.wav", np.random.default_rng(0).normal(0, 0.1, 32_000), 32_000)
    (rated / "ratings.csv").write_text("file,valence,arousal\nnoise.wav,0.5,-0.5\n", encoding="utf-8")
    (tmp_path / "job.toml").write_text(
        "tokens = 2\nwidth = 8\nrank = 4\nsteps = 2\nbatch = 2\nseconds = 0.5\nsave_every = 1\n",
        encoding="utf-8",
    )
    flags = {"base": str(model_folder), "data": str(rated), "out": str(tmp_path / "out")}
    job = load(ControllerJob, file=tmp_path / "job.toml", flags=flags, environment={})
    said = []
    path = run(job, stop=threading.Event(), progress=lambda *what: said.append(what))
    assert [(done, count) for done, count, _ in said] == [(1, 1), (1, 2), (2, 2)]
    composer, player = make(f"musicgen:{model_folder}", path, 0, notes=BuiltinSynth(0), patience=100.0)
    composer.next_beat(MusicControl(0.5, -0.5))
    sound = player.render(9_600)
    player.close()
    assert np.abs(sound).max() > 0
    assert player.counts() == {"starvations": 0, "failures": 0, "streamed_share": 1.0}
    assert composer.name == f"musicgen:{model_folder}"


def test_another_models_controller_is_refused_when_the_music_is_made(model_folder, tmp_path) -> None:
    other = tiny_musicgen(seed=4)
    save_adapter(tmp_path / "other.safetensors", tiny_controller(other), other, "other")
    with pytest.raises(InvalidData, match="was trained for other"):
        make(f"musicgen:{model_folder}", tmp_path / "other.safetensors", 0, notes=BuiltinSynth(0))


def test_a_description_is_read_and_none_is_read_as_nothing(model_folder) -> None:
    _, read = load_musicgen(str(model_folder))
    assert read("music music").mask.tolist() == [[1, 1]]
    assert read("").mask.sum() == 0


def test_what_is_no_model_here_is_refused_in_one_line(model_folder, tmp_path) -> None:
    with pytest.raises(UnknownModel, match="not on this machine"):
        load_musicgen(str(tmp_path / "nothing"))
    (model_folder / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_musicgen(str(model_folder))
    assert "\n" not in str(caught.value)


def test_the_job_has_the_defaults_of_its_parts() -> None:
    plan = ControllerJob(base="x", data="y", out="z").plan()
    assert plan.controller == ControllerSettings()
    assert plan.training == ControllerTraining()


def test_judges_are_found_by_name() -> None:
    assert load_judges(None) == Judges()
    assert load_judges("affectlab.music.musicgen.losses:Judges") == Judges()
    for name in ("no.such:thing", "math:nothing", "nothing"):
        with pytest.raises(InvalidConfig, match="expected module:function"):
            load_judges(name)
    with pytest.raises(InvalidConfig, match="returned RootLogger; expected Judges"):
        load_judges(f"{logging.__name__}:getLogger")
