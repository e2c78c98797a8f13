import json

import pytest
from toy_bench import INFO, toy_data, toy_samples

from affectlab.bench.dataset import read_dataset, write_dataset
from affectlab.bench.sample import Sample
from affectlab.errors import UnreadableFile
from affectlab.models import Media


def test_samples_come_back_as_they_were(tmp_path):
    dataset = read_dataset(toy_data(tmp_path))
    assert dataset.samples == tuple(toy_samples(60))
    assert dataset.info.labels == INFO.labels


def test_media_inside_the_folder_move_with_it(tmp_path):
    inside, outside = tmp_path / "data" / "media" / "a.wav", tmp_path / "b.wav"
    media = (Media("audio", inside, "aa"), Media("audio", outside, "bb"))
    sample = Sample("one", "all", "test", {"source": "s"}, {"N": 1.0}, media=media)
    write_dataset(tmp_path / "data", INFO, [sample])
    (tmp_path / "data").rename(tmp_path / "moved")
    paths = [one.path for one in read_dataset(tmp_path / "moved").samples[0].media]
    assert paths == [tmp_path / "moved" / "media" / "a.wav", outside]


def test_a_folder_without_a_data_set_says_how_to_make_one(tmp_path):
    with pytest.raises(UnreadableFile, match=r"holds no data set .*affectlab bench build NAME"):
        read_dataset(tmp_path)


def test_changed_samples_are_noticed(tmp_path):
    path = toy_data(tmp_path) / "samples.jsonl"
    path.write_text(path.read_text().replace("toy_0001", "toy_9999"))
    with pytest.raises(UnreadableFile, match="was changed; build the data set again"):
        read_dataset(tmp_path)


def test_an_unknown_key_is_damage(tmp_path):
    path = toy_data(tmp_path) / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"surprise": 1}))
    with pytest.raises(UnreadableFile, match=r"dataset.json is damaged .*surprise"):
        read_dataset(tmp_path)


def test_the_most_probable_label_is_the_label():
    votes = Sample("one", "all", "test", {"source": "s"}, {"N": 0.2, "P": 0.5, "Neu": 0.3})
    assert votes.label == "P"


def test_the_same_samples_have_the_same_hash_wherever_their_media_lie(tmp_path):
    hashes = set()
    for place in ("here", "there"):
        media = (Media("audio", tmp_path / place / "a.wav", "aa"),)
        sample = Sample("one", "all", "test", {"source": "s"}, {"N": 1.0}, media=media)
        write_dataset(tmp_path / "data" / place, INFO, [sample])
        hashes.add(read_dataset(tmp_path / "data" / place).info.samples_sha256)
    assert len(hashes) == 1
