"""Beats written by any network at all: grammar, key, hands, density, silence."""

import numpy as np
import pytest
from grid_rules import (
    check_counted,
    check_frames,
    check_playable,
    longest_silence,
    longest_wait,
    notes_in,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in_networks import BrokenNetwork, RandomNetwork, greedy, repeating, silent

from affectlab.errors import InvalidConfig, InvalidLogits
from affectlab.music.instruments import INSTRUMENTS, assign
from affectlab.music.learned.cursor import Cursor
from affectlab.music.learned.piece import TICKS
from affectlab.music.learned.steer import UNSTEERED, Steer
from affectlab.music.learned.tonality import majorness
from affectlab.music.learned.vocabulary import Kind
from affectlab.music.learned.writing.beats import BeatWriter, WritingSettings
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.frame import Bounds, Frame, ranges_of
from affectlab.music.learned.writing.key import Key
from affectlab.music.learned.writing.sampling import Sampling
from affectlab.music.modes import AEOLIAN, IONIAN, MODES

SCALE = DensityScale.of(np.linspace(0, 10, 101))
C_MAJOR = (0, 2, 4, 5, 7, 9, 11)
NETWORKS = {"random": RandomNetwork, "repeating": repeating, "silent": silent, "greedy": greedy}


@st.composite
def frames(draw):
    key = Key(draw(st.integers(0, 11)), draw(st.sampled_from([*MODES, None])))
    dominant, leading = key.licence or (None, None)
    names = draw(st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=4).map(tuple))
    ranges = ranges_of(assign(names))
    return Frame(draw(st.integers(1, 6)), draw(st.floats(0, 1)), key.scale, dominant, leading, ranges)


def writer(network, settings=None, seed=0):
    return BeatWriter(network, SCALE, settings or WritingSettings(), np.random.default_rng(seed))


def write(network, plan, settings=None, seed=0):
    one = writer(network, settings, seed)
    return [one.write(UNSTEERED, frame) for frame in plan]


def check_grammar(words, vocabulary):
    """What the network read is bar metre (position (part pitch duration)+)*, in the corpus's order."""
    cursor, before, tick, empty = Cursor(vocabulary), (-1, -1), -1, 0
    assert words[0].ids == (vocabulary.begin, vocabulary.pad, vocabulary.pad)
    for word in words[1:]:
        kinds = [Kind(vocabulary.kinds[token]) for token in word.ids if token != vocabulary.pad]
        for token in word.ids[: len(kinds)]:
            cursor = cursor.after(token)
        if kinds == [Kind.BAR, Kind.METRE]:
            tick, before = -1, (-1, -1)
        elif kinds == [Kind.POSITION]:
            assert tick < cursor.tick < cursor.metre * TICKS
            empty += before == (-1, -1) and tick >= 0
            tick, before = cursor.tick, (-1, -1)
        else:
            assert kinds == [Kind.PART, Kind.PITCH, Kind.DURATION]
            assert tick >= 0
            assert (cursor.note.part, cursor.note.pitch) > before
            before = (cursor.note.part, cursor.note.pitch)
        expected = (cursor.tick, cursor.metre, cursor.bar_beat * TICKS + cursor.tick)
        assert (word.tick, word.metre, word.time) == expected
    assert empty == 0


@given(
    st.lists(st.tuples(frames(), st.integers(1, 8)), min_size=1, max_size=6),
    st.integers(0, 1000),
    st.sampled_from([0.1, 3.0, 12.0]),
)
@settings(max_examples=30)
def test_any_logits_under_any_frames_give_playable_music(steps, seed, spread) -> None:
    plan = [frame for frame, count in steps for _ in range(count)]
    network, bounds = RandomNetwork(seed, spread), Bounds()
    beats = write(network, plan, seed=seed)
    check_grammar(network.words, network.vocabulary)
    check_counted(beats)
    check_playable(beats, bounds)
    check_frames(beats, plan)
    assert longest_silence(beats) <= bounds.silence
    assert [beat.start for beat in beats] == [TICKS * n for n in range(len(beats))]
    bars = [beat for beat in beats if beat.beat == 0]
    assert [beat.metre for beat in bars] == [plan[beat.start // TICKS].metre for beat in bars]


@pytest.mark.parametrize(
    ("name", "count"), [("random", 2000), ("repeating", 400), ("silent", 400), ("greedy", 400)]
)
def test_thousands_of_beats_without_silence_or_stuck_notes(name, count) -> None:
    bounds = Bounds()
    levels = np.random.default_rng(0).uniform(0, 1, count)
    plan = [Frame(density=float(level), scale=C_MAJOR) for level in levels]
    network = NETWORKS[name]()
    beats = write(network, plan)
    check_grammar(network.words, network.vocabulary)
    check_playable(beats, bounds)
    check_frames(beats, plan)
    assert longest_silence(beats) <= bounds.silence
    assert longest_wait(beats) <= bounds.wait
    assert {beat.metre for beat in beats} == {4}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_density_that_sounds_is_the_density_that_was_planned(name) -> None:
    levels = 0.5 - 0.5 * np.cos(np.arange(300) / 25)
    beats = write(NETWORKS[name](), [Frame(density=float(level), scale=C_MAJOR) for level in levels])
    window = np.ones(4) / 4
    planned = np.convolve([SCALE.per_beat(level) for level in levels], window, "valid")
    written = np.convolve([len(beat.notes) for beat in beats], window, "valid")
    assert np.corrcoef(planned, written)[0, 1] > 0.95
    assert np.abs(written - planned).max() < 0.5 + 0.25 * SCALE.per_beat(1.0)
    assert abs((written - planned).mean()) < 0.1


@pytest.mark.parametrize("name", NETWORKS)
def test_a_step_in_density_is_half_there_within_four_beats(name) -> None:
    plan = [Frame(density=0.2)] * 40 + [Frame(density=0.8)] * 40
    counts = np.array([len(beat.notes) for beat in write(NETWORKS[name](), plan)])
    half = (SCALE.per_beat(0.2) + SCALE.per_beat(0.8)) / 2
    assert counts[40:44].mean() > half
    assert counts[36:40].mean() < half


def test_same_seed_same_beats_and_other_seed_others() -> None:
    plan = [Frame()] * 20
    assert write(RandomNetwork(1), plan) == write(RandomNetwork(1), plan)
    assert write(RandomNetwork(1), plan) != write(RandomNetwork(1), plan, seed=1)


def test_every_beat_is_steered_before_a_word_of_it_is_read() -> None:
    network = RandomNetwork()
    one, steers = writer(network), [Steer(), Steer(), Steer()]
    for count, steer in enumerate(steers):
        one.write(steer, Frame())
        assert network.steers == steers[: count + 1]


def test_another_metre_comes_with_the_next_bar() -> None:
    beats = write(RandomNetwork(3), [Frame(metre=4)] * 2 + [Frame(metre=3)] * 9)
    assert [(beat.bar, beat.beat, beat.metre) for beat in beats[2:8]] == [
        (0, 2, 4),
        (0, 3, 4),
        (1, 0, 3),
        (1, 1, 3),
        (1, 2, 3),
        (2, 0, 3),
    ]


def test_a_beat_costs_no_more_words_than_allowed() -> None:
    network = greedy()
    bounds = Bounds(words=5)
    one = writer(network, WritingSettings(bounds=bounds))
    before = 0
    for _ in range(50):
        one.write(UNSTEERED, Frame(density=1.0))
        # A position or bar that ends the beat before is read in this one, and is followed by its note.
        assert len(network.words) - before <= bounds.words + 3
        before = len(network.words)


def test_a_network_that_answers_nan_is_named_and_may_recover() -> None:
    one = writer(BrokenNetwork(nan=True, broken=lambda asked: asked == 60))
    beats = []
    with pytest.raises(InvalidLogits, match="its weights are damaged"):
        beats.extend(one.write(UNSTEERED, Frame()) for _ in range(60))
    beats += [one.write(UNSTEERED, Frame()) for _ in range(30)]
    assert [beat.start // TICKS for beat in beats] == list(range(len(beats)))


def test_parts_that_rest_are_not_written() -> None:
    plan = [Frame(ranges=((60, 80), None, None, (30, 50)))] * 40
    assert {note.part for note in notes_in(write(RandomNetwork(), plan))} == {0, 3}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Frame(metre=7), "metre must be 1 to 6 beats, got 7"),
        (lambda: Frame(density=1.5), r"density must be in \[0, 1\], got 1.5"),
        (lambda: Bounds(silence=0), "silence must be at least 1, got 0"),
        (lambda: Bounds(voices=(2, 4, 0, 1)), "each part needs a voice"),
        (lambda: WritingSettings(sampling=(Sampling(),)), "a word has 3 slots"),
    ],
)
def test_impossible_settings_are_named(make, says) -> None:
    with pytest.raises(InvalidConfig, match=says):
        make()


@pytest.mark.parametrize(("mode", "sign"), [(AEOLIAN, -1), (IONIAN, 1)])
def test_the_same_seven_pitch_classes_become_the_key_that_is_asked_for(mode, sign) -> None:
    key = Key(0 if sign > 0 else 9, mode)
    dominant, leading = key.licence or (None, None)
    frame = Frame(4, 0.6, key.scale, dominant, leading, attraction=key.attraction)
    notes = [n for beat in write(RandomNetwork(spread=0.5), [frame] * 64) for n in beat.notes]
    durations = np.zeros((1, 12))
    for note in notes:
        durations[0, note.pitch % 12] += note.duration
    assert np.sign(majorness(durations)[0]) == sign
