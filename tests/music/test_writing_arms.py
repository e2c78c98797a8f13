"""What each arm tells the network and the performance."""

from dataclasses import replace

import numpy as np
import pytest

from affectlab.errors import InvalidPlan
from affectlab.music.learned.steer import AFTER, BEATS, BEFORE, LOCAL
from affectlab.music.learned.writing.arms import ARMS, Steering, checked_ahead
from affectlab.music.mapping import density_of, dynamics_of
from affectlab.music.score import Aim, MusicControl

COLUMN = {name: index for index, name in enumerate(LOCAL)}
CONTROLS = [MusicControl(n / 20, n / 40, dynamics=n / 50, felt=(-n / 20, 0.1)) for n in range(12)]


def told(arm, controls=CONTROLS, beats_on=1):
    steering = Steering(ARMS[arm])
    for control in controls:
        steering.hear(control)
    return steering.steer(beats_on)


def test_which_branches_each_arm_has() -> None:
    has = {arm: (told(arm).globally is not None, told(arm).locally is not None) for arm in ARMS}
    assert has == {
        "none": (False, False),
        "static": (True, False),
        "global": (True, False),
        "local": (False, True),
        "full": (True, True),
    }


def test_the_prefix_tells_of_the_newest_control_or_of_the_first() -> None:
    newest, first = CONTROLS[-1], CONTROLS[0]
    for arm, control in (("full", newest), ("global", newest), ("static", first)):
        density = 2 * density_of(control.arousal) - 1
        assert told(arm).globally == pytest.approx([control.valence, control.arousal, density])
    dense = told("full", [MusicControl(0.1, 0.2, density=0.75)])
    assert dense.globally == pytest.approx([0.1, 0.2, 0.5])


def test_rows_hold_the_past_the_beat_and_what_is_held() -> None:
    rows = told("local").locally
    assert rows.shape == (BEATS, len(LOCAL))
    assert rows.dtype == np.float32
    past = [control.valence for control in CONTROLS[-BEFORE:]]
    held = [CONTROLS[-1].valence] * (AFTER + 1)
    assert rows[:, 0] == pytest.approx([*past, *held])
    assert rows[:, COLUMN["dynamics"]][:BEFORE] == pytest.approx([n / 50 for n in range(5, 12)])
    now = told("local", beats_on=0).locally
    assert now[BEFORE, 0] == pytest.approx(CONTROLS[-1].valence)
    assert now[:BEFORE, 0] == pytest.approx([control.valence for control in CONTROLS[-8:-1]])


def test_what_is_felt_is_known_up_to_the_beat() -> None:
    rows = told("local").locally
    assert rows[:, COLUMN["felt"]].tolist() == [1.0] * (BEFORE + 1) + [0.0] * AFTER
    assert rows[BEFORE, COLUMN["felt_valence"]] == pytest.approx(-11 / 20)
    assert not rows[BEFORE + 1 :, COLUMN["felt_valence"] :].any()
    assert not told("local", [MusicControl(0.5, 0.5)]).locally[:, COLUMN["felt_valence"] :].any()


def test_what_is_ahead_comes_at_its_beat_and_its_last_aim_stays() -> None:
    ahead = tuple(Aim(n / 10, 0.5) for n in range(1, 4))
    control = MusicControl(0.0, 0.0, ahead=ahead)
    following = told("full", [control]).locally
    assert following[BEFORE - 1 :, 0] == pytest.approx([0, 0.1, 0.2, 0.3, *[0.3] * (AFTER - 2)])
    assert following[BEFORE, COLUMN["dynamics"]] == pytest.approx(dynamics_of(0.5))
    own = told("full", [control], beats_on=0).locally
    assert own[BEFORE:, 0] == pytest.approx([0, 0.1, 0.2, 0.3, *[0.3] * (AFTER - 3)])
    many = told("full", [MusicControl(0, 0, ahead=tuple(Aim(0.01 * n, 0) for n in range(40)))]).locally
    assert many[BEFORE:, 0] == pytest.approx([0.01 * n for n in range(AFTER + 1)], abs=1e-6)


def test_the_beginning_is_as_if_its_target_had_always_been() -> None:
    rows = told("full", CONTROLS[3:5], beats_on=0).locally
    assert rows[:BEFORE, 0] == pytest.approx([CONTROLS[3].valence] * BEFORE)


def test_what_the_edge_follows() -> None:
    first = MusicControl(0.4, 0.5, tempo_bpm=70.0, density=0.2, dynamics=0.3, instruments=("piano",))
    newest = MusicControl(-0.4, -0.5, dynamics=0.9, instruments=("harp",))
    edges = {}
    for arm in ARMS:
        steering = Steering(ARMS[arm])
        steering.hear(first)
        steering.hear(newest)
        edges[arm] = (steering.edge, steering.mode_valence, steering.density)
    for arm in ("local", "full"):
        assert edges[arm] == (newest, -0.4, density_of(-0.5))
    assert edges["global"] == (replace(newest, dynamics=None), -0.4, density_of(-0.5))
    assert edges["static"] == (MusicControl(0.4, 0.5, 70.0, 0.2, 0.3, ("harp",)), 0.4, 0.2)
    assert edges["none"] == (MusicControl(0, 0, 70.0, instruments=("harp",)), None, density_of(0))


@pytest.mark.parametrize(
    ("control", "says"),
    [
        (MusicControl(0, 0, dynamics=3.0), "dynamics of the music must be"),
        (MusicControl(0, 0, ahead=(Aim(0, 0), Aim(0, 0, 2.0))), r"dynamics of the music .* got 2\.0"),
        (MusicControl(0, 0, felt=(1.5, 0)), r"what is felt must be in \[-1, 1\]"),
    ],
)
def test_what_is_out_of_range_is_named(control, says) -> None:
    with pytest.raises(InvalidPlan, match=says):
        checked_ahead(control)
