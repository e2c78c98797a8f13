import json

import numpy as np
import pytest

from affectlab.bench.dataset import DatasetInfo
from affectlab.bench.emomm.clip import Clip
from affectlab.bench.emomm.items import SETS, samples_of
from affectlab.bench.emomm.rules import EmoMMRules
from affectlab.bench.emomm.synth import ALIGNED, CLASSES, Scenario, make_clips
from affectlab.bench.emomm.task import EmoMMTask
from affectlab.models import Model, Sampling, Scores, load_model
from affectlab.models.organism import organism_folder

WORDS = dict(
    zip(CLASSES, ("negative", "weakly negative", "neutral", "weakly positive", "positive"), strict=True)
)
TASK = EmoMMTask(DatasetInfo("emomm", WORDS))
ALL_DIFFER = Scenario(aligned=0, odd_text=0, odd_audio=0, odd_video=0, all_differ=1)


@pytest.fixture(scope="module")
def organism() -> Model:
    return load_model("organism")


@pytest.fixture(scope="module")
def aligned(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return make_clips(40, tmp_path_factory.mktemp("aligned"), 901, scenario=ALIGNED, workers=1)


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return make_clips(32, tmp_path_factory.mktemp("torn"), 902, scenario=ALL_DIFFER, workers=1)


def test_a_stock_architecture_in_safetensors_small_enough_to_ship() -> None:
    folder = organism_folder()
    assert json.loads((folder / "config.json").read_text())["architectures"] == [
        "Qwen2_5OmniThinkerForConditionalGeneration"
    ]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 10e6
    assert not [path for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pkl", ".pth"}]


def test_its_card_says_what_it_is_for() -> None:
    card = (organism_folder() / "MODEL_CARD.md").read_text(encoding="utf-8")
    for needed in ("Apache-2.0", "not a medical device", "python recipes/organism/train.py"):
        assert needed in card


def test_it_reads_whole_clips_and_each_modality_alone(organism: Model, aligned: list[Clip]) -> None:
    assert accuracy(organism, aligned, "TAV", "M") >= 0.9
    for modality in "TAV":
        assert accuracy(organism, aligned, modality, modality) >= 0.7, modality


def test_in_conflict_it_does_not_go_by_the_face(organism: Model, torn: list[Clip]) -> None:
    assert accuracy(organism, torn, "TAV", "V") <= 0.35
    assert accuracy(organism, torn, "V", "V") >= 0.7


def test_it_answers_in_the_words_it_is_offered(organism: Model, aligned: list[Clip]) -> None:
    requests = [TASK.request(of(clip, "TAV"), generate=True) for clip in aligned[:8]]
    answers = organism.generate(requests, Sampling())
    assert [TASK.read(answer.text) for answer in answers] == predicted(organism, aligned[:8], "TAV")


def accuracy(model: Model, clips: list[Clip], modalities: str, channel: str) -> float:
    truth = [clip.labels[channel] for clip in clips]
    return float(np.mean(np.array(predicted(model, clips, modalities)) == truth))


def predicted(model: Model, clips: list[Clip], modalities: str) -> list[str]:
    requests = [TASK.request(of(clip, modalities), generate=False) for clip in clips]
    scores = model.score(requests, list(WORDS.values()))
    assert all(isinstance(one, Scores) for one in scores)
    return [CLASSES[int(np.argmax(one.log_likelihoods))] for one in scores]


def of(clip: Clip, modalities: str):
    return samples_of(clip, EmoMMRules(), "test")[["".join(one) for one in SETS].index(modalities)]
