"""Takes on the grid and excerpts of music by people."""

import threading

import numpy as np
import pytest
from grid_pieces import made
from played_music import beat, note, take_of
from pop909_layout import some_songs, write_archive

from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.human import (
    STATISTICS,
    distance,
    excerpts,
    human_statistics,
    piece_of_take,
    take_statistics,
)
from affectlab.music.evaluation.take import perform
from affectlab.music.learned.ngrams import NgramSet
from affectlab.music.learned.piece import TICKS
from affectlab.music.score import MusicControl


def test_a_take_lies_on_the_grid_whatever_its_tempo() -> None:
    take = take_of(
        [
            beat(note(60, 0.0, 0.5), duration=0.5),
            beat(note(64, 0.26, 0.4, part="bass"), duration=0.8),
            beat(note(67, 0.0, 0.1), note(40, part="drum"), duration=1.0),
            beat(note(69, 0.995), duration=1.0),
        ]
    )
    piece = piece_of_take(take)
    assert piece.metres.tolist() == [4]
    rows = [(int(n["start"]), int(n["duration"]), int(n["pitch"])) for n in piece.notes]
    assert rows == [(0, 12, 60), (TICKS + 4, 6, 64), (2 * TICKS, 1, 67)]


def test_bars_of_a_take_keep_their_metre() -> None:
    take = perform(RuleComposer(2), [MusicControl(0.0, 0.0)] * 97, name="a", arm="rules", seed=2)
    piece = piece_of_take(take)
    bars = [b.bar for b in take.beats]
    assert piece.metres.tolist() == [bars.count(bar) for bar in sorted(set(bars))][: len(piece.metres)]
    assert 0.9 * sum(len(b.notes) for b in take.beats) < len(piece.notes)


def test_overlap_is_told_where_the_training_music_is_known() -> None:
    take = perform(RuleComposer(1), [MusicControl(0.0, 0.0)] * 64, name="a", arm="rules", seed=1)
    assert take_statistics(take, NgramSet.of([piece_of_take(take)]))["overlap"] == 1
    assert "overlap" not in take_statistics(take, None)


def test_excerpts_share_out_the_notes() -> None:
    piece = made([(bar * 48, 12, 60 + bar % 12, 0) for bar in range(50)])
    found = excerpts(piece, 20)
    assert [len(one.metres) for one in found] == [20, 20, 10]
    assert sum(len(one.notes) for one in found) == 50
    assert [int(one.notes["start"][0]) for one in found] == [0, 0, 0]
    assert [len(one.metres) for one in excerpts(piece, 24)] == [24, 24]


def test_distance_is_in_the_spread_of_human_music() -> None:
    human = np.array([1.0, 2.0, 3.0, 4.0])
    assert distance(human, human) == 0
    assert distance(human + 2 * human.std(), human) == pytest.approx(2)
    assert np.isnan(distance(np.array([np.nan]), human))
    assert np.isnan(distance(human, np.ones(4)))


def test_human_music_is_the_held_out_part_of_a_corpus(tmp_path) -> None:
    pytest.importorskip("miditok")
    from affectlab.music.learned.corpus.build import build

    archive = write_archive(tmp_path / "POP909.tar.gz", some_songs())
    corpus = build(archive, tmp_path / "corpus", with_scores=False, manifest={}, stop=threading.Event())
    found = human_statistics(corpus, bars=8)
    held_out = sum(entry.split == "test" for entry in corpus.pieces)
    assert set(found) == set(STATISTICS)
    assert len(found["groove_consistency"]) >= held_out > 0
    assert all(np.isfinite(values).all() for values in found.values())
    assert 0 < found["pitch_class_entropy"].mean() < 3.6
