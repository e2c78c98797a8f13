"""No run of the training corpus is recited."""

import numpy as np
import pytest
from stand_in_networks import RandomNetwork
from test_ngrams import tune

from affectlab.music.learned.cursor import GridNote
from affectlab.music.learned.ngrams import LENGTH, NgramSet, melodic_ngrams
from affectlab.music.learned.piece import NOTE, PITCHES, piece_of
from affectlab.music.learned.steer import UNSTEERED
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.writing.beats import NO_NGRAMS, BeatWriter, WritingSettings
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.copying import CopyGuard
from affectlab.music.learned.writing.frame import Bounds, Frame
from affectlab.music.learned.writing.sampling import Sampling

MELODY = tune()
KNOWN = NgramSet.of([MELODY])


def heard(notes, known=KNOWN, part=0):
    guard = CopyGuard(known)
    for note in notes:
        guard.hear(GridNote(int(note["start"]), int(note["duration"]), int(note["pitch"]), part))
    return guard


@pytest.mark.parametrize("shift", [0, 5, -7])
def test_the_pitch_that_would_complete_a_run_is_barred_in_any_key(shift) -> None:
    notes = MELODY.notes.copy()
    notes["pitch"] += shift
    for known in (KNOWN, KNOWN.shortened()):
        barred = heard(notes[:LENGTH], known).barred(int(notes["start"][LENGTH]))
        assert [PITCHES[index] for index in np.flatnonzero(barred)] == [notes["pitch"][LENGTH]]


def test_nothing_is_barred_before_or_at_another_moment_or_in_another_part() -> None:
    notes = MELODY.notes
    assert not heard(notes[: LENGTH - 1]).barred(int(notes["start"][LENGTH - 1])).any()
    assert not heard(notes[:LENGTH]).barred(int(notes["start"][LENGTH]) + 1).any()
    assert not heard(notes[:LENGTH], part=2).barred(int(notes["start"][LENGTH])).any()
    assert not heard(notes[:LENGTH], NO_NGRAMS).barred(int(notes["start"][LENGTH])).any()


def test_the_highest_of_the_notes_begun_together_counts() -> None:
    guard = heard(MELODY.notes[:LENGTH])
    start, pitch = (int(MELODY.notes[field][LENGTH]) for field in ("start", "pitch"))
    guard.hear(GridNote(start, 12, pitch - 12, 0))
    assert guard.barred(start)[pitch - PITCHES[0]]
    guard.hear(GridNote(start, 12, pitch + 1, 0))
    assert not guard.barred(int(MELODY.notes["start"][LENGTH + 1])).any()


class Reciting(RandomNetwork):
    """Wants to play a tune over and over."""

    def logits(self, chosen):
        wish = super().logits(chosen) * 0.01
        words, tokens, values = self.vocabulary, self.vocabulary.kinds, self.vocabulary.values
        last, length = self.words[-1], int(MELODY.notes["start"][-1]) + 12
        if not chosen:
            if tokens[last.ids[0]] == Kind.POSITION:
                wish[words.id_of(Kind.PART, 0)] += 40
            else:
                onsets = (MELODY.notes["start"] + length * np.arange(40)[:, None]).ravel()
                coming = onsets[onsets > last.time - (tokens[last.ids[0]] == Kind.BAR)].min()
                tick = int(coming) - (last.time - last.tick)
                inside = (tokens == Kind.POSITION) & (values == tick)
                wish[inside if tick < 48 else tokens == Kind.BAR] += 40
        elif tokens[chosen[0]] == Kind.PART and len(chosen) == 1:
            here = MELODY.notes["start"] == last.time % length
            wish[(tokens == Kind.PITCH) & (values == MELODY.notes["pitch"][here].max(initial=0))] += 40
        else:
            wish[(tokens == Kind.DURATION) & (values == 3)] += 40
        return wish


def recital(known):
    settings = WritingSettings((Sampling(), Sampling(), Sampling()), Bounds(wait=48, silence=48), slack=1.0)
    scale = DensityScale(np.array([0.0, 1.0]), np.array([1.25, 3.0]))
    one = BeatWriter(Reciting(), scale, settings, np.random.default_rng(0), known=known)
    frame = Frame(density=0.0, ranges=((48, 84), None, None, None))
    notes = [note for _ in range(80) for note in one.write(UNSTEERED, frame).notes]
    rows = np.array([(note.start, note.duration, note.pitch, note.part) for note in notes], NOTE)
    return piece_of("recital", np.full(20, 4, np.int16), rows)


def test_a_network_that_recites_is_made_to_leave_the_tune() -> None:
    assert KNOWN.overlap(recital(NO_NGRAMS)) > 0.3
    kept_off = recital(KNOWN)
    assert KNOWN.overlap(kept_off) == 0
    assert len(melodic_ngrams(kept_off)) > 40


def test_a_shortened_set_knows_all_and_hardly_any_strangers(tmp_path) -> None:
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, 2**63, 200_000, dtype=np.uint64) * np.uint64(2)
    known = NgramSet(np.unique(drawn)).shortened()
    assert known.has(drawn).all()
    assert known.has(generator.integers(0, 2**64, 200_000, dtype=np.uint64)).mean() < 2e-4
    known.save(tmp_path / "n.npz")
    assert (tmp_path / "n.npz").stat().st_size < 4.2 * len(known)
    read = NgramSet.load(tmp_path / "n.npz")
    assert (read.bits, read.length) == (32, LENGTH)
    assert (read.hashes == known.hashes).all()
