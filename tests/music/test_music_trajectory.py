"""Trajectories: straight lines between points, jumps where two points share a bar, and rubbish in a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectlab.errors import InvalidPlan, UnreadableFile
from affectlab.music.score import Aim
from affectlab.music.trajectory import AHEAD, Trajectory, read_trajectory


def written(path, text):
    path.write_text(text)
    return path


def test_points_are_joined_and_held_outside(tmp_path) -> None:
    path = written(tmp_path / "t.csv", "bar,valence,arousal,dynamics\n2,-0.5,0.2,0.2\n4,0.5,0.2,0.8\n")
    found = read_trajectory(path)
    assert found.aim(0) == Aim(-0.5, 0.2, 0.2)
    assert found.aim(8) == Aim(-0.5, 0.2, 0.2)
    middle = found.aim(12)
    assert (middle.valence, middle.arousal, middle.dynamics) == pytest.approx((0.0, 0.2, 0.5))
    assert found.aim(100) == Aim(0.5, 0.2, 0.8)


def test_two_points_in_one_bar_are_a_jump(tmp_path) -> None:
    path = written(tmp_path / "t.csv", "valence,bar,arousal\n-1,0,0\n-1,4,0\n1,4,0\n1,8,0\n")
    found = read_trajectory(path)
    assert [found.aim(beat).valence for beat in (0, 15, 16, 40)] == [-1, -1, 1, 1]
    assert found.aim(3).dynamics is None


@given(valence=st.floats(-1, 1), arousal=st.floats(-1, 1), beats=st.integers(1, 40))
def test_each_control_knows_what_the_next_ones_ask_for(valence, arousal, beats) -> None:
    controls = Trajectory.still(valence, arousal).controls(beats, tempo_bpm=70.0, instruments=("piano",))
    assert len(controls) == beats
    assert {(c.valence, c.arousal, c.tempo_bpm, c.instruments) for c in controls} == {
        (valence, arousal, 70.0, ("piano",))
    }
    assert all(len(control.ahead) == AHEAD for control in controls)


def test_what_is_ahead_is_what_comes(tmp_path) -> None:
    path = written(tmp_path / "t.csv", "bar,valence,arousal\n0,-1,-1\n8,1,1\n")
    controls = read_trajectory(path).controls(20)
    for now, later in ((0, 1), (3, 8), (7, 5)):
        assert controls[now].ahead[later - 1].valence == controls[now + later].valence


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("bar,valence\n0,0\n", UnreadableFile, "has the columns bar, valence and 1 rows; expected bar"),
        ("bar,valence,arousal\n", UnreadableFile, "and 0 rows"),
        ("", UnreadableFile, "has the columns none"),
        ("bar,valence,arousal\n0,0,0\n1,2,0\n", InvalidPlan, "line 3: valence must be a number from -1 to 1"),
        ("bar,valence,arousal\n0,0,\n", InvalidPlan, "line 2: arousal must be a number from -1 to 1, got ''"),
        ("bar,valence,arousal\n0,0,nan\n", InvalidPlan, "got 'nan'"),
        ("bar,valence,arousal\n4,0,0\n3,0,0\n", InvalidPlan, "line 3: bars must ascend"),
        ("bar,valence,arousal\n0,0\n", InvalidPlan, "line 2: arousal must be a number"),
    ],
)
def test_rubbish_is_named_with_its_line(tmp_path, text, error, line) -> None:
    with pytest.raises(error, match=r"t\.csv") as caught:
        read_trajectory(written(tmp_path / "t.csv", text))
    assert line in str(caught.value)


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(UnreadableFile, match="cannot read"):
        read_trajectory(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00bar")
    with pytest.raises(UnreadableFile, match="expected a CSV file"):
        read_trajectory(tmp_path / "b.csv")
