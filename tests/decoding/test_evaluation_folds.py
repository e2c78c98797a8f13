"""Protocols keep apart what they promise, and the checks see what does not."""

from itertools import product

import numpy as np
import pytest
from evaluation_people import recording, rest_and_task, table, trials
from hypothesis import given, settings
from hypothesis import strategies as st

from affectlab.decoding.evaluation.folds import Fold, check_disjoint, first_overlap
from affectlab.decoding.evaluation.protocols import PROTOCOLS, make_folds
from affectlab.errors import DecodingError, InvalidConfig

HONEST = [name for name, protocol in PROTOCOLS.items() if protocol.apart]


def overlapping(about, one, other) -> bool:
    return (
        about.recording[one] == about.recording[other]
        and about.start[one] < about.stop[other] - 1e-6
        and about.start[other] < about.stop[one] - 1e-6
    )


@settings(max_examples=15, deadline=None)
@given(
    people=st.integers(4, 6),
    stimuli=st.integers(6, 9),
    step=st.sampled_from([1.0, 2.0, 4.0]),
    parts=st.integers(2, 3),
    name=st.sampled_from(HONEST),
    seed=st.integers(0, 3),
)
def test_no_window_that_is_judged_overlaps_one_that_is_learned_from(
    people, stimuli, step, parts, name, seed
) -> None:
    rows = []
    for person, clip in product(range(people), range(stimuli)):
        label = 0.5 if (person + clip) % 2 else -0.5
        rows += recording(f"p{person}", f"r{clip}", 9.0, label, step=step, stimulus=f"clip{clip}")
    about = table(rows)
    for fold in make_folds(name, about, "arousal", parts=parts, seed=seed):
        assert not any(overlapping(about, a, b) for a, b in product(fold.train, fold.test))
        if name != "within":
            assert not set(about.subject[fold.train]) & set(about.subject[fold.test])
        else:
            assert len(set(about.subject[np.concatenate([fold.train, fold.test])])) == 1
        if name == "subject-stimulus":
            assert not set(about.stimulus[fold.train]) & set(about.stimulus[fold.test])


@settings(max_examples=60, deadline=None)
@given(
    starts=st.lists(st.integers(0, 60).map(lambda n: n / 2), min_size=2, max_size=14),
    lengths=st.lists(st.integers(1, 12).map(lambda n: n / 2), min_size=14, max_size=14),
    sides=st.lists(st.booleans(), min_size=14, max_size=14),
)
def test_overlap_is_found_exactly_where_looking_at_all_pairs_finds_it(starts, lengths, sides) -> None:
    rows = [
        {"recording": "r", "start": start, "stop": start + length}
        for start, length in zip(starts, lengths, strict=False)
    ]
    about = table(rows)
    side = np.array(sides[: len(rows)])
    train, test = np.flatnonzero(side), np.flatnonzero(~side)
    found = first_overlap(about, train, test)
    expected = any(
        about.start[a] < about.stop[b] - 1e-6 and about.start[b] < about.stop[a] - 1e-6
        for a, b in product(train, test)
    )
    assert (found is not None) == expected


def test_everybody_is_judged_once_with_all_sessions_together() -> None:
    rows = [
        row
        for person in "abc"
        for session in ("1", "2")
        for name, label in (("rest", -0.4), ("task", 0.4))
        for row in recording(person, f"{session}{name}", 8, label, session=session)
    ]
    about = table(rows)
    folds = make_folds("loso", about, "arousal")
    assert [fold.name for fold in folds] == ["a", "b", "c"]
    np.testing.assert_array_equal(
        np.sort(np.concatenate([fold.test for fold in folds])), np.arange(len(about))
    )
    assert all(set(about.session[fold.test]) == {"1", "2"} for fold in folds)


def test_a_person_who_learns_and_is_judged_in_another_session_is_a_leak() -> None:
    about = table(
        [
            {"subject": "anna", "session": session, "recording": session, "start": 0, "stop": 4}
            for session in ("monday", "tuesday")
        ]
    )
    with pytest.raises(DecodingError, match="subject 'anna' is learned from and judged"):
        check_disjoint(Fold("f", np.array([0]), np.array([1])), about, ["subject"])


def test_windows_across_a_boundary_of_blocks_are_on_neither_side() -> None:
    about = rest_and_task(1, rest=40, task=40)
    folds = make_folds("within", about, "arousal", parts=2)
    assert len(folds) == 2
    used = np.unique(np.concatenate([np.concatenate([fold.train, fold.test]) for fold in folds]))
    left_out = np.setdiff1d(np.arange(len(about)), used)
    np.testing.assert_array_equal(about.start[left_out], [18.0, 18.0])


def test_trials_that_are_recordings_are_held_out_whole() -> None:
    about = trials(people=1, stimuli=8, seed=3)
    for fold in make_folds("within", about, "arousal", parts=2):
        assert not set(about.recording[fold.train]) & set(about.recording[fold.test])


@pytest.mark.parametrize("name", HONEST)
def test_the_leak_on_purpose_is_caught_by_the_checks_of_every_other_protocol(name) -> None:
    about = rest_and_task(4)
    for fold in make_folds("leaked", about, "arousal"):
        with pytest.raises(DecodingError, match="leaks"):
            check_disjoint(fold, about, PROTOCOLS[name].apart)


def test_overlap_names_recording_and_seconds() -> None:
    about = table(recording("a", "rest", 8, -0.4))
    with pytest.raises(DecodingError, match=r"'a-rest' the window 0 to 4 s .* overlaps 2 to 6 s"):
        check_disjoint(Fold("f", np.array([0]), np.array([1])), about, ["time"])


def test_neighbours_that_only_touch_do_not_overlap() -> None:
    about = table(recording("a", "rest", 8, -0.4, step=4.0))
    check_disjoint(Fold("f", np.array([0]), np.array([1])), about, ["time"])


def test_windows_without_a_label_are_in_no_fold() -> None:
    about = rest_and_task(3)
    about.arousal[::3] = np.nan
    for fold in make_folds("loso", about, "arousal"):
        assert np.isfinite(about.arousal[np.concatenate([fold.train, fold.test])]).all()


@pytest.mark.parametrize(
    ("name", "about", "line"),
    [
        ("loso", rest_and_task(1), "needs two people or more, got 1"),
        ("subject-stimulus", rest_and_task(3), "needs two stimuli or more, got 1; use loso"),
    ],
)
def test_what_the_data_do_not_allow_is_said(name, about, line) -> None:
    with pytest.raises(DecodingError, match=line):
        make_folds(name, about, "arousal")


def test_an_axis_without_labels_and_a_protocol_without_a_name_are_refused() -> None:
    with pytest.raises(DecodingError, match="no window has a label of valence"):
        make_folds("loso", rest_and_task(2), "valence")
    with pytest.raises(InvalidConfig, match="protocol 'random' is not known; expected one of: loso"):
        make_folds("random", rest_and_task(2), "arousal")
