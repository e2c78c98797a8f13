"""What the arms are asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.affect import pearson
from affectlab.errors import InvalidConfig
from affectlab.music.evaluation.plans import AHEAD, KINDS, draw_plans
from affectlab.music.mapping import checked


def of_kind(kind, n=64):
    return [plan for plan in draw_plans(n) if plan.kind == kind]


@given(st.integers(4, 40), st.integers(8, 32), st.integers(0, 99))
@settings(max_examples=25)
def test_plans_are_playable_alike_for_a_seed_and_evenly_shared(n, bars, seed) -> None:
    plans = draw_plans(n, bars=bars, seed=seed)
    assert plans == draw_plans(n, bars=bars, seed=seed)
    assert len(plans) == len({plan.name for plan in plans}) == n
    counts = [sum(plan.kind == kind for plan in plans) for kind in KINDS]
    assert max(counts) - min(counts) <= 1
    for plan in plans:
        assert len(plan.controls) == 4 * bars
        for control in plan.controls:
            checked(control)


def test_another_seed_asks_for_something_else() -> None:
    ones, others = draw_plans(8, seed=0), draw_plans(8, seed=1)
    assert all(one.seed != other.seed for one, other in zip(ones, others, strict=True))
    assert ones[0].controls != others[0].controls


def test_constant_moods_fill_every_part_of_the_square() -> None:
    points = np.array([plan.targets[0] for plan in of_kind("constant")])
    cells = {tuple(cell) for cell in np.floor((points + 0.9) / 0.45).astype(int).tolist()}
    assert len(points) == 16
    assert len(cells) == 16


def test_ramps_go_in_a_straight_line_and_jumps_across_the_middle() -> None:
    for plan in of_kind("ramp"):
        assert np.abs(np.diff(plan.targets, n=2, axis=0)).max() < 1e-9
        assert np.linalg.norm(plan.targets[-1] - plan.targets[0]) > 0.5
    crossed = set()
    for plan in of_kind("jump"):
        assert plan.changes == (48,)
        before, after = plan.targets[:48], plan.targets[48:]
        assert np.ptp(before, axis=0).max() == np.ptp(after, axis=0).max() == 0
        moved = np.abs(after[0] - before[0])
        assert set(np.round(moved[moved > 0], 9) >= 1.0) == {True}
        crossed.add((bool(moved[0]), bool(moved[1]), tuple(np.sign(before[0]))))
    assert {one[:2] for one in crossed} == {(True, False), (False, True), (True, True)}
    assert {one[2] for one in crossed} == {(1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_loudness_is_planned_apart_from_the_mood() -> None:
    for plan in of_kind("dynamics"):
        assert np.ptp(plan.targets, axis=0).max() == 0
        assert np.ptp(plan.dynamics) > 0.2
        assert len({control.tempo_bpm for control in plan.controls}) == 1
        assert len({control.density for control in plan.controls}) == 2
        assert plan.controls[0].instruments
    assert (
        abs(pearson(*np.array([(p.dynamics.mean(), p.targets[0, 1]) for p in of_kind("dynamics")]).T)) < 0.6
    )
    assert all(plan.dynamics is None for kind in KINDS[:3] for plan in of_kind(kind))


def test_each_beat_is_told_of_the_next() -> None:
    for plan in draw_plans(8):
        for beat, control in enumerate(plan.controls[: -1 - AHEAD]):
            assert len(control.ahead) == AHEAD
            following = plan.controls[beat + AHEAD]
            aim = control.ahead[-1]
            assert (aim.valence, aim.arousal, aim.dynamics) == (
                following.valence,
                following.arousal,
                following.dynamics,
            )
        assert plan.controls[-1].ahead == ()


@pytest.mark.parametrize(("n", "bars"), [(3, 24), (64, 7)])
def test_too_little_to_ask_for_is_refused(n, bars) -> None:
    with pytest.raises(InvalidConfig, match="at least 4 plans of at least 8 bars"):
        draw_plans(n, bars=bars)
