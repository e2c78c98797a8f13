"""Predictors of mood, on clips of which it is plain, and on EMOPIA."""

import ast
import threading
from pathlib import Path

import numpy as np
import pytest
from played_music import mood_files, write_emopia

from affectlab.errors import InvalidData
from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.emopia import read_clips
from affectlab.music.evaluation.fitting import (
    auc,
    balanced_accuracy,
    examples_of,
    held_out,
    held_out_rows,
    majority,
)
from affectlab.music.evaluation.predictors import DESCRIBE, Predictor, fit_all, inside
from affectlab.music.evaluation.progress import Interrupted
from affectlab.music.evaluation.take import perform
from affectlab.music.score import MusicControl

pytest.importorskip("sklearn")
pytest.importorskip("symusic")


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return read_clips(write_emopia(tmp_path_factory.mktemp("emopia") / "e.tar.gz", mood_files(10)))


@pytest.fixture(scope="module")
def examples(clips, tmp_path_factory):
    return examples_of(clips, tmp_path_factory.mktemp("features"), stop=threading.Event())


def test_cues_judge_plain_moods_of_songs_they_have_not_met(examples) -> None:
    rows = {row["metric"]: row for row in held_out_rows("cues", examples["cues"], resamples=50)}
    assert rows["balanced_accuracy_arousal"]["value"] == 1.0
    assert rows["balanced_accuracy_valence"]["value"] > 0.8
    assert rows["majority_valence"]["value"] == 0.5
    for row in rows.values():
        assert row["low"] <= row["value"] <= row["high"]
        assert (row["n"], row["groups"]) == (40, 10)


def test_held_out_clips_are_judged_without_their_song(examples) -> None:
    # A label that is the song's own cannot be learnt from other songs.
    whole = examples["cues"]
    songs = sorted(set(whole.songs))
    secret = {song: 1 - 2 * (index % 2) for index, song in enumerate(songs)}
    labels = np.array([[secret[song], 1 - 2 * (i % 2)] for i, song in enumerate(whole.songs)])
    judged = held_out("cues", type(whole)(whole.rows, whole.clip, labels, whole.songs))
    assert auc(labels[:, 0] > 0, judged[:, 0]) < 0.75


def test_readings_follow_the_music_in_time(clips, examples) -> None:
    wild, calm = (next(c for c in clips if (c.valence, c.arousal) == mood) for mood in ((1, 1), (1, -1)))
    later = calm.notes.copy()
    later["onset"] += 10
    notes = np.concatenate([wild.notes[wild.notes["onset"] < 10], later])
    predictor = Predictor("cues")
    predictor.fit(examples["cues"])
    read = predictor.read(notes, np.array([0.0, 5.0, 15.0, 20.0]), 20.0)
    assert read.shape == (4, 2)
    assert np.abs(read).max() <= 1
    assert min(read[:2, 1]) > 0.3 > -0.3 > max(read[2:, 1])
    # At the ends the first and the last whole window is read.
    assert read[0] == pytest.approx(predictor.read(notes, np.array([4.0]), 20.0)[0])


def test_windows_stay_inside_the_music() -> None:
    assert inside(np.array([0.0, 7.0, 20.0]), 20.0).tolist() == [4.0, 7.0, 16.0]
    assert inside(np.array([0.0, 5.0]), 5.0).tolist() == [2.5, 2.5]


def test_described_clips_are_kept_and_damaged_ones_made_again(clips, tmp_path) -> None:
    stop, told = threading.Event(), []

    def progress(done, total):
        told.append((done, total))
        if done == 3:
            stop.set()

    some = clips[:6]
    with pytest.raises(Interrupted):
        examples_of(some, tmp_path, stop=stop, progress=progress)
    assert told == [(1, 6), (2, 6), (3, 6)]
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(kept) == 3
    broken = sorted(kept)[0]
    broken.write_bytes(broken.read_bytes()[:100])
    damaged = broken.stat().st_mtime_ns
    found = examples_of(some, tmp_path, stop=threading.Event())
    assert {path.stat().st_mtime_ns for path in sorted(kept)[1:]} == {kept[path] for path in sorted(kept)[1:]}
    assert broken.stat().st_mtime_ns != damaged
    fresh = examples_of(some, tmp_path / "fresh", stop=threading.Event())
    for name in DESCRIBE:
        np.testing.assert_array_equal(found[name].rows, fresh[name].rows)


def test_a_handful_of_songs_is_refused(clips, tmp_path) -> None:
    few = [clip for clip in clips if clip.song in {"song_0", "song_1"}]
    with pytest.raises(InvalidData, match="clips of at least 5 songs, got 2"):
        held_out("cues", examples_of(few, tmp_path, stop=threading.Event())["cues"])


def test_agreement_of_judgements_with_labels() -> None:
    truth = np.array([True, True, False, False, False])
    values = np.array([0.9, -0.1, -0.5, 0.2, -0.9])
    assert balanced_accuracy(truth, values) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert auc(truth, values) == pytest.approx(5 / 6)
    assert auc(truth, np.zeros(5)) == 0.5
    assert majority(truth, values) == 0.6
    assert np.isnan(auc(truth[:2], values[:2]))
    assert np.isnan(balanced_accuracy(truth[2:], values[2:]))


def test_nothing_that_learns_to_compose_imports_what_judges_it() -> None:
    from affectlab.music import learned

    for path in Path(learned.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("affectlab.music.evaluation") for name in names), path


@pytest.fixture(scope="module")
def emopia(data_root):
    archive = data_root / "emopia" / "EMOPIA_1.0.tar.gz"
    if not archive.exists():
        pytest.skip(f"EMOPIA is not in {archive}")
    return read_clips(archive)


def read_rules(predictor):
    """Return what a predictor reads in the rule composer's music, by mood."""
    found = {}
    for mood in ((0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)):
        take = perform(RuleComposer(1), [MusicControl(*mood)] * 48, name="", arm="rules", seed=1)
        found[mood] = predictor.read(take.notes(), take.starts[:-1], take.seconds).mean(axis=0)
    return found


@pytest.mark.data
def test_on_emopia_cues_judge_songs_they_have_not_met_and_see_what_rules_do(emopia, tmp_path) -> None:
    assert (len(emopia), len({clip.song for clip in emopia})) == (1078, 387)
    examples = examples_of(emopia[::2], tmp_path, names=("cues",), stop=threading.Event())["cues"]
    judged = held_out("cues", examples)
    assert auc(examples.labels[:, 1] > 0, judged[:, 1]) > 0.92
    assert auc(examples.labels[:, 0] > 0, judged[:, 0]) > 0.75
    predictor = Predictor("cues")
    predictor.fit(examples)
    read = read_rules(predictor)
    assert min(read[v, 0.8][1] - read[v, -0.8][1] for v in (0.8, -0.8)) > 0.4
    assert min(read[0.8, a][0] - read[-0.8, a][0] for a in (0.8, -0.8)) > 0.1


@pytest.mark.data
def test_on_emopia_the_sound_of_some_clips_tells_how_lively_rules_play(emopia, tmp_path) -> None:
    few = emopia[::20]
    examples = examples_of(few, tmp_path, names=("sound",), stop=threading.Event())
    (predictor,) = fit_all(examples)
    read = read_rules(predictor)
    assert min(read[v, 0.8][1] - read[v, -0.8][1] for v in (0.8, -0.8)) > 0.3
