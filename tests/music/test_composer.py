from collections import Counter, defaultdict
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from affectlab.errors import InvalidPlan
from affectlab.music.composer import RuleComposer
from affectlab.music.instruments import INSTRUMENTS
from affectlab.music.score import MusicControl
from affectlab.music.voicing import are_parallel

CORNERS = ((-0.95, -0.8), (-0.5, 0.5), (0.0, 0.0), (0.5, -0.7), (0.9, 0.9))
axis = st.floats(-1, 1)
shares = st.none() | st.floats(0, 1)
controls = st.builds(
    MusicControl,
    axis,
    axis,
    st.none() | st.floats(40, 160),
    shares,
    shares,
    st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=5).map(tuple),
)


def write(controls, seed=0):
    composer = RuleComposer(seed)
    return [composer.next_beat(control) for control in controls]


@lru_cache
def piece(valence, arousal, seed=1, minutes=4.0):
    composer, control, seconds, beats = RuleComposer(seed), MusicControl(valence, arousal), 0.0, []
    while seconds < 60 * minutes:
        beats.append(composer.next_beat(control))
        seconds += beats[-1].duration
    return tuple(beats)


def starts(beats):
    return np.concatenate([[0.0], np.cumsum([beat.duration for beat in beats])[:-1]])


def part(beat, name):
    return [note for note in beat.notes if note.part == name]


def leading_melody(beat):
    """Return the melody without its doubling."""
    name = dict(item.split(": ") for item in beat.facts["instruments"].split(", "))["melody"]
    return [note for note in part(beat, "melody") if note.program == INSTRUMENTS[name].program]


def phrases(beats):
    grouped = defaultdict(list)
    for beat in beats:
        grouped[beat.facts["section"], beat.facts["phrase"]].append(beat)
    return grouped


def test_same_seed_and_controls_give_the_same_music():
    sequence = [MusicControl(np.sin(i / 9), np.cos(i / 7)) for i in range(150)]
    assert write(sequence, seed=3) == write(sequence, seed=3)
    assert write(sequence, seed=3) != write(sequence, seed=4)


@settings(max_examples=40)
@given(st.lists(st.tuples(controls, st.integers(1, 20)), min_size=1, max_size=8), st.integers(0, 50))
def test_no_control_breaks_the_contract(steps, seed):
    beats = write([control for control, count in steps for _ in range(count)], seed)
    for beat, start in zip(beats, starts(beats), strict=True):
        assert beat.duration == pytest.approx(60 / beat.tempo_bpm)
        assert -1 <= beat.valence <= 1
        assert -1 <= beat.arousal <= 1
        assert start >= 0
        for note in beat.notes:
            assert 0 <= note.offset < beat.duration
            assert 0 < note.duration <= 8
            assert 21 <= note.pitch <= 108
            assert 1 <= note.velocity <= 127
    tempi = [beat.tempo_bpm for beat in beats]
    for before, after in zip(tempi, tempi[4:], strict=False):
        assert max(before, after) / min(before, after) <= 1.02
    edges = [
        (s + n.offset + x, y)
        for b, s in zip(beats, starts(beats), strict=True)
        for n in b.notes
        for x, y in ((0, 1), (n.duration, -1))
    ]
    assert max(np.cumsum([step for _, step in sorted(edges)])) <= 16


@settings(max_examples=40)
@given(st.lists(st.tuples(controls, st.integers(1, 9)), min_size=2, max_size=12), st.integers(0, 50))
def test_mode_and_instruments_change_on_bar_lines_only(steps, seed):
    beats = write([control for control, count in steps for _ in range(count)], seed)
    for before, after in pairwise(beats):
        assert (after.bar, after.beat) in {(before.bar, before.beat + 1), (before.bar + 1, 0)}
        if after.beat:
            for fact in ("mode", "instruments", "section", "metre", "texture"):
                assert after.facts[fact] == before.facts[fact]


def test_continuous_cues_answer_on_the_next_beat():
    composer = RuleComposer(0)
    first = composer.next_beat(MusicControl(0.0, 0.0))
    second = composer.next_beat(MusicControl(0.0, 1.0))
    assert second.tempo_bpm > first.tempo_bpm
    assert second.density > first.density
    assert second.dynamics > first.dynamics
    assert second.arousal > first.arousal


def test_asked_for_instruments_enter_on_the_next_bar_line():
    composer = RuleComposer(0)
    beats = [composer.next_beat(MusicControl(0.3, 0.0, instruments=("piano", "strings"))) for _ in range(6)]
    beats += [composer.next_beat(MusicControl(0.3, 0.0, instruments=("flute", "harp"))) for _ in range(4)]
    names = [beat.facts["instruments"].split(",")[0] for beat in beats]
    assert names == ["melody: piano"] * 8 + ["melody: flute"] * 2


def test_explicit_cues_win_over_arousal():
    control = MusicControl(0.0, 1.0, tempo_bpm=55.0, density=0.2, dynamics=0.3)
    beat = write([control] * 3)[-1]
    assert (beat.tempo_bpm, beat.density, beat.dynamics) == pytest.approx((55, 0.2, 0.3))
    assert beat.arousal < -0.5, "what is played is calm, whatever was asked for"


def test_an_unknown_instrument_is_refused_and_the_music_goes_on():
    composer, twin = RuleComposer(2), RuleComposer(2)
    with pytest.raises(InvalidPlan, match="unknown instrument 'kazoo'; choose from"):
        composer.next_beat(MusicControl(0, 0, instruments=("kazoo",)))
    assert composer.next_beat(MusicControl(0, 0)) == twin.next_beat(MusicControl(0, 0))


@pytest.mark.parametrize(("valence", "arousal"), CORNERS)
def test_accompanying_voices_keep_order_and_outer_voices_never_run_parallel(valence, arousal):
    before = None
    for beat in piece(valence, arousal):
        upper, bass = sorted(note.pitch for note in part(beat, "pad")), part(beat, "bass")
        if not upper:
            continue
        voices = [bass[0].pitch, *upper]
        assert voices == sorted(set(voices))
        if before is not None:
            assert not are_parallel((before[0], voices[0]), (before[-1], voices[-1]))
        before = voices


@pytest.mark.parametrize(("valence", "arousal"), CORNERS)
def test_melody_and_bass_never_run_parallel_and_the_melody_stays_in_its_place(valence, arousal):
    melody = bass = top = None
    for beat in piece(valence, arousal):
        struck, sung = part(beat, "bass"), leading_melody(beat)
        top = max((note.pitch for note in part(beat, "pad")), default=top)
        if struck and sung and sung[0].offset <= 0.012 and melody is not None:
            assert not are_parallel((bass, struck[0].pitch), (melody, sung[0].pitch))
        assert all(top < note.pitch <= 88 for note in sung)
        bass = struck[-1].pitch if struck else bass
        melody = sung[-1].pitch if sung else melody


@pytest.mark.parametrize(("valence", "arousal"), CORNERS)
def test_each_phrase_has_one_highest_note(valence, arousal):
    for beats in list(phrases(piece(valence, arousal)).values())[:-1]:
        pitches = [note.pitch for beat in beats for note in leading_melody(beat)]
        assert pitches.count(max(pitches)) == 1


def test_the_melody_moves_mostly_by_step_and_answers_its_leaps():
    moves, leaps, answered = Counter(), 0, 0
    for point in CORNERS:
        for beats in phrases(piece(*point)).values():
            onsets = starts(beats)
            line = [(s + n.offset, n) for s, b in zip(onsets, beats, strict=True) for n in leading_melody(b)]
            unbroken = [[]]
            for (time_before, before), (time_after, after) in pairwise(line):
                if (
                    time_after - time_before - before.duration
                    > 0.5 * beats[0].duration + 0.5 * before.duration
                ):
                    unbroken.append([])
                    continue
                unbroken[-1].append(after.pitch - before.pitch)
            for run in unbroken:
                moves.update(abs(move) for move in run)
                for leap, answer in pairwise(run):
                    if abs(leap) > 5:
                        leaps += 1
                        answered += leap * answer < 0 and abs(answer) <= 4
    total = sum(moves.values())
    assert sum(moves[size] for size in range(5)) / total > 0.85
    assert sum(moves[size] for size in (1, 2)) / total > 0.4
    assert moves[0] / total < 0.2
    assert answered / leaps > 0.85


def test_every_phrase_ends_in_a_breath():
    for beats in list(phrases(piece(0.5, -0.7)).values())[:-1]:
        ends = [
            s + n.offset + n.duration
            for s, b in zip(starts(beats), beats, strict=True)
            for n in leading_melody(b)
        ]
        total = sum(beat.duration for beat in beats)
        assert total - max(ends) > 0.4 * beats[-1].duration


def test_ten_minutes_never_repeat_a_section_note_for_note():
    beats = piece(0.2, -0.2, minutes=10.0)
    sections = defaultdict(list)
    for beat in beats:
        sections[beat.facts["section"]].append(
            tuple((round(n.offset / beat.duration, 1), n.pitch) for n in leading_melody(beat))
        )
    assert len(sections) > 12
    assert len({tuple(beats) for beats in sections.values()}) == len(sections)
    assert len({beat.facts["key"] for beat in beats}) >= 3
    assert len({beat.facts["texture"] for beat in beats}) >= 4


def triads(beats):
    """Quality (1 major, -1 minor) of the triad nearest to the notes over each pad chord."""
    weights, qualities = np.zeros(12), []
    templates = [
        (sign, [(root + step) % 12 for step in steps])
        for root in range(12)
        for sign, steps in ((1, (0, 4, 7)), (-1, (0, 3, 7)))
    ]
    for beat in beats:
        if part(beat, "pad") and weights.any():
            qualities.append(max(templates, key=lambda t: weights[t[1]].sum())[0])
            weights = np.zeros(12)
        for note in beat.notes:
            weights[note.pitch % 12] += note.duration
    return qualities


def test_features_of_the_score_rank_as_requested_and_as_reported():
    grid = [(v, a) for v in np.linspace(-0.9, 0.9, 6) for a in np.linspace(-0.9, 0.9, 6)]
    features, reported = [], []
    for index, (valence, arousal) in enumerate(grid):
        beats = piece(float(valence), float(arousal), seed=index, minutes=1.5)
        notes = [note for beat in beats for note in beat.notes]
        features.append(
            (
                np.mean(triads(beats)),
                np.mean([note.pitch for note in notes if note.part == "melody"]),
                len(notes) / sum(beat.duration for beat in beats),
                np.mean([note.velocity for note in notes]),
            )
        )
        reported.append((np.mean([b.valence for b in beats]), np.mean([b.arousal for b in beats])))
    score = (np.array(features) - np.mean(features, axis=0)) / np.std(features, axis=0)
    valence, arousal = score[:, 0] + 0.5 * score[:, 1], score[:, 2] + score[:, 3]
    wanted, told = np.array(grid), np.array(reported)
    assert spearmanr(wanted[:, 0], valence).statistic > 0.9
    assert spearmanr(wanted[:, 1], arousal).statistic > 0.9
    assert spearmanr(told[:, 0], valence).statistic > 0.9
    assert spearmanr(told[:, 1], arousal).statistic > 0.9
    assert abs(spearmanr(wanted[:, 0], arousal).statistic) < 0.3
    assert abs(spearmanr(wanted[:, 1], valence).statistic) < 0.3
