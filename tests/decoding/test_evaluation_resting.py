"""The rest that is known beforehand is nobody's to be judged on."""

import numpy as np
import pytest
from evaluation_people import epochs_of, recording, rest_and_task, table

from affectlab.decoding.evaluation.resting import split_rest

EPOCHS = epochs_of(rest_and_task(3, rest=60, task=20))


def test_the_first_seconds_become_the_baseline_and_leave_scoring() -> None:
    rest, scored = split_rest(EPOCHS, 20.0)
    about = EPOCHS.table
    assert set(rest) == {"p0", "p1", "p2"}
    assert all(len(one.data) == 9 for one in rest.values())
    left = about.start[scored][about.baseline[scored]]
    assert left.min() == 20.0
    assert np.sum(~about.baseline[scored]) == np.sum(~about.baseline)
    np.testing.assert_array_equal(rest["p1"].data, EPOCHS.data[(about.subject == "p1") & about.baseline][:9])


@pytest.mark.parametrize("seconds", [3.0, 7.0, 21.0, 33.5])
def test_windows_across_the_end_are_neither_known_nor_scored(seconds) -> None:
    rest, scored = split_rest(EPOCHS, seconds)
    about = EPOCHS.table
    known = sum(len(one.data) for one in rest.values())
    across = np.sum(about.baseline & (about.start < seconds) & (about.stop > seconds))
    assert across > 0
    assert known + len(scored) + across == len(about)


def test_no_seconds_give_nothing_of_anybody() -> None:
    rest, scored = split_rest(EPOCHS, 0.0)
    assert rest == {}
    np.testing.assert_array_equal(scored, np.arange(len(EPOCHS)))


def test_more_can_be_kept_out_of_scoring_than_is_known() -> None:
    rest, scored = split_rest(EPOCHS, 8.0, reserved=40.0)
    assert len(rest["p0"].data) == 3
    assert EPOCHS.table.start[scored][EPOCHS.table.baseline[scored]].min() == 40.0


def test_only_the_first_resting_recording_is_known_and_sessions_have_their_own() -> None:
    rows = [
        *recording("a", "first", 12, -0.4, session="1", baseline=True),
        *recording("a", "again", 12, -0.4, session="1", baseline=True),
        *recording("a", "other-day", 12, -0.4, session="2", baseline=True),
    ]
    epochs = epochs_of(table(rows))
    rest, scored = split_rest(epochs, 60.0)
    assert set(rest) == {"a/1", "a/2"}
    assert set(epochs.table.recording[scored]) == {"a-again"}


def test_rest_is_counted_from_where_it_begins() -> None:
    late = [
        {**row, "start": row["start"] + 100, "stop": row["stop"] + 100}
        for row in recording("a", "r", 20, -0.4)
    ]
    epochs = epochs_of(table([{**row, "baseline": True} for row in late]))
    rest, scored = split_rest(epochs, 8.0)
    assert len(rest["a"].data) == 3
    assert epochs.table.start[scored].min() == 108.0
