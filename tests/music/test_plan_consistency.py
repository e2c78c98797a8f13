"""The rules of Plan-Cons, each on music that keeps it and on music that breaks it."""

from dataclasses import replace

import numpy as np
import pytest
from played_music import beat, note, take_of

from affectlab.music.composer import RuleComposer
from affectlab.music.evaluation.consistency import RULES, plan_cons, statements
from affectlab.music.evaluation.plans import Plan, draw_plans
from affectlab.music.evaluation.take import perform
from affectlab.music.score import MusicControl

NEUTRAL = MusicControl(0.0, 0.0)


def plan_of(*controls, each=16):
    return Plan("made", "made", 0, tuple(control for control in controls for _ in range(each)))


def beats(*notes, duration=0.5, count=16):
    return [beat(*notes, duration=duration)] * count


def fulfilled(rule, plan, *parts):
    return RULES[rule](plan, take_of([one for part in parts for one in part], plan.controls))


CHORD = (note(60), note(64), note(67))
MINOR = (note(60), note(63), note(67))


def test_a_plan_that_states_nothing_is_asked_nothing() -> None:
    plan = plan_of(NEUTRAL, NEUTRAL)
    take = take_of(beats(*CHORD, count=32), plan.controls)
    assert statements(plan, take) == {}
    assert np.isnan(plan_cons(plan, take))


def test_tempo_counts_beats_within_five_per_cent() -> None:
    plan = plan_of(replace(NEUTRAL, tempo_bpm=120.0), replace(NEUTRAL, tempo_bpm=120.0))
    assert fulfilled("tempo", plan, beats(count=16, duration=0.52), beats(count=16, duration=0.54)) == 0.5


def test_density_goes_by_rank() -> None:
    plan = plan_of(replace(NEUTRAL, density=0.2), replace(NEUTRAL, density=0.7))
    assert fulfilled("density", plan, beats(note()), beats(*CHORD)) == 1
    assert fulfilled("density", plan, beats(*CHORD), beats(note())) == 0
    assert fulfilled("density", plan, beats(note()), beats(note())) == 0
    same = plan_of(replace(NEUTRAL, density=0.2), replace(NEUTRAL, density=0.2))
    assert fulfilled("density", same, beats(note()), beats(*CHORD)) is None


def test_dynamics_counts_rises_and_falls() -> None:
    levels = (0.2, 0.8, 0.4, 0.9)
    plan = plan_of(*(replace(NEUTRAL, dynamics=level) for level in levels), each=8)
    loud = [beats(note(velocity=v), count=8) for v in (30, 90, 50, 60)]
    assert fulfilled("dynamics", plan, *loud) == 1
    assert fulfilled("dynamics", plan, *loud[:2], *loud[1::-1]) == pytest.approx(1 / 3)
    flat = plan_of(*(replace(NEUTRAL, dynamics=0.5),) * 4, each=8)
    assert fulfilled("dynamics", flat, *loud) is None


def test_mode_counts_halves_that_are_clearly_bright_or_dark() -> None:
    bright, dark = MusicControl(0.6, 0.0), MusicControl(-0.6, 0.0)
    assert fulfilled("mode", plan_of(bright, dark), beats(*CHORD), beats(*MINOR)) == 1
    assert fulfilled("mode", plan_of(bright, dark), beats(*CHORD), beats(*CHORD)) == 0.5
    assert fulfilled("mode", plan_of(NEUTRAL, dark), beats(*MINOR), beats(*MINOR)) == 1


def test_register_goes_by_the_melody_and_pace_by_seconds() -> None:
    high, low = beats(note(80), note(40, part="bass")), beats(note(70), note(60, part="bass"))
    brighter = plan_of(MusicControl(-0.5, 0.0), MusicControl(0.5, 0.0))
    assert fulfilled("register", brighter, low, high) == 1
    assert fulfilled("register", brighter, high, low) == 0
    assert fulfilled("register", brighter, beats(note(40, part="bass")), high) == 0
    livelier = plan_of(MusicControl(0.0, -0.5), MusicControl(0.0, 0.5))
    assert fulfilled("pace", livelier, beats(*CHORD, duration=1.0), beats(*CHORD, duration=0.5)) == 1
    assert fulfilled("pace", livelier, beats(*CHORD), beats(note())) == 0
    assert fulfilled("pace", brighter, beats(*CHORD), beats(note())) is None


def test_instruments_counts_those_that_play() -> None:
    plan = plan_of(replace(NEUTRAL, instruments=("flute", "harp")), NEUTRAL)
    assert fulfilled("instruments", plan, beats(note(program=73), count=32)) == 0.5


def test_rules_keep_their_plans() -> None:
    scores = {
        plan.name: plan_cons(
            plan, perform(RuleComposer(plan.seed), plan.controls, name=plan.name, arm="rules", seed=plan.seed)
        )
        for plan in draw_plans(8, bars=16)
    }
    assert np.nanmean(list(scores.values())) > 0.85
