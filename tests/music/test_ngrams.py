"""Melodic n-grams: what counts as the same, and the file."""

import numpy as np
import pytest
from grid_pieces import made

from affectlab.errors import UnreadableFile
from affectlab.music.learned.ngrams import LENGTH, NgramSet, melodic_ngrams, melody_line

TUNE = [(60, 12), (62, 12), (64, 6), (65, 6), (67, 24), (69, 12), (67, 12), (65, 3), (64, 3), (62, 6)]


def tune(shift=0, begin=0, times=3, part=0):
    notes, start = [], begin
    for pitch, length in TUNE * times:
        notes.append((start, length, pitch + shift, part))
        start += length
    return made(notes)


def test_there_is_one_ngram_per_run_and_repeats_repeat() -> None:
    hashes = melodic_ngrams(tune())
    assert len(hashes) == 3 * len(TUNE) - LENGTH
    assert (hashes[:8] == hashes[len(TUNE) : len(TUNE) + 8]).all()
    assert len(set(hashes.tolist())) == len(TUNE)


def test_key_and_place_do_not_matter_but_rhythm_and_intervals_do() -> None:
    known = NgramSet.of([tune()])
    assert known.overlap(tune(shift=-5, begin=18)) == 1
    stretched = tune()
    stretched.notes["start"] *= 2
    assert known.overlap(stretched) == 0
    altered = tune()
    altered.notes["pitch"][::7] += 1
    assert known.overlap(altered) == 0


def test_only_the_highest_note_of_the_part_is_the_melody() -> None:
    piece = made([(0, 3, 60, 0), (0, 3, 72, 0), (12, 3, 65, 0), (12, 3, 90, 1)])
    starts, pitches = melody_line(piece)
    assert (starts.tolist(), pitches.tolist()) == ([0, 12], [72, 65])
    assert np.isnan(NgramSet.of([tune()]).overlap(piece))
    assert len(melodic_ngrams(tune(part=3), part="bass")) == 18


def test_half_known() -> None:
    a, b = tune(), tune()
    b.notes["pitch"][15:] = np.arange(15) % 4 + 50
    assert 0 < NgramSet.of([a]).overlap(b) < 0.5
    assert NgramSet.of([]).overlap(a) == 0


def test_a_set_survives_its_file_and_another_file_does_not(tmp_path) -> None:
    known = NgramSet.of([tune()], length=8)
    known.save(tmp_path / "n.npz")
    read = NgramSet.load(tmp_path / "n.npz")
    assert (read.length, len(read)) == (8, len(known))
    assert (read.hashes == known.hashes).all()
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04")
    for name in ("bad.npz", "absent.npz"):
        with pytest.raises(UnreadableFile, match="holds no n-grams"):
            NgramSet.load(tmp_path / name)
