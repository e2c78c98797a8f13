"""Building a corpus: what is in it, going on after an interruption, doing nothing twice, mistakes."""

import json
import threading

import numpy as np
import pytest
from pop909_layout import numbers_of, some_songs, song, write_archive, write_folder

from affectlab.errors import InvalidData, UnreadableFile
from affectlab.music.learned.corpus import build as module
from affectlab.music.learned.corpus.build import Interrupted, build, fingerprint
from affectlab.music.learned.corpus.pop909 import candidates
from affectlab.music.learned.corpus.shards import Corpus
from affectlab.music.learned.features import FEATURES, beat_features
from affectlab.music.learned.labels import LABELS
from affectlab.music.learned.tokens import decode

pytest.importorskip("miditok")


def built(path, out, **options):
    options = {"with_scores": False, "manifest": {"command": "x"}, "stop": threading.Event()} | options
    return build(path, out, **options)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    songs = some_songs()
    bad = numbers_of("train", 3)[-1]
    songs[bad] = song(5) | {"beat_midi.txt": b""}
    return write_archive(tmp_path_factory.mktemp("songs") / "POP909.tar.gz", songs)


@pytest.fixture(scope="module")
def corpus(archive, tmp_path_factory):
    return built(archive, tmp_path_factory.mktemp("made") / "corpus")


def test_every_piece_is_in_its_split_and_reads_back(archive, corpus) -> None:
    pieces = {one.name: one for one in candidates(archive)}
    assert len(corpus.pieces) == 6
    for split in ("train", "valid", "test"):
        arrays = corpus.split(split)
        assert len(arrays.pieces) == 2
        assert len(arrays.ids) == sum(one.tokens for one in arrays.pieces)
        assert len(arrays.labels) == sum(one.beats for one in arrays.pieces)
        for entry in arrays.pieces:
            piece = pieces[entry.name].read()
            ids = np.asarray(arrays.ids[entry.first_token : entry.first_token + entry.tokens])
            assert decode(ids).notes.tolist() == piece.notes.tolist()
            beats = arrays.beats[entry.first_token : entry.first_token + entry.tokens]
            assert (np.diff(beats.astype(int)) >= 0).all()
            assert beats[-1] < entry.beats == piece.beats
            rows = arrays.features[entry.first_beat : entry.first_beat + entry.beats]
            np.testing.assert_array_equal(rows, beat_features(piece).astype(np.float16))
            assert (entry.source, entry.licence, entry.notes) == ("POP909", "MIT", len(piece.notes))


def test_arrays_have_the_documented_types(corpus) -> None:
    train = corpus.split("train")
    assert isinstance(train.ids, np.memmap)
    assert (train.ids.dtype, train.beats.dtype) == (np.uint16, np.uint16)
    assert train.features.shape[1] == len(FEATURES)
    assert train.labels.shape[1] == len(LABELS)
    assert train.features.dtype == train.labels.dtype == np.float16


def test_labels_are_placed_by_the_training_split(corpus) -> None:
    valid = corpus.split("valid")
    again = corpus.labeller.label(np.asarray(valid.features, np.float32))
    assert np.abs(again[5:25] - np.asarray(valid.labels, np.float32)[5:25]).max() < 0.1
    assert len(corpus.vocabulary) == 206


def test_the_ngrams_are_those_of_the_training_split(archive, corpus) -> None:
    pieces = {one.name: one for one in candidates(archive)}
    for entry in corpus.pieces:
        overlap = corpus.ngrams.overlap(pieces[entry.name].read())
        assert overlap == (1 if entry.split == "train" else 0)


def test_what_was_left_out_is_listed_with_its_reason(corpus) -> None:
    assert len(corpus.dropped) == 1
    assert "expected at least 16 rows of 3" in next(iter(corpus.dropped.values()))
    rows = {(row["subset"], row["metric"]): row["value"] for row in corpus.rows()}
    assert rows["left out", "pieces"] == 1
    assert rows["train", "pieces"] == 2
    assert rows["train", "tokens"] == len(corpus.split("train").ids)


def test_a_second_call_touches_nothing(archive, corpus, monkeypatch) -> None:
    def never(*_):
        raise AssertionError("made again")

    before = {path: path.stat().st_mtime_ns for path in corpus.folder.rglob("*")}
    monkeypatch.setattr(module, "prepare", never)
    again = built(archive, corpus.folder)
    assert again.pieces == corpus.pieces
    assert {path: path.stat().st_mtime_ns for path in corpus.folder.rglob("*")} == before


def test_an_interrupted_build_goes_on_and_comes_to_the_same(archive, corpus, tmp_path, monkeypatch) -> None:
    stop, made, prepare = threading.Event(), [], module.prepare

    def third_is_the_last(done, total):
        assert total == 7
        if done == 3:
            stop.set()

    with pytest.raises(Interrupted):
        built(archive, tmp_path / "c", stop=stop, progress=third_is_the_last)
    with pytest.raises(UnreadableFile, match="is no music corpus"):
        Corpus.open(tmp_path / "c")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "c" / "work").iterdir()}
    assert len(kept) == 3
    damaged = min(kept)
    damaged.write_bytes(b"PK\x03\x04")

    def counted(candidate, folder):
        found = prepare(candidate, folder)
        made.extend(
            path for path, time in kept.items() if path != damaged and path.stat().st_mtime_ns != time
        )
        return found

    monkeypatch.setattr(module, "prepare", counted)
    whole = built(archive, tmp_path / "c")
    assert made == []
    assert whole.pieces == corpus.pieces
    for split in ("train", "valid", "test"):
        assert (whole.split(split).ids == corpus.split(split).ids).all()
        assert (whole.split(split).labels == corpus.split(split).labels).all()
    assert sorted(path.name for path in whole.folder.iterdir()) == sorted(
        path.name for path in corpus.folder.iterdir()
    )


def test_the_manifest_names_the_inputs(archive, corpus) -> None:
    manifest = json.loads((corpus.folder / "manifest.json").read_text())
    assert manifest == {
        "command": "x",
        "inputs": {"format": 1, "pop909": fingerprint(archive), "scores": False},
    }


def test_a_folder_has_a_fingerprint_of_its_own(tmp_path) -> None:
    folder = write_folder(tmp_path, {"001": song(1)})
    before = fingerprint(folder)
    (folder / "notes.md").write_text("not read")
    assert fingerprint(folder) == before
    (folder / "001" / "beat_midi.txt").write_bytes(b"")
    assert fingerprint(folder) != before


def test_songs_that_share_a_melody_are_in_one_split(tmp_path) -> None:
    songs = some_songs()
    train, test = numbers_of("train", 1)[0], numbers_of("test", 1)[0]
    songs[test] = songs[train]
    made = built(write_archive(tmp_path / "x.tar.gz", songs), tmp_path / "c")
    groups = {one.name: (one.split, one.group) for one in made.pieces}
    assert groups[f"pop909/{train}"] == groups[f"pop909/{test}"]


def test_another_folder_is_not_touched(archive, corpus, tmp_path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(InvalidData, match="holds something else; choose another folder"):
        built(archive, tmp_path)
    with pytest.raises(InvalidData, match="holds a corpus of other inputs"):
        built(archive, corpus.folder, with_scores=True)
    (tmp_path / "file").write_text("a file")
    with pytest.raises(InvalidData, match="holds something else"):
        built(archive, tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "precious.txt"]


def test_inputs_that_are_not_pop909(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="does not exist"):
        built(tmp_path / "absent", tmp_path / "c")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableFile, match="is not POP909"):
        built(tmp_path / "empty", tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_too_few_songs_for_three_splits(tmp_path) -> None:
    songs = {number: song(int(number)) for number in numbers_of("train", 2)}
    with pytest.raises(InvalidData, match="only 2 of 2 pieces are of use, none of them for: valid, test"):
        built(write_archive(tmp_path / "x.tar.gz", songs), tmp_path / "c")


@pytest.mark.parametrize("damage", ["ids.npy", "labels.json", "vocabulary.json", "ngrams.npz", "corpus.json"])
def test_a_damaged_corpus_is_said_to_be(corpus, tmp_path, damage) -> None:
    import shutil

    shutil.copytree(corpus.folder, tmp_path / "c")
    path = next((tmp_path / "c").rglob(damage))
    path.write_bytes(b"damaged")
    with pytest.raises(UnreadableFile, match=r"affectlab music corpus|build the corpus again"):
        read_all(tmp_path / "c")


def read_all(folder):
    corpus = Corpus.open(folder)
    for split in ("train", "valid", "test"):
        corpus.split(split)
    return corpus.labeller, corpus.vocabulary, corpus.ngrams
