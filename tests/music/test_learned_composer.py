"""The learned composer: control heard in time, threads, and music that goes on whatever the network does."""

import gc
import logging
import threading
import time
import weakref
from itertools import pairwise

import numpy as np
import pytest
from grid_rules import check_counted
from hypothesis import given, settings
from hypothesis import strategies as st
from stand_in_networks import (
    BrokenNetwork,
    PoisonedNetwork,
    RandomNetwork,
    SlowNetwork,
    StallingNetwork,
    greedy,
    repeating,
    silent,
)

from affectlab.errors import InvalidConfig, InvalidPlan
from affectlab.music.instruments import INSTRUMENTS
from affectlab.music.learned.steer import BEFORE
from affectlab.music.learned.writing.arms import ARMS
from affectlab.music.learned.writing.budget import DensityScale
from affectlab.music.learned.writing.composer import ComposerSettings, LearnedComposer
from affectlab.music.mapping import dynamics_of, tempo_of
from affectlab.music.modes import MODES, PITCH_NAMES
from affectlab.music.score import Aim, MusicControl
from affectlab.music.steady import check_beat

SCALE = DensityScale.of(np.linspace(0, 10, 101))
WAITING = {"patience": None, "opening_patience": None}
STEPS = {mode.name: mode.steps for mode in MODES}
axis = st.floats(-1, 1)
shares = st.none() | st.floats(0, 1)
controls = st.builds(
    MusicControl,
    axis,
    axis,
    st.none() | st.floats(40, 160),
    shares,
    shares,
    st.lists(st.sampled_from(sorted(INSTRUMENTS)), max_size=4).map(tuple),
    st.none() | st.tuples(axis, axis),
    st.lists(st.builds(Aim, axis, axis, shares), max_size=12).map(tuple),
)


def composer(network=None, seed=0, **changes):
    return LearnedComposer(
        network or RandomNetwork(), SCALE, seed, ComposerSettings(**{**WAITING, **changes})
    )


def write(sequence, network=None, seed=0, **changes):
    one = composer(network, seed, **changes)
    try:
        return [check_beat(one.next_beat(control)) for control in sequence]
    finally:
        one.close()


def wander(count):
    return [MusicControl(float(np.sin(n / 19)), float(np.cos(n / 23))) for n in range(count)]


def whys(beats):
    return [beat.facts.get("relieved") for beat in beats]


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.ERROR, logger="affectlab.music.learned.writing.composer")


def test_a_thread_changes_nothing_and_the_seed_does() -> None:
    alone = write(wander(60), threaded=False)
    assert write(wander(60), threaded=True) == alone
    assert write(wander(60), seed=1, threaded=False) != alone


@settings(max_examples=20)
@given(st.lists(st.tuples(controls, st.integers(1, 12)), min_size=1, max_size=6), st.integers(0, 50))
def test_no_control_breaks_the_contract(steps, seed) -> None:
    beats = write([control for control, count in steps for _ in range(count)], seed=seed, threaded=False)
    check_counted(beats)
    down, clock = {}, 0.0
    for beat in beats:
        assert beat.duration == pytest.approx(60 / beat.tempo_bpm)
        assert -1 <= beat.valence <= 1
        assert -1 <= beat.arousal <= 1
        assert beat.facts["composer"] == "learned"
        tonic, steps_above = PITCH_NAMES.index(beat.facts["key"]), STEPS[beat.facts["mode"]]
        playing = dict(item.split(": ") for item in beat.facts["instruments"].split(", "))
        for note in beat.notes:
            assert 0 <= note.offset < beat.duration
            assert 0 < note.duration <= 8
            degree = (note.pitch - tonic) % 12
            assert degree in steps_above or (degree == 11 and note.part != "bass")
            instrument = INSTRUMENTS[playing[note.part]]
            assert note.program == instrument.program
            assert instrument.low <= note.pitch <= instrument.high
            key = (note.part, note.program, note.pitch)
            assert down.get(key, -1.0) <= clock + note.offset
            down[key] = clock + note.offset + note.duration
        clock += beat.duration


def test_a_new_control_is_heard_in_the_performance_at_once_and_in_the_notes_a_beat_later() -> None:
    low, high = MusicControl(0.0, -0.9), MusicControl(0.0, 0.9)
    sequence = [low] * 30 + [high] * 10
    changed, held = write(sequence), write([low] * 40)
    assert changed[:30] == held[:30]
    assert changed[30].tempo_bpm > held[30].tempo_bpm
    assert changed[30].dynamics > held[30].dynamics
    assert [(n.pitch, n.part) for n in changed[30].notes] == [(n.pitch, n.part) for n in held[30].notes]
    assert len(changed[31].notes) > len(held[31].notes)


def test_tempo_density_and_dynamics_are_those_asked_for() -> None:
    control = MusicControl(0.2, 0.0, tempo_bpm=93.0, density=0.35, dynamics=0.7)
    beats = write([control] * 80)
    assert [beat.tempo_bpm for beat in beats] == pytest.approx([93.0] * 80)
    assert {beat.dynamics for beat in beats} == {0.7}
    assert np.mean([beat.density for beat in beats[4:]]) == pytest.approx(0.35, abs=0.03)


def test_a_step_of_the_whole_range_is_half_there_within_four_beats() -> None:
    low = MusicControl(0.0, -1.0, density=0.1, dynamics=0.0)
    high = MusicControl(0.0, 1.0, density=0.9, dynamics=1.0)
    beats = write([low] * 40 + [high] * 12)
    assert beats[43].dynamics > 0.5
    assert np.mean([len(beat.notes) for beat in beats[41:45]]) > SCALE.per_beat(0.5)
    assert max(b.tempo_bpm / a.tempo_bpm for a, b in pairwise(beats)) < 1.0301


def test_velocity_follows_dynamics_and_the_neutral_performance_does_not() -> None:
    def means(**changes):
        beats = write(
            [MusicControl(0, 0, dynamics=0.1)] * 30 + [MusicControl(0, 0, dynamics=0.9)] * 30, **changes
        )
        loud = [
            np.mean([n.velocity for beat in part for n in beat.notes]) for part in (beats[:30], beats[40:])
        ]
        return loud, beats

    (soft, strong), _ = means()
    assert strong > soft + 20
    (soft, strong), beats = means(neutral=True)
    assert abs(strong - soft) < 4
    assert [beat.tempo_bpm for beat in beats] == pytest.approx([tempo_of(0)] * 60)
    assert {beat.dynamics for beat in beats} == {dynamics_of(0)}


def test_modes_follow_valence_on_bar_lines_and_the_tonic_stays() -> None:
    beats = write([MusicControl(-0.6, 0.0)] * 10 + [MusicControl(0.6, 0.0)] * 10)
    assert [beat.facts["mode"] for beat in beats] == ["aeolian"] * 12 + ["ionian"] * 8
    assert len({beat.facts["key"] for beat in beats}) == 1
    assert np.mean([b.valence for b in beats[14:]]) > np.mean([b.valence for b in beats[:12]]) + 0.3


def test_without_a_key_all_pitch_classes_come() -> None:
    beats = write([MusicControl(0.5, 0.5)] * 60, chromatic=True)
    assert {note.pitch % 12 for beat in beats for note in beat.notes} == set(range(12))
    assert {beat.facts["mode"] for beat in beats} == {"any"}
    assert all(-1 <= beat.valence <= 1 for beat in beats)


def test_instruments_asked_for_enter_on_a_bar_line() -> None:
    asked = MusicControl(0.0, 0.0, instruments=("Flute", "harp"))
    beats = write([MusicControl(0.0, 0.0, instruments=("piano", "strings"))] * 6 + [asked] * 6)
    names = [beat.facts["instruments"].split(",")[0] for beat in beats]
    assert names == ["melody: piano"] * 8 + ["melody: flute"] * 4


@pytest.mark.parametrize(
    ("control", "says"),
    [
        (MusicControl(2.0, 0.0), "valence of the music must be"),
        (MusicControl(0.0, 0.0, instruments=("kazoo",)), "unknown instrument 'kazoo'"),
        (MusicControl(0.0, 0.0, ahead=(Aim(0.0, -3.0),)), "arousal of the music must be"),
        (MusicControl(0.0, 0.0, felt=(0.0, float("nan"))), "what is felt must be"),
    ],
)
def test_a_bad_control_is_refused_and_the_music_goes_on(control, says) -> None:
    one, twin = composer(), composer()
    with pytest.raises(InvalidPlan, match=says):
        one.next_beat(control)
    for good in wander(9):
        assert one.next_beat(good) == twin.next_beat(good)
    with pytest.raises(InvalidPlan, match=says):
        one.next_beat(control)
    assert one.next_beat(MusicControl(0, 0)) == twin.next_beat(MusicControl(0, 0))


def test_the_network_is_told_of_the_trajectory_that_its_arm_lets_through() -> None:
    network = RandomNetwork()
    sequence = [MusicControl(n / 10, -n / 10, density=0.5) for n in range(5)]
    write(sequence, network, arm=ARMS["full"], threaded=False)
    assert [steer.globally[0] for steer in network.steers] == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0.4])
    assert network.steers[4].locally[BEFORE - 3 : BEFORE + 2, 0] == pytest.approx([0.1, 0.2, 0.3, 0.3, 0.3])
    network = RandomNetwork()
    write(sequence, network, arm=ARMS["none"], threaded=False)
    assert all(steer.globally is None and steer.locally is None for steer in network.steers)


def test_nothing_of_affect_reaches_the_music_of_the_empty_arm_but_a_tempo_in_so_many_words() -> None:
    plain = write([MusicControl(0.9, 0.9)] * 24, arm=ARMS["none"])
    assert write(wander(24), arm=ARMS["none"]) == plain
    paced = write([MusicControl(0.9, 0.9, tempo_bpm=100.0)] + [MusicControl(-1.0, 0.0)] * 9, arm=ARMS["none"])
    assert [beat.tempo_bpm for beat in paced] == pytest.approx([100.0] * 10)


def test_the_static_arm_keeps_to_the_first_control() -> None:
    first = MusicControl(0.4, -0.3, dynamics=0.6)
    assert write([first, *wander(23)], arm=ARMS["static"]) == write([first] * 24, arm=ARMS["static"])


@pytest.mark.parametrize("nan", [False, True])
def test_a_network_that_never_works_leaves_the_music_to_the_rules(nan) -> None:
    one = composer(BrokenNetwork(nan=nan))
    beats = [check_beat(one.next_beat(control)) for control in wander(150)]
    assert one.fallbacks == 150
    assert {beat.facts["composer"] for beat in beats} == {"rules"}
    assert set(whys(beats)) == {
        "InvalidLogits: the network's logits must be finite, got nan for token 0; its weights are damaged: "
        "fetch or train them again"
        if nan
        else "RuntimeError: out of weights"
    }
    check_counted(beats)
    assert {beat.bar for beat in beats if beat.notes} == set(range(beats[-1].bar + 1))
    one.close()


def test_the_learned_composer_comes_back_on_a_bar_line_without_a_jump() -> None:
    network = BrokenNetwork(broken=lambda asked: asked % 900 in range(400, 405))
    beats = write([MusicControl(0.3, 0.2)] * 200, network)
    check_counted(beats)
    names = [beat.facts["composer"] for beat in beats]
    assert set(names) == {"rules", "learned"}
    turns = [n for n in range(1, 200) if names[n - 1 : n + 1] == ["rules", "learned"]]
    assert turns
    assert all(beats[n].beat == 0 for n in turns)
    assert {beat.bar for beat in beats if beat.notes} == set(range(beats[-1].bar + 1))
    tempi = [beat.tempo_bpm for beat in beats]
    assert max(tempi) == pytest.approx(min(tempi))


def test_a_network_whose_memory_is_spoilt_forgets_it_and_comes_back() -> None:
    beats = write([MusicControl(0.1, 0.1)] * 80, PoisonedNetwork(), threaded=False)
    names = [beat.facts["composer"] for beat in beats]
    first = names.index("rules")
    assert "learned" in names[first : first + 9]
    assert names.count("learned") > 20
    check_counted(beats)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(controls, st.integers(1, 10)), min_size=1, max_size=8),
    st.sets(st.integers(0, 60), max_size=12),
    st.integers(0, 20),
)
def test_whoever_plays_the_music_goes_on_and_no_key_is_struck_while_it_is_down(steps, spells, seed) -> None:
    sequence = [control for control, count in steps for _ in range(count)]

    def played():
        network = BrokenNetwork(broken=lambda asked: asked // 40 in spells)
        return write(sequence, network, seed, threaded=False)

    beats = played()
    assert beats == played()
    check_counted(beats)
    down, clock = {}, 0.0
    for beat in beats:
        for note in beat.notes:
            key, onset = (note.part, note.program, note.pitch), clock + note.offset
            assert down.get(key, -1.0) <= onset
            down[key] = onset + note.duration
        clock += beat.duration
    for before, after in pairwise(beats):
        change = max(after.tempo_bpm, before.tempo_bpm) / min(after.tempo_bpm, before.tempo_bpm)
        assert change < 1.0301
        if (before.facts["composer"], after.facts["composer"]) == ("rules", "learned"):
            assert after.beat == 0


def test_the_rules_take_over_in_the_same_key_and_in_the_middle_of_a_bar() -> None:
    network = BrokenNetwork(broken=lambda asked: asked > 300)
    beats = write([MusicControl(0.5, 0.0)] * 120, network, seed=4)
    names = [beat.facts["composer"] for beat in beats]
    turn = names.index("rules")
    assert set(names[turn:]) == {"rules"}
    assert beats[turn].facts["key"] == beats[turn - 1].facts["key"]
    in_order = [b.bar * 10 + b.beat for b in beats]
    assert in_order == sorted(set(in_order))


def test_a_slow_network_is_not_waited_for() -> None:
    network = SlowNetwork(seconds=0.3)
    beats = write(wander(30), network, patience=0.01, opening_patience=0.01)
    assert {beat.facts["composer"] for beat in beats} == {"rules"}
    assert set(whys(beats)) == {"the beat was not ready in time"}
    check_counted(beats)


def test_a_network_that_stalls_is_relieved_and_comes_back() -> None:
    going = threading.Event()
    network = StallingNetwork(going, at=100)
    one, beats = composer(network, patience=0.5), []
    while len(beats) < 400 and (not going.is_set() or beats[-1].facts["composer"] == "rules"):
        beats.append(one.next_beat(MusicControl(0.0, 0.0)))
        if [beat.facts["composer"] for beat in beats].count("rules") == 3:
            going.set()
        if going.is_set():
            time.sleep(0.02)
    one.close()
    names = [beat.facts["composer"] for beat in beats]
    assert names[0] == names[-1] == "learned"
    assert beats[-1].beat == 0
    check_counted(beats)


def test_threads_end_with_their_composers() -> None:
    before = threading.active_count()
    for number in range(20):
        one = composer(seed=number)
        one.next_beat(MusicControl(0, 0))
        if number % 2:
            one.close()
    remembered = weakref.ref(one)
    del one
    gc.collect()
    assert remembered() is None
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_a_closed_composer_goes_on_with_the_rules() -> None:
    one = composer()
    beats = [one.next_beat(MusicControl(0, 0)) for _ in range(3)]
    one.close()
    one.close()
    beats += [one.next_beat(MusicControl(0, 0)) for _ in range(6)]
    assert beats[-1].facts["relieved"] == "ModelError: the composer was closed; make another one"
    check_counted(beats)


@pytest.mark.parametrize("make", [repeating, silent, greedy])
def test_networks_with_one_idea_still_play(make) -> None:
    beats = write(wander(60), make())
    assert sum(not beat.notes for beat in beats) < 6
    check_counted(beats)


def test_patience_is_no_negative_time() -> None:
    with pytest.raises(InvalidConfig, match="patience must be at least 0 s, got -1"):
        ComposerSettings(patience=-1.0)
