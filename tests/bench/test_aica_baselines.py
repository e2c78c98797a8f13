"""Baselines of AICA-Bench: what they learn, and that they never saw what they predict."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from aica_pictures import dataset, mixed, rating, sample

from affectlab.affect import spearman
from affectlab.bench.aica.exam import AicaExam
from affectlab.bench.aica.rated import model_rating
from affectlab.bench.baselines import load_baseline
from affectlab.bench.baselines.image_features import image_features
from affectlab.bench.dataset import Dataset
from affectlab.bench.exam.item import ExamChoice, Item
from affectlab.bench.exam.table import read_exam_run
from affectlab.bench.run import run_benchmark
from affectlab.bench.settings import RunSettings
from affectlab.errors import MissingExtra, ModelError, UnknownModel
from affectlab.models import Failure, Generation, Request, Sampling, Scores


def items_of(data: Dataset, task: str) -> list[Item]:
    return list(AicaExam(data.info, ExamChoice((task,))).items(data.samples, scoring=True))


def ratings(data: Dataset, name: str) -> list[float]:
    """Predicted ratings, asked for in likelihoods."""
    model = load_baseline(name, data)
    items = items_of(data, "intensity")
    points = list(items[0].labels)
    found = model.score([item.request for item in items], points)
    shares = [np.exp(one.log_likelihoods) for one in found if isinstance(one, Scores)]
    return [float(np.array(points, dtype=float) @ one) for one in shares]


def lit(folder: Path, n: int = 40, *, means: dict[int, float] | None = None) -> Dataset:
    """Images as pleasant as they are light, two to a source; `means` gives some another rating."""
    samples = []
    for number in range(n):
        light = (number * 7 % n) / n
        mean = (means or {}).get(number, 1 + 6 * light)
        samples.append(
            sample(
                folder,
                "oasis",
                number,
                lightness=light,
                source=f"s{number // 2}",
                ratings={"valence": rating(mean)},
            )
        )
    return dataset(folder, samples)


def test_statistics_of_images_learn_that_light_is_pleasant(tmp_path: Path) -> None:
    data = lit(tmp_path)
    truth = [one.details["ratings"]["valence"]["mean"] for one in data.samples]
    assert spearman(truth, ratings(data, "image-statistics")) > 0.8


@pytest.mark.parametrize("name", ["majority", "image-statistics"])
def test_the_ratings_of_a_source_change_no_prediction_of_its_own(tmp_path: Path, name: str) -> None:
    before = ratings(lit(tmp_path / "one"), name)
    after = ratings(lit(tmp_path / "two", means={0: 7.0, 1: 7.0}), name)
    changed = [number for number in range(40) if abs(before[number] - after[number]) > 1e-9]
    assert {0, 1}.isdisjoint(changed)
    # Those of other folds have learnt from it.
    assert len(changed) >= 24


def test_images_of_one_source_that_look_the_same_do_not_give_each_other_away(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    samples = []
    for source in range(20):
        light, mean = generator.uniform(0, 1), generator.uniform(1, 7)
        samples += [
            sample(
                tmp_path,
                "oasis",
                2 * source + twin,
                lightness=light,
                source=f"s{source}",
                ratings={"valence": rating(mean)},
            )
            for twin in (0, 1)
        ]
    data = dataset(tmp_path, samples)
    truth = [one.details["ratings"]["valence"]["mean"] for one in data.samples]
    # A split by image and not by source would see each twin, and correlate almost perfectly.
    assert spearman(truth, ratings(data, "image-statistics")) < 0.5


def test_majority_names_the_most_frequent_label_of_the_other_sources(tmp_path: Path) -> None:
    truths = ["awe"] * 3 + ["fear"] * 3
    data = dataset(tmp_path, [sample(tmp_path, "fi", n, target={one: 1.0}) for n, one in enumerate(truths)])
    model = load_baseline("majority", data)
    items = items_of(data, "eu")
    said = [
        one.text
        for one in model.generate([item.request for item in items], Sampling())
        if isinstance(one, Generation)
    ]
    # Without its own fold, of one or two images, the other label leads or the two tie and awe is first.
    assert said[:3].count("fear") >= 2
    assert set(said) <= {"awe", "fear"}


def test_light_tells_labels_apart_and_every_corpus_is_learnt_by_itself(tmp_path: Path) -> None:
    samples = []
    for number in range(30):
        dark = number % 2
        for corpus, labels in (("fi", ("awe", "fear")), ("emotion6", ("sadness", "joy"))):
            samples.append(
                sample(tmp_path, corpus, number, target={labels[dark]: 1.0}, lightness=0.2 if dark else 0.8)
            )
    data = dataset(tmp_path, samples)
    model = load_baseline("image-statistics", data)
    items = items_of(data, "eu")
    found = model.generate([item.request for item in items], Sampling())
    right = [
        one.text == item.sample.label
        for item, one in zip(items, found, strict=True)
        if isinstance(one, Generation)
    ]
    assert np.mean(right) > 0.9


def test_a_run_of_a_baseline_answers_all_plain_questions_alike_in_words_and_likelihoods(
    tmp_path: Path,
) -> None:
    data = mixed(tmp_path / "data", 4)
    told = {}
    for mode in ("score", "generate"):
        out = tmp_path / mode
        settings = RunSettings(
            benchmark="aica",
            data=data.folder,
            model="baseline:image-statistics",
            out=out,
            mode=mode,
            arms="basic,basic-zh",
        )
        assert run_benchmark(settings).counts["answered"] == 2 * (3 * 4 + 4 + 8 + 16)
        told[mode] = read_exam_run(out).rows
    for scored, worded in zip(told["score"], told["generate"], strict=True):
        if scored["task"] == "eu":
            assert scored["prediction"] == worded["prediction"]
        else:
            assert model_rating(scored) == pytest.approx(model_rating(worded), abs=0.01)


def test_what_a_baseline_cannot_answer_it_refuses(tmp_path: Path) -> None:
    data = mixed(tmp_path, 3)
    model = load_baseline("majority", data)
    with pytest.raises(ModelError, match="arm basic"):
        model.generate([Request((data.samples[0].media[0], "How are you?"))], Sampling())
    with pytest.raises(ModelError, match="fi"):
        model.score([items_of(data, "eu")[0].request], ["joy", "anger"])
    with pytest.raises(UnknownModel, match="image-statistics"):
        load_baseline("late-fusion", data)


def test_an_image_that_cannot_be_decoded_fails_alone(tmp_path: Path) -> None:
    data = lit(tmp_path, 20)
    data.samples[3].media[0].path.write_bytes(b"no picture")
    model = load_baseline("image-statistics", data)
    items = items_of(data, "intensity")
    found = model.generate([item.request for item in items], Sampling())
    assert [place for place, one in enumerate(found) if isinstance(one, Failure)] == [3]


def test_a_corpus_of_one_source_fails_alone_for_it_has_nothing_to_learn_from(tmp_path: Path) -> None:
    samples = [sample(tmp_path, "oasis", n, source="one", ratings={"valence": rating(3)}) for n in (0, 1)]
    samples += [sample(tmp_path, "fi", n, target={"awe": 1.0}) for n in (0, 1)]
    data = dataset(tmp_path, samples)
    model = load_baseline("majority", data)
    asked = [item.request for task in ("intensity", "eu") for item in items_of(data, task)]
    found = model.generate(asked, Sampling())
    assert [isinstance(one, Failure) for one in found] == [True, True, False, False]
    assert isinstance(found[0], Failure)
    assert "oasis" in found[0].message


def test_one_picture_under_two_sources_is_learnt_from_for_neither(tmp_path: Path) -> None:
    samples = [sample(tmp_path, "oasis", n, ratings={"valence": rating(2)}) for n in range(8)]
    twin = replace(
        samples[0],
        id="twin",
        groups={"source": "another"},
        details=sample(tmp_path, "oasis", 0, ratings={"valence": rating(7)}).details,
    )
    data = dataset(tmp_path, [*samples, twin])
    assert ratings(data, "majority")[0] == pytest.approx(2, abs=1e-3)


def test_without_scikit_learn_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = mixed(tmp_path, 2)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra, match="scikit-learn"):
        load_baseline("image-statistics", data)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (64, 48)])
def test_features_are_finite_and_as_many_for_any_picture(size: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    for picture in (generator.integers(0, 256, (*size, 3)), np.zeros((*size, 3)), np.full((*size, 3), 255)):
        found = image_features(picture.astype(np.uint8))
        assert found.shape == (294 + 12 + 9 + 7 + 3,)
        assert np.isfinite(found).all()


def test_features_tell_mirrored_coloured_and_light_pictures_apart() -> None:
    half = np.random.default_rng(0).integers(0, 256, (32, 16, 3)).astype(np.uint8)
    mirrored = np.concatenate([half, half[:, ::-1]], axis=1)
    assert image_features(mirrored)[-3] == pytest.approx(1)
    assert abs(image_features(np.concatenate([half, np.roll(half, 5, 0)], axis=1))[-3]) < 0.5
    red = np.zeros((8, 8, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
    green = np.zeros((8, 8, 3), np.uint8) + np.array([0, 255, 0], np.uint8)
    hues = slice(294, 306)
    assert int(np.argmax(image_features(red)[hues])) == 0
    assert int(np.argmax(image_features(green)[hues])) == 4
    assert image_features(np.full((8, 8, 3), 90, np.uint8))[hues].sum() == 0


def test_the_same_image_elsewhere_is_the_same_question(tmp_path: Path) -> None:
    data = mixed(tmp_path, 3)
    item = items_of(data, "eu")[0]
    moved = tmp_path / "elsewhere.png"
    moved.write_bytes(data.samples[0].media[0].path.read_bytes())
    request = Request((replace(data.samples[0].media[0], path=moved), *item.request.parts[1:]))
    model = load_baseline("majority", data)
    assert model.generate([request], Sampling()) == model.generate([item.request], Sampling())
